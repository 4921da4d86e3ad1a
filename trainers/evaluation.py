"""One tie-aware, filtered, realistic ranking for all models, and the metrics read off it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.progress import Progress
from graph_schema.triples import TripleSet, Vocabulary, unique_rows
from trainers.kernels.ranking.loops import rank_answers
from trainers.reach import Reached, batch_size, reached
from trainers.trainer import TailScorer

_BLOCK = 500_000
"""Facts looked through at once."""


def in_sorted(values: Ints, some: Ints) -> Mask:
    """(N,) which of (N,) numbers are among sorted ones."""
    if not len(values):
        return np.zeros(len(some), dtype=bool)
    found: Mask = values[np.minimum(np.searchsorted(values, some), len(values) - 1)] == some
    return found


@dataclass(frozen=True)
class Queries:
    """Distinct (head, relation, ?) queries with their answers; relation r + m asks for heads.

    Attributes:
        head: (Q,) entities.
        relation: (Q,) in [0, 2m).
        ptr: (Q + 1,) where each query's answers begin.
        answer: (A,) entities.
    """

    head: Ints
    relation: Ints
    ptr: Ints
    answer: Ints

    @classmethod
    def of(cls, facts: TripleSet) -> Queries:
        """Both directions of facts, grouped: A = 2N answers, less those that two facts ask for alike."""
        return cls.over(facts.vocabulary, facts.triples)

    @classmethod
    def over(cls, vocabulary: Vocabulary, triples: Ints) -> Queries:
        """Both directions of (N, 3) facts, each query's answers once.

        A symmetric fact that is a loop, or stored in both directions, asks the same twice.
        """
        back = np.stack([triples[:, 2], vocabulary.inverse[triples[:, 1]], triples[:, 0]], axis=1)
        return cls._grouped(unique_rows(np.concatenate([triples, back])))

    @classmethod
    def _grouped(cls, rows: Ints) -> Queries:
        """Of (A, 3) sorted rows of head, relation and answer."""
        first = np.ones(len(rows), dtype=bool)
        first[1:] = np.any(rows[1:, :2] != rows[:-1, :2], axis=1)
        starts = np.flatnonzero(first)
        return cls(rows[starts, 0], rows[starts, 1], np.append(starts, len(rows)), rows[:, 2].copy())

    @classmethod
    def among(cls, facts: TripleSet, asked: Queries) -> Queries:
        """`of` these facts, of the queries that are asked alone; without laying out all others."""
        vocabulary, parts = facts.vocabulary, [np.zeros((0, 3), dtype=np.int64)]
        width = 2 * len(vocabulary.relations)
        wanted = np.unique(asked.head * width + asked.relation)
        for start in range(0, len(facts), _BLOCK):
            rows = facts.triples[start : start + _BLOCK]
            for h, r, t in ((0, rows[:, 1], 2), (2, vocabulary.inverse[rows[:, 1]], 0)):
                here = in_sorted(wanted, rows[:, h] * width + r)
                parts.append(np.stack([rows[here, h], r[here], rows[here, t]], axis=1))
        return cls._grouped(unique_rows(np.concatenate(parts)))

    def __len__(self) -> int:
        return len(self.head)

    def answers_of(self, head: Ints, relation: Ints) -> tuple[Ints, Ints]:
        """(ptr, answers) for other queries; empty where a query has none here."""
        width = int(max(self.relation.max(initial=0), relation.max(initial=0))) + 1
        mine, asked = self.head * width + self.relation, head * width + relation
        place = np.searchsorted(mine, asked)
        place_in = np.minimum(place, max(len(mine) - 1, 0))
        found = mine[place_in] == asked if len(mine) else np.zeros(len(asked), dtype=bool)
        count = np.where(found, self.ptr[place_in + 1] - self.ptr[place_in] if len(mine) else 0, 0)
        ptr = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        out = np.empty(ptr[-1], dtype=np.int64)
        for i in np.flatnonzero(found):
            out[ptr[i] : ptr[i + 1]] = self.answer[self.ptr[place_in[i]] : self.ptr[place_in[i] + 1]]
        return ptr, out

    def mask(self, heads: Ints, relations: Ints, entities: int) -> Mask:
        """(B, E): which of E entities are answers of (B,) other queries."""
        ptr, answer = self.answers_of(heads, relations)
        mask = np.zeros((len(heads), entities), dtype=bool)
        mask[np.repeat(np.arange(len(heads)), np.diff(ptr)), answer] = True
        return mask

    def batches(self, size: int) -> Iterator[tuple[int, int]]:
        """(start, stop) of runs of at most `size` queries."""
        for start in range(0, len(self), size):
            yield start, min(start + size, len(self))


@dataclass(frozen=True)
class Ranks:
    """Where each held-out answer came among the candidates of its query; A rows.

    Attributes:
        head, relation, answer: (A,) the query and its answer.
        low: (A,) rank counting ties in favour (optimistic), from 1.
        high: (A,) rank counting ties against (pessimistic).
        candidates: (A,) how many entities were ranked, the answer included.
    """

    head: Ints
    relation: Ints
    answer: Ints
    low: Floats
    high: Floats
    candidates: Floats

    @property
    def realistic(self) -> Floats:
        """(A,) the mean of both: what a constant model gets is (candidates + 1) / 2."""
        return (self.low + self.high) / 2

    def metrics(self, keep: Mask | None = None) -> dict[str, float]:
        """MRR, hits and adjusted mean rank (mean rank over its expectation under chance, 1 = chance).

        Args:
            keep: (A,) rows to look at, None for all.
        """
        rows = np.ones(len(self.low), dtype=bool) if keep is None else keep
        rank = self.realistic[rows]
        if len(rank) == 0:
            return {}
        out = {"mrr": float(np.mean(1 / rank))}
        out |= {f"hits@{k}": float(np.mean(rank <= k)) for k in (1, 3, 10)}
        out["amr"] = float(rank.mean() / ((self.candidates[rows] + 1) / 2).mean())
        out["mrr_optimistic"] = float(np.mean(1 / self.low[rows]))
        out["mrr_pessimistic"] = float(np.mean(1 / self.high[rows]))
        out["answers"] = float(len(rank))
        return out

    def by_relation(self, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
        """Metrics for each relation, both directions together; names are those of the m relations."""
        base = self.relation % len(names)
        return {names[r]: self.metrics(base == r) for r in np.unique(base)}

    def by_degree(self, degree: Ints) -> dict[str, dict[str, float]]:
        """Metrics by how many known facts the answer stands in. Args: degree: (E,)."""
        edges = (0, 1, 3, 10, 30, 100)
        out: dict[str, dict[str, float]] = {}
        for low, high in zip(edges, (*edges[1:], None), strict=True):
            here = degree[self.answer]
            keep = (here >= low) & (here < high if high is not None else True)
            label = f"{low}–{high - 1}" if high and high - low > 1 else (f"{low}" if high else f"{low}+")
            if keep.any():
                out[label] = self.metrics(keep)
        return out


def realistic_ranks(
    scores: Reached, entities: int, ptr: Ints, answer: Ints, true_ptr: Ints, true: Ints
) -> tuple[Floats, Floats, Floats]:
    """Filtered ranks: other true answers of the query are no candidates.

    Args:
        scores: Of B queries; higher is better.
        entities: E, all of which are ranked.
        ptr: (B + 1,) where each query's answers begin in `answer`, (A,) entities.
        answer: The answers to rank.
        true_ptr: (B + 1,) where each query's true answers begin in `true`; those of all splits.
        true: Entities.

    Returns:
        (A,) optimistic rank, (A,) pessimistic rank, (A,) number of candidates.

    Raises:
        ValueError: a score is not finite.
    """
    if not np.isfinite(scores.score).all():
        raise ValueError("scores must be finite")
    low, high, count = (np.empty(len(answer)) for _ in range(3))
    of, rest = (scores.ptr, scores.entity, scores.score), scores.rest
    rank_answers(*of, rest, entities, ptr, answer, true_ptr, true, low, high, count)
    return low, high, count


def rank(
    model: TailScorer,
    targets: TripleSet,
    true: TripleSet,
    *,
    batch: int = 64,
    progress: Progress | None = None,
) -> Ranks:
    """Rank every target in both directions.

    Args:
        model: Already answering over the known graph.
        targets: The facts to rank, such as the test split.
        true: Facts of all splits, what filtering leaves out.
        batch: Queries scored together.
        progress: Told of each batch.
    """
    queries = Queries.of(targets)
    everything = Queries.among(true, queries)
    parts = []
    for start, stop in queries.batches(batch_size(model, true.num_entities, batch)):
        head, relation = queries.head[start:stop], queries.relation[start:stop]
        begin, end = queries.ptr[start], queries.ptr[stop]
        parts.append(
            realistic_ranks(
                reached(model, head, relation),
                true.num_entities,
                queries.ptr[start : stop + 1] - begin,
                queries.answer[begin:end],
                *everything.answers_of(head, relation),
            )
        )
        if progress:
            progress("ranking", stop, len(queries))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else [np.zeros(0)] * 3
    repeat = np.diff(queries.ptr)
    return Ranks(
        np.repeat(queries.head, repeat), np.repeat(queries.relation, repeat), queries.answer, *joined
    )
