"""The picture of paths: everything is in it, and nothing in a name is executed."""

from __future__ import annotations

from xml.etree import ElementTree

from ui.components.lanes import LanePath, lane_path, lanes_svg

_SVG = "{http://www.w3.org/2000/svg}"


def _texts(svg: str) -> list[str]:
    return ["".join(t.itertext()) for t in ElementTree.fromstring(svg).iter(f"{_SVG}text")]


def test_a_chain_is_read_in_either_direction() -> None:
    path = lane_path("a", [("b", "r", "a"), ("b", "s", "c")], 0.5)
    assert path.entities == ("a", "b", "c")
    assert path.hops == (("r", False), ("s", True))


def test_each_path_is_a_lane_between_the_same_ends() -> None:
    paths = [
        LanePath(("a", "b", "c"), (("r", True), ("s", False)), 0.5),
        LanePath(("a", "d", "e", "c"), (("r", True), ("s", True), ("t", True)), 0.25),
    ]
    texts = _texts(lanes_svg(paths, {"a": "Anna"}, {}))
    assert texts.count("Anna") == 1
    assert {"b", "c", "d", "e", "r", "s", "t"} <= set(texts)


def test_names_are_shown_as_they_are() -> None:
    name = "<script>alert('x')</script>\"&" + "ש" * 500
    svg = lanes_svg([LanePath(("a", "b"), (("<r>", True),), 1.0)], {"a": name}, {})
    root = ElementTree.fromstring(svg)
    assert not list(root.iter(f"{_SVG}script"))
    assert name in [t.text for t in root.iter(f"{_SVG}title")]
    assert "<r>" in _texts(svg)
