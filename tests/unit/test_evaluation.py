"""Ranking: ties, filters, groups, and agreement with an evaluator everybody knows."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_schema.arrays import Ints
from graph_schema.triples import TripleSet, Vocabulary
from tests.unit.dense import of_table
from trainers.evaluation import Queries, rank, realistic_ranks


class _Table:
    """Scores drawn once per (head, relation)."""

    def __init__(self, entities: int, relations: int, seed: int, levels: int) -> None:
        draw = np.random.default_rng(seed)
        self.scores = draw.integers(0, levels, (entities, 2 * relations, entities)).astype(np.float32)

    def score_tails(self, heads: Ints, relations: Ints) -> np.ndarray:
        return self.scores[heads, relations]


def _facts(seed: int, entities: int = 12, relations: int = 2, count: int = 40) -> tuple[TripleSet, TripleSet]:
    draw = np.random.default_rng(seed)
    vocabulary = Vocabulary(
        tuple(f"e{i:02d}" for i in range(entities)), tuple(f"r{i}" for i in range(relations))
    )
    rows = np.stack([draw.integers(0, k, count) for k in (entities, relations, entities)], axis=1)
    true = TripleSet.of(vocabulary, rows)
    return true, TripleSet.of(vocabulary, true.triples[::3])


@given(entities=st.integers(1, 40), known=st.integers(0, 39), seed=st.integers(0, 100))
@settings(max_examples=50, deadline=None)
def test_a_constant_model_ranks_in_the_middle(entities: int, known: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    true = np.sort(draw.permutation(entities)[: max(1, min(known, entities))])
    one = np.array([0, 1])
    low, high, count = realistic_ranks(
        of_table(np.ones((1, entities))), entities, one, true[:1], np.array([0, len(true)]), true
    )
    assert (low[0] + high[0]) / 2 == (count[0] + 1) / 2
    assert count[0] == entities - len(true) + 1


@given(seed=st.integers(0, 200), facts=st.integers(1, 30))
@settings(max_examples=50, deadline=None)
def test_ranks_stay_between_one_and_the_number_of_candidates(seed: int, facts: int) -> None:
    """Loops, symmetric relations and both directions of one fact among the facts."""
    draw = np.random.default_rng(seed)
    vocabulary = Vocabulary(tuple(f"e{i}" for i in range(6)), ("r", "same"), frozenset({"same"}))
    rows = np.stack([draw.integers(0, k, facts) for k in (6, 2, 6)], axis=1)
    loops = np.array([[e, 1, e] for e in range(3)])
    true = TripleSet.of(vocabulary, np.concatenate([rows, loops, rows[:, [2, 1, 0]]]))
    targets = TripleSet.of(vocabulary, true.triples[::2])
    for levels in (1, 3):
        ranks = rank(_Table(6, 2, seed, levels), targets, true)
        assert (ranks.low >= 1).all()
        assert (ranks.low <= ranks.high).all()
        assert (ranks.high <= ranks.candidates).all()
        if levels == 1:
            np.testing.assert_array_equal(ranks.realistic, (ranks.candidates + 1) / 2)
        asked = np.stack([ranks.head, ranks.relation, ranks.answer], axis=1)
        assert len(np.unique(asked, axis=0)) == len(asked)
        assert all(np.isfinite(list(ranks.metrics().values())))


@pytest.mark.parametrize("levels", [3, 10_000])
def test_ranks_are_those_of_a_loop_over_candidates(levels: int) -> None:
    true, targets = _facts(1)
    model = _Table(12, 2, 1, levels)
    ranks = rank(model, targets, true, batch=5)
    facts = {tuple(map(int, r)) for r in true.triples}
    for i in range(len(ranks.answer)):
        h, r, a = int(ranks.head[i]), int(ranks.relation[i]), int(ranks.answer[i])
        row = model.scores[h, r]
        others = [e for e in range(12) if e != a and ((h, r, e) if r < 2 else (e, r - 2, h)) not in facts]
        assert ranks.low[i] == 1 + sum(row[e] > row[a] for e in others)
        assert ranks.high[i] == 1 + sum(row[e] >= row[a] for e in others)
        assert ranks.candidates[i] == len(others) + 1


@pytest.mark.parametrize("levels", [3, 10_000])
@pytest.mark.filterwarnings("ignore")
def test_metrics_agree_with_pykeen(levels: int) -> None:
    from pykeen.evaluation import RankBasedEvaluator

    true, targets = _facts(2, entities=30, count=300)
    model = _Table(30, 2, 3, levels)
    ours = rank(model, targets, true).metrics()
    evaluator = RankBasedEvaluator()
    facts = {tuple(map(int, r)) for r in true.triples}
    sides: tuple[tuple[Literal["head", "tail"], int], ...] = (("tail", 0), ("head", 2))
    for target, shift in sides:
        for h, r, t in targets.triples.tolist():
            asked, answer = (h, t) if target == "tail" else (t, h)
            scores = torch.from_numpy(model.scores[asked, r + shift]).double()[None]
            for e in range(30):
                fact = (h, r, e) if target == "tail" else (e, r, t)
                if fact in facts and e != answer:
                    scores[0, e] = float("nan")
            evaluator.process_scores_(
                hrt_batch=torch.tensor([[h, r, t]]),
                target=target,
                scores=scores,
                true_scores=scores[:, answer : answer + 1],
            )
    theirs = evaluator.finalize().to_flat_dict()
    for name, key in (
        ("mrr", "both.realistic.inverse_harmonic_mean_rank"),
        ("mrr_optimistic", "both.optimistic.inverse_harmonic_mean_rank"),
        ("mrr_pessimistic", "both.pessimistic.inverse_harmonic_mean_rank"),
        ("hits@1", "both.realistic.hits_at_1"),
        ("hits@10", "both.realistic.hits_at_10"),
        ("amr", "both.realistic.adjusted_arithmetic_mean_rank"),
    ):
        assert ours[name] == pytest.approx(theirs[key], abs=1e-6), name


def test_groups_hold_every_answer_once() -> None:
    true, targets = _facts(4)
    ranks = rank(_Table(12, 2, 1, 50), targets, true)
    degree = np.bincount(true.triples[:, [0, 2]].ravel(), minlength=12)
    for groups in (ranks.by_relation(("r0", "r1")), ranks.by_degree(degree)):
        assert sum(g["answers"] for g in groups.values()) == 2 * len(targets)


def test_scores_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        realistic_ranks(
            of_table(np.array([[np.nan, 1.0]])),
            2,
            np.array([0, 1]),
            np.array([0]),
            np.array([0, 0]),
            np.array([0]),
        )


def test_a_symmetric_relation_is_one_query_from_both_ends() -> None:
    vocabulary = Vocabulary(("a", "b", "c"), ("likes", "meets"), frozenset({"meets"}))
    facts = TripleSet.of(vocabulary, vocabulary.encode(["a", "a"], ["meets", "likes"], ["b", "c"]))
    queries = Queries.of(facts)
    asked = set(zip(queries.head.tolist(), queries.relation.tolist(), strict=True))
    assert asked == {(0, 1), (1, 1), (0, 0), (2, 2)}
    ptr, answers = queries.answers_of(np.array([1, 0, 2]), np.array([1, 1, 1]))
    assert [answers[a:b].tolist() for a, b in itertools.pairwise(ptr)] == [[0], [1], []]
