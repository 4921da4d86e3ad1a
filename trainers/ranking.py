"""The candidates of a query by their scores: who comes where, and with which probability."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph_schema.arrays import Floats, Floats32, Ints, Mask
from trainers.answers import Candidates
from trainers.reach import batch_size, reached
from trainers.trainer import TailScorer


@dataclass(frozen=True)
class Ranking:
    """What one query makes of its candidates; those that it does not reach are counted, not listed.

    Attributes:
        entity: (P,) entities that are scored apart, ascending; candidates or not.
        score: (P,) their scores.
        candidate: (P,) which of them are candidates.
        rest: The score of everybody else.
        others: How many of these are candidates.
        entities: E, how many entities there are.
        may: Which of any entities are candidates.
    """

    entity: Ints
    score: Floats32
    candidate: Mask
    rest: float
    others: int
    entities: int
    may: Callable[[Ints], Mask]

    @property
    def empty(self) -> bool:
        """Whether there is no candidate."""
        return not self.others and not len(self._ladder)

    def scores(self, entities: Ints) -> Floats32:
        """(N,) scores of any entities."""
        if not len(self.entity):
            return np.full(len(entities), self.rest, dtype=np.float32)
        place = np.minimum(np.searchsorted(self.entity, entities), len(self.entity) - 1)
        found = self.entity[place] == entities
        return np.where(found, self.score[place], np.float32(self.rest)).astype(np.float32)

    def log_probabilities(self, scores: Floats32) -> Floats:
        """(N,) log-softmax among the candidates of candidates with these scores."""
        top, total = self._normaliser
        return scores.astype(np.float64) - top - total

    def ranks(self, scores: Floats32) -> tuple[Ints, Ints]:
        """(N,) ranks from 1 among the candidates, counting ties in favour and against."""
        ladder = self._ladder
        above = len(ladder) - np.searchsorted(ladder, scores, side="right")
        at_least = len(ladder) - np.searchsorted(ladder, scores, side="left")
        above = above + self.others * (np.float32(self.rest) > scores)
        at_least = at_least + self.others * (np.float32(self.rest) >= scores)
        return above + 1, at_least

    def best(self, top: int) -> Ints:
        """The `top` likeliest candidates, ties by id; fewer where there are fewer."""
        entity, score = self.entity[self.candidate], self.score[self.candidate]
        if len(score) > 4 * top:
            least = np.partition(score, len(score) - top)[len(score) - top]
            entity, score = entity[score >= least], score[score >= least]
        if self.others:
            ahead = int((score > self.rest).sum())
            more = self._first_others(max(0, top - ahead))
            entity = np.concatenate([entity, more])
            score = np.concatenate([score, np.full(len(more), self.rest, dtype=np.float32)])
        return entity[np.lexsort((entity, -score))[:top]]

    def _first_others(self, most: int) -> Ints:
        """As many candidates that are not scored apart, ascending."""
        found = np.zeros(0, dtype=np.int64)
        for start in range(0, self.entities, _BLOCK):
            if len(found) >= most:
                break
            some = np.arange(start, min(start + _BLOCK, self.entities))
            some = some[self.may(some)]
            found = np.concatenate([found, some[~np.isin(some, self.entity)]])
        return found[:most]

    @cached_property
    def _ladder(self) -> Floats32:
        return np.sort(self.score[self.candidate])

    @cached_property
    def _normaliser(self) -> tuple[float, float]:
        """The largest score, and the log of the sum of all exponentials below it."""
        scores = self.score[self.candidate].astype(np.float64)
        top = max(float(scores.max(initial=-np.inf)), self.rest if self.others else -np.inf)
        if top == -np.inf:
            return 0.0, 0.0
        total = np.exp(scores - top).sum() + (self.others * np.exp(self.rest - top) if self.others else 0.0)
        return top, float(np.log(total))


def rankings(
    model: TailScorer,
    candidates: Candidates,
    heads: Ints,
    relations: Ints,
    *,
    wanted: Sequence[Sequence[int]] | None = None,
    removed: Sequence[Sequence[int]] | None = None,
    batch: int = 64,
) -> Iterator[Ranking]:
    """The ranking of each of (B,) queries, in order; memory does not grow with queries times entities.

    Args:
        model: Answering over `candidates.known`.
        candidates: Who may answer.
        heads, relations: Queries, relation in [0, 2m).
        wanted: For each query entities that are candidates whatever else holds.
        removed: For each query rows of the known triples it goes without.
        batch: Queries scored together at most.
    """
    entities = candidates.known.num_entities
    size, mark = batch_size(model, entities, batch), np.zeros(entities, dtype=bool)
    for start in range(0, len(heads), size):
        cut = slice(start, start + size)
        off = None if removed is None else removed[cut]
        found = reached(model, heads[cut], relations[cut], off)
        ptr, known = candidates.known_answers(heads[cut], relations[cut])
        for row in range(len(heads[cut])):
            head, relation = int(heads[start + row]), int(relations[start + row])
            out = np.append(known[ptr[row] : ptr[row + 1]], head)
            yours = np.asarray(wanted[start + row] if wanted is not None else (), dtype=np.int64)
            yield _ranking(candidates, relation, *found.of(row), found.rest, out, yours, mark)


def _ranking(
    candidates: Candidates,
    relation: int,
    entity: Ints,
    score: Floats32,
    rest: float,
    out: Ints,
    wanted: Ints,
    mark: Mask,
) -> Ranking:
    """One ranking. Args: out: who is no candidate; wanted: who is; mark: (E,) room, all False, left so."""
    order = np.argsort(entity, kind="stable")
    entity, score = entity[order].astype(np.int64), score[order]
    allowed = candidates.allowed.get(relation)

    def free(some: Ints) -> Mask:
        """Which entities would be candidates if nobody were wanted."""
        mark[out] = True
        found = ~mark[some]
        mark[out] = False
        return found if allowed is None else found & allowed[some]

    def may(some: Ints) -> Mask:
        found = free(some)
        return found | np.isin(some, wanted) if len(wanted) else found

    candidate, gone = may(entity), np.unique(out)
    size = candidates.count_allowed(relation) - (len(gone) if allowed is None else int(allowed[gone].sum()))
    size += int((~free(np.unique(wanted))).sum()) if len(wanted) else 0
    others = size - int(candidate.sum())
    return Ranking(entity, score, candidate, rest, others, len(mark), may)


_BLOCK = 4096
"""Entities looked through at once for candidates that a query does not reach."""
