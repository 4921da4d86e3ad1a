"""Facts drawn for validation and test: those that plain Python draws, one fact after the other."""

from __future__ import annotations

import hashlib
from collections import Counter
from unittest.mock import patch

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_schema.domains import load_domain
from graph_schema.names import Names
from graph_schema.triples import Vocabulary
from kgplatform.graphs.holding_out import Draw, draw, places
from kgplatform.graphs.mirrors import Mirrors

Fact = tuple[str, str, str]

MIRRORS = Mirrors.of(load_domain("family"))
names = st.sampled_from(["a", "b", "é", "Zoë", "\uffff", "\U00010000", "long " * 30]) | st.sampled_from(
    [f"n{i}" for i in range(12)]
)
relations = st.sampled_from(["MOTHER", "FATHER", "SON", "BROTHER", "SISTER", "COUSIN", "near", "\x1f"])
facts = st.lists(st.tuples(names, relations, names), unique=True, min_size=1, max_size=60)


def plain_place(fact: Fact) -> int:
    text = "\x1f".join(("20220425", *MIRRORS.as_one(fact)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest()[:6], "big")


def plain_draw(
    some: list[Fact], where: list[int], share: float, kept: set[int], least: int
) -> tuple[list[list[int]], list[int]]:
    """Rows of valid and test, and places that could not be spared."""
    ends, kinds = Counter(e for h, _, t in some for e in {h, t}), Counter(r for _, r, _ in some)
    free = sorted({*where} - kept)
    held: list[list[int]] = [[], []]
    stay = []

    def take(place: int) -> list[int]:
        rows = [i for i, other in enumerate(where) if other == place]
        of_rows = Counter(e for i in rows for e in {some[i][0], some[i][2]})
        of_kinds = Counter(some[i][1] for i in rows)
        if any(ends[e] <= n for e, n in of_rows.items()) or any(kinds[r] <= n for r, n in of_kinds.items()):
            return []
        ends.subtract(of_rows)
        kinds.subtract(of_kinds)
        return rows

    for part in (0, 1):
        first, after = round(part * share * 2**48), round((part + 1) * share * 2**48)
        for place in free:
            if first <= place < after:
                rows = take(place)
                held[part] += rows
                stay += [] if rows else [place]
    others = iter([p for p in free if p not in {where[i] for rows in held for i in rows}])
    for part in (0, 1):
        while len(held[part]) < least and (at := next(others, None)) is not None:
            held[part] += take(at)
    return [sorted(rows) for rows in held], stay


@settings(deadline=None, max_examples=300)
@given(facts, st.sampled_from([0.1, 0.3, 0.49]), st.sets(st.integers(0, 59)), st.integers(0, 3))
def test_the_same_facts_are_drawn_as_one_after_the_other(
    some: list[Fact], share: float, kept: set[int], least: int
) -> None:
    heads, kinds, tails = zip(*some, strict=True)
    vocabulary = Vocabulary.of([*heads, *tails], kinds)
    rows = vocabulary.encode(heads, kinds, tails)
    where = places(rows, vocabulary, MIRRORS)
    assert where.tolist() == [plain_place(fact) for fact in some]
    stays = {where.tolist()[i] for i in kept if i < len(some)}
    found: Draw = draw(rows, where, share, kept=np.array(sorted(stays), np.int64), least=least)
    (valid, test), could_not = plain_draw(some, where.tolist(), share, stays, least)
    assert (found.valid.tolist(), found.test.tolist(), found.kept.tolist()) == (valid, test, could_not)


@settings(deadline=None)
@given(facts, st.integers(1, 7))
def test_places_do_not_depend_on_how_names_are_held_or_how_many_are_hashed_at_once(
    some: list[Fact], at_a_time: int
) -> None:
    heads, kinds, tails = zip(*some, strict=True)
    given = Vocabulary.of([*heads, *tails], kinds)
    held = Vocabulary(Names(pa.array(given.entities, pa.string())), given.relations)
    with patch("kgplatform.graphs.holding_out._AT_A_TIME", at_a_time):
        found = places(given.encode(heads, kinds, tails), held, MIRRORS)
    assert found.tolist() == [plain_place(fact) for fact in some]


def test_a_place_is_the_same_for_good() -> None:
    vocabulary = Vocabulary.of(["x", "y"], ["MOTHER", "near"])
    rows = vocabulary.encode(["x", "y"], ["MOTHER", "near"], ["y", "x"])
    assert places(rows, vocabulary, MIRRORS).tolist() == [213143831208239, 273250815501558]
