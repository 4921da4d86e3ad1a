"""The picture of paths: everything is in it, where it should be, and nothing in a name is executed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from graph_schema.wording import Phrasebook
from ui.components.lanes import LanePath, lane_path
from ui.components.layering import Layout, apart, together
from ui.components.picture_svg import paths_svg

_SVG = "{http://www.w3.org/2000/svg}"
_PHRASES = Phrasebook(
    [{"relation": "KNOWS", "display": "knows", "template": None, "question": None, "symmetric": True}]
)


def _texts(svg: str) -> list[str]:
    return ["".join(t.itertext()) for t in ElementTree.fromstring(svg).iter(f"{_SVG}text")]


def _path(*entities: str, weight: float = 0.5, relation: str = "r") -> LanePath:
    return LanePath(entities, tuple((relation, True) for _ in entities[1:]), weight)


def _columns(layout: Layout) -> dict[str, float]:
    return {node.entity: node.place[0] for node in layout.nodes.values()}


def test_a_chain_is_read_in_either_direction() -> None:
    facts = [("b", "r", "a"), ("b", "s", "c")]
    path = lane_path("a", {"facts": facts, "weight": 0.5, "support": 1, "pairs": 2, "heads": None})
    assert path.entities == ("a", "b", "c")
    assert path.hops == (("r", False), ("s", True))
    assert (path.support, path.pairs, path.heads) == (1, 2, None)
    assert lane_path("a", {"facts": facts, "weight": 0.5}).support is None


def test_apart_each_path_has_a_row_between_the_same_ends() -> None:
    layout = apart([_path("a", "b", "c"), _path("a", "b", "e", "c")])
    assert [n.entity for n in layout.nodes.values()].count("b") == 2
    assert [n.entity for n in layout.nodes.values()].count("a") == 1
    assert {n.place[1] for n in layout.nodes.values() if n.entity == "b"} == {0, 1}
    assert layout.columns == 3
    assert len(layout.edges) == 5


def test_together_what_paths_share_is_drawn_once() -> None:
    layout = together([_path("a", "m", "z"), _path("a", "m", "x", "z"), _path("a", "y", "m", "z")])
    assert sorted(layout.nodes) == ["a", "m", "x", "y", "z"]
    assert layout.nodes["m"].paths == [0, 1, 2]
    columns = _columns(layout)
    assert columns["a"] < columns["y"] < columns["m"] < columns["x"] < columns["z"] == layout.columns
    shared = {(e.source, e.target): e.paths for e in layout.edges}
    assert shared["a", "m"] == [0, 1]
    assert shared["m", "z"] == [0, 2]
    assert len(layout.edges) == 6


def test_no_two_entities_of_a_column_meet_and_no_line_runs_behind_one() -> None:
    paths = [_path("a", *(f"{k}{i % 4}" for k in "mno"[: 1 + i % 3]), "z") for i in range(12)]
    layout = together(paths)
    places = [n.place for n in layout.nodes.values()]
    assert max(row for _, row in places) <= layout.rows - 1
    for edge in layout.edges:
        between = [b for b in edge.bends if b[0] == int(b[0])]
        assert all(abs(b[1] - row) > 0.85 for b in between for column, row in places if column == b[0])
    for column, row in places:
        assert sum(c == column and abs(r - row) < 0.85 for c, r in places) == 1


def test_words_stand_where_lines_that_cross_are_apart() -> None:
    layout = together([_path("a", "m", "x", "z"), _path("a", "n", "x", "z"), _path("a", "n", "y", "z")])
    near = {(e.source, e.target): e.near for e in layout.edges}
    assert near["m", "x"] == near["n", "x"] == near["n", "y"] == pytest.approx(1 / 3)
    assert near["a", "m"] == near["x", "z"] == 0.5


def test_paths_that_go_in_circles_have_their_columns() -> None:
    layout = together([_path("a", "x", "y", "z"), _path("a", "y", "x", "z")])
    columns = _columns(layout)
    assert columns["a"] < columns["x"] < columns["y"] < columns["z"]
    assert sorted(e.aside for e in layout.edges if {e.source, e.target} == {"x", "y"}) == [-0.5, 0.5]


def test_a_direct_fact_and_one_path() -> None:
    layout = together([_path("a", "z", relation="s"), _path("a", "m", "z")])
    (direct,) = (e for e in layout.edges if {e.source, e.target} == {"a", "z"})
    assert all(row != layout.nodes["m"].place[1] for _, row in direct.bends)
    assert together([_path("a", "z")]).rows == apart([_path("a", "z")]).rows == 1


def test_the_svg_has_everything_once_in_words() -> None:
    paths = [
        LanePath(("a", "b", "c"), (("HAS_PART", True), ("KNOWS", False)), 0.5),
        LanePath(("a", "d", "e", "c"), (("r", True), ("s", True), ("t", True)), 0.25),
    ]
    for layout in (together(paths), apart(paths)):
        svg = paths_svg(layout, paths, {"a": "Anna"}, {}, _PHRASES)
        texts = _texts(svg)
        assert texts.count("Anna") == 1
        assert {"b", "c", "d", "e", "has part", "knows", "s", "t"} <= set(texts)
        assert svg.count("url(#a)") == 4  # who knows whom is known by both


def test_names_are_shown_as_they_are() -> None:
    name = "<script>alert('x')</script>\"&" + "ש" * 500
    paths = [LanePath(("a", "b"), (("<r>", True),), 1.0)]
    svg = paths_svg(together(paths), paths, {"a": name}, {}, Phrasebook([]))
    root = ElementTree.fromstring(svg)
    assert not list(root.iter(f"{_SVG}script"))
    assert name in [t.text for t in root.iter(f"{_SVG}title")]
    assert "<r>" in _texts(svg)
