"""Whom the subgraph between two entities holds: those through whom most short walks go, less by hubs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from graph_schema.arrays import Floats, Ints
from trainers.subgraphs.both_ways import BothWays

_AT_ONCE = 64
"""Entities whose two steps are walked together."""

_NONE = 1e-9
"""Less than any walk weighs, more than what rounding leaves of none."""


@dataclass(frozen=True)
class Nearby:
    """Two steps around each entity, walked when they are first asked for.

    A walk u … x … v has one or two steps on either side of x and weighs Π 1 / degree over all between its
    ends, x among them: the chance of such a walk, but for its first step. x counts what all of them weigh
    together. An edge between u and v is none.

    Attributes:
        joined: (E, E) 1 where two entities stand in a fact.
        discount: (E,) 1 / degree.
    """

    joined: csr_matrix
    discount: Floats
    _walked: dict[int, tuple[Ints, Floats]] = field(default_factory=dict)

    @classmethod
    def of(cls, edges: BothWays) -> Self:
        """Of a graph."""
        size = edges.entities
        code = np.unique(edges.target * size + edges.source)
        target, source = np.divmod(code, size)
        apart = target != source
        target, source = target[apart], source[apart]
        joined = csr_matrix((np.ones(len(target)), (target, source)), shape=(size, size))
        degree = np.diff(joined.indptr)
        return cls(joined, 1.0 / np.maximum(degree, 1))

    def between(self, heads: Ints, tails: Ints, most: int) -> Ints:
        """(B, most) entities: head, tail, then those that count most; -1 where there are no more."""
        self._walk(np.unique(np.concatenate([heads, tails])))
        found = np.full((len(heads), most), -1, dtype=np.int64)
        found[:, 0], found[:, 1] = heads, tails
        weights = np.zeros(len(self.discount))
        for row, (head, tail) in enumerate(zip(heads.tolist(), tails.tolist(), strict=True)):
            who = self._best(head, tail, most - 2, weights)
            found[row, 2 : 2 + len(who)] = who
        return found

    def _best(self, head: int, tail: int, most: int, weights: Floats) -> Ints:
        """At most `most` entities, best first, ties by id. Args: weights: (E,) zeros, left as zeros."""
        (from_head, much), (from_tail, more) = self._walked[head], self._walked[tail]
        weights[from_head] = much
        near = self._neighbours(tail)
        if len(near) and near[min(int(np.searchsorted(near, head)), len(near) - 1)] == head:
            weights[near] -= self.discount[tail]
            more = more.copy()
            more[np.searchsorted(from_tail, self._neighbours(head))] -= self.discount[head]
        sides = weights[from_tail]
        able = (sides > _NONE) & (more > _NONE) & (from_tail != head) & (from_tail != tail)
        who = from_tail[able]
        total = sides[able] * more[able] * self.discount[who]
        weights[from_head] = 0.0
        weights[near] = 0.0
        if len(who) > most:
            least = np.partition(total, len(total) - most)[len(total) - most]
            kept = np.flatnonzero(total >= least)
            who, total = who[kept], total[kept]
        best: Ints = who[np.argsort(-total, kind="stable")[:most]]
        return best

    def _neighbours(self, entity: int) -> Ints:
        joined = self.joined
        found: Ints = joined.indices[joined.indptr[entity] : joined.indptr[entity + 1]].astype(np.int64)
        return found

    def _walk(self, entities: Ints) -> None:
        """Walk one and two steps from each of some entities."""
        new = [e for e in entities.tolist() if e not in self._walked]
        for start in range(0, len(new), _AT_ONCE):
            some = new[start : start + _AT_ONCE]
            once = self.joined[some]
            both = (once + once.multiply(self.discount).tocsr() @ self.joined).tocsr()
            both.sort_indices()
            for row, entity in enumerate(some):
                part = slice(both.indptr[row], both.indptr[row + 1])
                self._walked[entity] = both.indices[part].astype(np.int64), both.data[part]
