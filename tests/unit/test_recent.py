"""What serving keeps: the values asked for last."""

from __future__ import annotations

from kgplatform.serving.recent import Recent


def _none(key: str) -> bool:
    del key
    return False


def test_the_one_not_asked_for_longest_goes() -> None:
    held: Recent[str, int] = Recent(2)
    held.put("a", 1, instead_of=_none)
    held.put("b", 2, instead_of=_none)
    assert held.get("a") == 1
    assert held.put("c", 3, instead_of=_none) == 3
    assert [held.get(name) for name in "abc"] == [1, None, 3]


def test_what_is_out_of_date_goes_first() -> None:
    held: Recent[tuple[str, int], str] = Recent(3)
    for version in (1, 2):
        held.put(("g", version), "…", instead_of=lambda other: other[0] == "g")
        held.put(("h", version), "…", instead_of=lambda other: False)
    assert held.get(("g", 1)) is None
    assert held.get(("h", 1)) is not None


def test_a_value_put_again_replaces_the_first() -> None:
    held: Recent[str, int] = Recent(2)
    held.put("a", 1, instead_of=_none)
    held.put("a", 2, instead_of=_none)
    assert held.get("a") == 2
