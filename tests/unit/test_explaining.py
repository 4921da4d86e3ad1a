"""Which of an answer's paths come first: what convinces, and among what convinces alike what proves more."""

from __future__ import annotations

import numpy as np
import pytest

from graph_schema.triples import TripleSet, Vocabulary
from trainers.answers import Answer
from trainers.evidence.explaining import ordered_by_rules
from trainers.evidence.rules import RuleCounts
from trainers.trainer import RowPath

# Everybody's "sure" is their "is"; of two "maybe"s one is. x0 has both a sure and a maybe way to y0.
PEOPLE = [f"{side}{i:02}" for side in "xyz" for i in range(40)]
VOCABULARY = Vocabulary.of(PEOPLE, ["is", "maybe", "other", "sure"])


def _facts() -> TripleSet:
    rows: list[tuple[str, str, str]] = []
    for i in range(40):
        x, y, z = f"x{i:02}", f"y{i:02}", f"z{i:02}"
        rows += [(x, "sure", y), (x, "maybe", y), (x, "maybe", z), (x, "other", z), (z, "other", y)]
        if i:
            rows.append((x, "is", y))
    return TripleSet.of(VOCABULARY, VOCABULARY.encode(*zip(*rows, strict=True)))


KNOWN = _facts()
RULES = RuleCounts(KNOWN)


def _row(head: str, relation: str, tail: str) -> int:
    (fact,) = VOCABULARY.encode([head], [relation], [tail])
    return int(np.flatnonzero((KNOWN.triples == fact).all(axis=1))[0])


SURE, MAYBE = (_row("x00", "sure", "y00"),), (_row("x00", "maybe", "y00"),)
ROUND = (_row("x00", "other", "z00"), _row("z00", "other", "y00"))
ASKED = Answer(
    VOCABULARY.entity("x00"), VOCABULARY.relation("is"), VOCABULARY.entity("y00"), 1.0, -0.1, 0.9, 1, 1
)


def _told(found: list[RowPath], paths: int) -> list[RowPath]:
    walks = RULES.walks([ASKED.head] * len(found), found)
    return ordered_by_rules(RULES, ASKED, found, walks, paths, None)


def _order(*found: tuple[tuple[int, ...], float], paths: int = 3) -> list[tuple[int, ...]]:
    return [path.facts for path in _told([RowPath(f, w) for f, w in found], paths)]


def test_of_forms_that_convince_alike_the_one_that_holds_more_often_is_told() -> None:
    assert _order((MAYBE, 0.97), (SURE, 0.93)) == [SURE]
    assert _order((SURE, 0.97), (MAYBE, 0.93)) == [SURE]
    kept = _told([RowPath(SURE, 0.9), RowPath(ROUND, 0.9)], 3)
    assert [(p.support, p.pairs, p.heads) for p in kept] == [(39, 39, None), (39, 39, None)]


@pytest.mark.parametrize(("convincing", "less"), [(0.97, 0.6), (0.3, 0.05)])
def test_what_convinces_much_less_stays_behind(convincing: float, less: float) -> None:
    assert _order((MAYBE, convincing), (ROUND, less)) == [MAYBE, ROUND]
    assert _order((MAYBE, convincing), (ROUND, convincing - 0.1)) == [ROUND, MAYBE]


def test_a_little_more_often_changes_nothing() -> None:
    assert _order((ROUND, 0.97), (SURE, 0.93)) == [ROUND, SURE]


def test_as_many_stay_as_are_wanted_and_none_of_none() -> None:
    assert _order((MAYBE, 0.9), (ROUND, 0.2), paths=1) == [MAYBE]
    assert _order(paths=3) == []
