"""Rankings without tables: the candidates, ranks and probabilities that a whole table gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_schema.triples import TripleSet, Vocabulary
from tests.unit.dense import excluded, log_softmax
from trainers.answers import Answer, Candidates
from trainers.evaluation import rank
from trainers.ranking import rankings
from trainers.reach import Reached
from trainers.scoring import best_answers, with_head_ranks

N, M = 9, 2
VOCABULARY = Vocabulary(tuple(f"e{i}" for i in range(N)), ("r", "s"))


class Table:
    """Scores drawn of few values, so that there are ties; all of them in a table."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        values = draw.integers(-2, 3, (N, 2 * M, N)).astype(np.float32)
        self.there = draw.random(values.shape) < draw.choice([0.0, 0.3, 0.8, 1.0])
        self.values = np.where(self.there, values, np.float32(0))

    def score_tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.values[heads, relations]
        return found


class Sparse(Table):
    """The same; of what is not there nothing is said."""

    def score_reached(
        self, heads: np.ndarray, relations: np.ndarray, removed: Sequence[Sequence[int]] | None = None
    ) -> Reached:
        assert removed is None
        there = self.there[heads, relations]
        row, entity = np.nonzero(there)
        back = np.lexsort((-entity, row))  # in any order
        ptr = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
        return Reached(ptr, entity[back], self.values[heads, relations][row, entity][back], 0.0)


graphs = st.sets(st.tuples(st.integers(0, N - 1), st.integers(0, M - 1), st.integers(0, N - 1)), min_size=1)
asked = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, 2 * M - 1)), min_size=1, max_size=5)
types = st.dictionaries(st.integers(0, 2 * M - 1), st.lists(st.booleans(), min_size=N, max_size=N))


def candidates_of(rows: set[tuple[int, int, int]], allowed: dict[int, list[bool]]) -> Candidates:
    known = TripleSet.of(VOCABULARY, np.array(sorted(rows)))
    return Candidates(known, {r: np.array(mask) for r, mask in allowed.items()})


@given(graphs, asked, types, st.integers(0, 99), st.booleans(), st.integers(1, N))
@settings(max_examples=150, deadline=None)
def test_a_query_ranks_as_its_row_of_the_table(
    rows: set[tuple[int, int, int]],
    queries: list[tuple[int, int]],
    allowed: dict[int, list[bool]],
    seed: int,
    named: bool,
    top: int,
) -> None:
    candidates, heads, relations = candidates_of(rows, allowed), *np.array(queries).T.copy()
    draw = np.random.default_rng(seed)
    wanted = [np.unique(draw.integers(0, N, 3)).tolist() for _ in queries] if named else None
    table, out = Table(seed).score_tails(heads, relations), excluded(candidates, heads, relations)
    for row, entities in enumerate(wanted or ()):
        out[row, entities] = False
    for model in (Table(seed), Sparse(seed)):
        found = rankings(model, candidates, heads, relations, wanted=wanted, batch=2)
        for row, ranking in enumerate(found):
            here = np.flatnonzero(~out[row])
            assert ranking.empty == (len(here) == 0)
            np.testing.assert_array_equal(ranking.may(np.arange(N)), ~out[row])
            order = here[np.lexsort((here, -table[row, here]))]
            assert ranking.best(top).tolist() == order[:top].tolist()
            if not len(here):
                continue
            scores = ranking.scores(here)
            np.testing.assert_array_equal(scores, table[row, here])
            logs = log_softmax(table[row : row + 1], out[row : row + 1])[0, here]
            np.testing.assert_allclose(ranking.log_probabilities(scores), logs, atol=1e-12)
            low, high = ranking.ranks(scores)
            assert low.tolist() == [1 + (table[row, here] > s).sum() for s in table[row, here]]
            assert high.tolist() == [(table[row, here] >= s).sum() for s in table[row, here]]


@given(graphs, st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_evaluation_and_answers_are_those_of_the_table(rows: set[tuple[int, int, int]], seed: int) -> None:
    known = TripleSet.of(VOCABULARY, np.array(sorted(rows)))
    targets = TripleSet.of(VOCABULARY, known.triples[::2])
    dense, sparse = (rank(model, targets, known, batch=3) for model in (Table(seed), Sparse(seed)))
    for name in ("low", "high", "candidates"):
        np.testing.assert_array_equal(getattr(dense, name), getattr(sparse, name))
    candidates = candidates_of(rows, {})
    heads, relations = np.arange(N), np.zeros(N, dtype=np.int64)
    both: list[list[Answer]] = []
    for model in (Table(seed), Sparse(seed)):
        found = best_answers(model, candidates, heads, relations, top=3, calibration=None)
        both.append(with_head_ranks(model, candidates, [a for group in found for a in group]))
    assert [(a.head, a.answer, a.rank_low, a.rank_high, a.head_rank) for a in both[0]] == [
        (a.head, a.answer, a.rank_low, a.rank_high, a.head_rank) for a in both[1]
    ]
    for a in both[0]:
        back = Table(seed).score_tails(np.array([a.answer]), np.array([M]))[0]
        out = excluded(candidates, np.array([a.answer]), np.array([M]))[0]
        out[a.head] = True
        above, level = (back[~out] > back[a.head]).sum(), (back[~out] == back[a.head]).sum()
        assert a.head_rank == 1 + above + level / 2
