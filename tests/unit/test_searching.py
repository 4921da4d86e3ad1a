"""Finding entities by name, alias, id and prefix."""

from __future__ import annotations

import pytest

from graph_schema.errors import UnknownName
from kgplatform.graphs.searching import NameIndex

_NAMES: dict[str, list[str] | list[list[str]]] = {
    "id": ["DB1", "DB2", "G1", "G2"],
    "name": ["Warfarin", "Acetylsalicylic acid", "WAR1", "free war\ngene"],
    "type": ["Drug", "Drug", "Gene", "Gene"],
    "aliases": [["Coumadin"], ["aspirin", "Aspro"], [], ["x|y"]],
}


@pytest.fixture
def index() -> NameIndex:
    return NameIndex(_NAMES)


def test_better_matches_come_first(index: NameIndex) -> None:
    found, counts = index.search("WAR")
    assert [(f.id, f.quality) for f in found] == [("G1", 1), ("DB1", 1), ("G2", 2)]
    assert counts == {"Drug": 1, "Gene": 2}
    assert [f.id for f in index.search("warfarin")[0]] == ["DB1"]
    assert index.search("warfarin")[0][0].quality == 0


def test_aliases_and_ids_are_names_too(index: NameIndex) -> None:
    (found,), _ = index.search("aspirin")
    assert (found.id, found.name, found.matched, found.quality) == (
        "DB2",
        "Acetylsalicylic acid",
        "aspirin",
        0,
    )
    assert [f.id for f in index.search("db")[0]] == ["DB1", "DB2"]


def test_a_whole_alias_beats_the_beginning_of_a_name() -> None:
    names = {"id": ["e1", "e2"], "name": ["Aspirin tablets", "Aspirin-like"], "type": ["Drug", "Drug"]}
    index = NameIndex(names | {"aliases": [["Aspirin"], []]})
    best = index.search("aspirin")[0][0]
    assert (best.id, best.matched, best.quality) == ("e1", "Aspirin", 0)
    assert index.id_of("Aspirin") == "e1"


def test_types_narrow_and_counts_stay(index: NameIndex) -> None:
    found, counts = index.search("war", types={"Gene"}, limit=1)
    assert [f.id for f in found] == ["G1"]
    assert counts["Drug"] == 1


def test_nothing_matches_across_two_names(index: NameIndex) -> None:
    assert index.search("warfarin\ndb1")[0] == []
    assert index.search("nindb")[0] == []
    assert index.search("x|y")[0][0].id == "G2"


def test_no_text_finds_everything(index: NameIndex) -> None:
    found, counts = index.search("  ")
    assert len(found) == 4
    assert sum(counts.values()) == 4
    assert NameIndex({k: [] for k in _NAMES}).search("a") == ([], {})


def test_one_entity_by_what_it_is_called(index: NameIndex) -> None:
    assert index.id_of("DB2") == "DB2"
    assert index.id_of("ASPRO") == "DB2"
    with pytest.raises(UnknownName, match="Warfarin"):
        index.id_of("warf")
    with pytest.raises(UnknownName, match="zzz"):
        index.id_of("zzz")
