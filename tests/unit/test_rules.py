"""Counting how often a path's rule holds, against a count of all chains one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from graph_schema.triples import TripleSet, Vocabulary
from trainers.evidence.rules import RuleCounts
from trainers.trainer import RowPath


def _graph(seed: int, entities: int = 12, facts: int = 40) -> TripleSet:
    dice = np.random.default_rng(seed)
    names = tuple(f"e{i:02}" for i in range(entities))
    vocabulary = Vocabulary(names, ("a", "b", "c"), frozenset({"c"}))
    rows = np.stack(
        [
            dice.integers(entities, size=facts),
            dice.integers(3, size=facts),
            dice.integers(entities, size=facts),
        ],
        axis=1,
    )
    return TripleSet.of(vocabulary, rows)


def _by_hand(
    known: TripleSet, relation: int, rule: tuple[int, ...], pair: tuple[int, int], deleted: set[int]
) -> tuple[int, int]:
    """Support and pairs, over chains that meet nobody twice."""
    inverse = known.vocabulary.inverse
    edges: dict[tuple[int, int], set[int]] = {}
    for row, (head, r, tail) in enumerate(known.triples.tolist()):
        if row not in deleted:
            edges.setdefault((r, head), set()).add(tail)
            edges.setdefault((int(inverse[r]), tail), set()).add(head)
    support = pairs = 0
    for head in range(known.num_entities):
        related = edges.get((relation, head), set()) - ({pair[1]} if head == pair[0] else set())
        if not related:
            continue
        chains: list[tuple[int, ...]] = [(head,)]
        for step in rule:
            chains = [(*c, e) for c in chains for e in edges.get((step, c[-1]), ()) if e not in c]
        ends = {c[-1] for c in chains} - ({pair[1]} if head == pair[0] else set())
        pairs += len(ends)
        support += len(ends & related)
    return support, pairs


def _joined(known: TripleSet, rule: tuple[int, ...], dice: np.random.Generator) -> tuple[int, int]:
    """The ends of one chain drawn at random; nobody where there is none."""
    inverse, found = known.vocabulary.inverse, list[tuple[int, ...]]()
    found = [(e,) for e in range(known.num_entities)]
    for step in rule:
        found = [
            (*c, e)
            for c in found
            for h, r, t in known.triples.tolist()
            for here, relation, e in ((h, r, t), (t, int(inverse[r]), h))
            if here == c[-1] and relation == step and e not in c
        ]
    chosen = found[int(dice.integers(len(found)))] if found else (-1, -1)
    return chosen[0], chosen[-1]


@pytest.mark.parametrize("seed", range(6))
def test_counts_are_those_of_all_chains_one_by_one(seed: int) -> None:
    known = _graph(seed)
    counts = RuleCounts(known)
    dice = np.random.default_rng(seed)
    for relation, length in itertools.product((0, 1, 2, 3, 4), (1, 2, 3)):
        rule = tuple(int(r) for r in dice.choice([0, 1, 2, 3, 4], size=length))
        for pair in (_joined(known, rule, dice), (-1, -1)):
            for off in (set(), {0, 5, 9}):
                deleted = np.isin(np.arange(len(known)), sorted(off)) if off else None
                found = counts.count(relation, rule, pair, deleted)
                assert (found.support, found.pairs) == _by_hand(known, relation, rule, pair, off)
                assert found.heads is None


def test_a_prediction_does_not_speak_for_itself() -> None:
    vocabulary = Vocabulary(("ann", "bob", "cid", "dan"), ("aunt", "near"))
    # ann is near cid, near bob; bob's aunt is ann: the only pair, and the one asked for.
    known = TripleSet.of(vocabulary, np.array([[0, 0, 1], [0, 1, 2], [2, 1, 1]]))
    counts = RuleCounts(known)
    assert counts.walks([0, 1], [RowPath((1, 2), 1.0), RowPath((2, 1), 1.0)]) == [
        ((1, 1), (0, 2, 1)),
        ((3, 3), (1, 2, 0)),
    ]
    assert (counts.count(0, (1, 1), (-1, -1)).support, counts.count(0, (1, 1), (-1, -1)).pairs) == (1, 1)
    itself = counts.count(0, (1, 1), (0, 1))
    assert (itself.support, itself.pairs, itself.confidence, itself.lower_bound) == (0, 0, 0.0, 0.0)


def test_above_the_budget_a_sample_of_heads_is_looked_at_and_said() -> None:
    known = _graph(1, entities=200, facts=3000)
    exact, some = RuleCounts(known), RuleCounts(known, heads=50)
    whole, sampled = (c.count(0, (1, 2), (-1, -1)) for c in (exact, some))
    assert whole.heads is None
    assert sampled.heads is not None
    assert sampled.heads == 50
    few = RuleCounts(known, edges=2000).count(0, (1, 2), (-1, -1))
    assert few.heads is not None
    assert 0 < few.heads < 50
    assert sampled.pairs < whole.pairs
    assert sampled.confidence == pytest.approx(whole.confidence, abs=0.1)
    assert sampled == RuleCounts(known, heads=50).count(0, (1, 2), (-1, -1))


def test_rules_counted_ahead_are_those_counted_one_by_one() -> None:
    known = _graph(2, entities=30, facts=120)
    ahead, one_by_one = RuleCounts(known), RuleCounts(known)
    asked = [(relation, *rule) for relation in range(3) for rule in itertools.product(range(5), repeat=2)]
    ahead.prepare(asked)
    ahead.prepare([*asked, (0, 1)])
    for relation, *rule in asked:
        pair = (-1, -1)
        assert ahead.count(relation, tuple(rule), pair) == one_by_one.count(relation, tuple(rule), pair)


def test_many_pairs_prove_more_than_few() -> None:
    vocabulary = Vocabulary(tuple(f"e{i:03}" for i in range(100)), ("r", "s", "t"))
    few = [[0, 0, 1], [0, 1, 1]]
    many = [[i, r, i + 50] for i in range(2, 50) for r in (0, 2)]
    counts = RuleCounts(TripleSet.of(vocabulary, np.array(few + many)))
    one, other = counts.count(0, (1,), (-1, -1)), counts.count(0, (2,), (-1, -1))
    assert one.confidence == other.confidence == 1.0
    assert one.lower_bound < other.lower_bound < 1
