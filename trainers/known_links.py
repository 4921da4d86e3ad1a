"""Which entities stand in known pairs with each other, whichever way round and of whichever type."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.triples import TripleSet


def pair_codes(ends: Ints, entities: int) -> Ints:
    """(N,) a number for each of (N, 2) pairs, whichever way round."""
    code: Ints = ends.min(axis=1, initial=entities) * entities + ends.max(axis=1, initial=0)
    return code


@dataclass(frozen=True)
class KnownLinks:
    """The known pairs of some types.

    Attributes:
        known: The facts that answer.
        types: (T,) relations of pairs.
        code: (P,) see `pair_codes`, ascending, each once, and
        times: (P,) by how many facts.
        degree: (E,) in how many of them an entity stands.
    """

    known: TripleSet
    types: Ints
    code: Ints
    times: Ints
    degree: Ints

    @classmethod
    def of(cls, known: TripleSet, types: Ints) -> Self:
        """Of the known facts."""
        rows, count = known.triples[np.isin(known.triples[:, 1], types)], known.num_entities
        code, times = np.unique(pair_codes(rows[:, [0, 2]], count), return_counts=True)
        return cls(known, types, code, times, np.bincount(_ends(code, count), minlength=count))

    def without(self, rows: Collection[int]) -> KnownLinks:
        """The same with rows of the known triples not there."""
        facts, count = self.known.triples[np.unique(np.fromiter(rows, dtype=np.int64))], len(self.degree)
        facts = facts[np.isin(facts[:, 1], self.types)]
        code, times = np.unique(pair_codes(facts[:, [0, 2]], count), return_counts=True)
        place = np.searchsorted(self.code, code)
        gone = place[self.times[place] <= times]
        if not len(gone):
            return self
        degree = self.degree - np.bincount(_ends(self.code[gone], count), minlength=count)
        return replace(
            self, code=np.delete(self.code, gone), times=np.delete(self.times, gone), degree=degree
        )

    def among(self, one: Ints, other: Ints) -> Mask:
        """Whether two stand in a known pair; of two arrays that go together."""
        code = np.minimum(one, other) * len(self.degree) + np.maximum(one, other)
        if not len(self.code):
            return np.zeros(code.shape, dtype=bool)
        at = np.minimum(np.searchsorted(self.code, code), len(self.code) - 1)
        there: Mask = self.code[at] == code
        return there

    def log_degrees(self, heads: Ints, tails: Ints) -> Floats:
        """(B,) log((n + 1)(m + 1)) of (B,) pairs, n and m being the pairs that each end stands in.

        Who stands in none counts as the usual one: how many he would stand in nobody knows.
        """
        logs = np.log1p(self.degree)
        usual = float(logs[self.degree > 0].mean()) if len(self.code) else 0.0
        filled: Floats = np.where(self.degree > 0, logs, usual)
        return filled[heads] + filled[tails]


def _ends(code: Ints, entities: int) -> Ints:
    """(2P,) who stands in (P,) pairs."""
    return np.concatenate([code // max(entities, 1), code % max(entities, 1)])
