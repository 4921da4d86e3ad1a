"""Which entities stand in known pairs with each other, whichever way round and of whichever type."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
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
        code: (P,) see `pair_codes`, ascending, each once.
        degree: (E,) in how many of them an entity stands.
    """

    known: TripleSet
    types: Ints
    code: Ints
    degree: Ints

    @classmethod
    def of(cls, known: TripleSet, types: Ints, without: Collection[int] = ()) -> Self:
        """Of the known facts. Args: without: Rows of the known triples that are not there."""
        kept = np.isin(known.triples[:, 1], types)
        kept[list(without)] = False
        count = known.num_entities
        code = np.unique(pair_codes(known.triples[kept][:, [0, 2]], count))
        ends = np.concatenate([code // max(count, 1), code % max(count, 1)])
        return cls(known, types, code, np.bincount(ends, minlength=count))

    def without(self, rows: Collection[int]) -> KnownLinks:
        """The same with rows of the known triples not there."""
        return KnownLinks.of(self.known, self.types, rows) if len(rows) else self

    def among(self, one: Ints, other: Ints) -> Mask:
        """Whether two stand in a known pair; of two arrays that go together."""
        code = np.minimum(one, other) * len(self.degree) + np.maximum(one, other)
        if not len(self.code):
            return np.zeros(code.shape, dtype=bool)
        at = np.minimum(np.searchsorted(self.code, code), len(self.code) - 1)
        there: Mask = self.code[at] == code
        return there

    def log_degrees(self, heads: Ints, tails: Ints) -> Floats:
        """(B,) log((n + 1)(m + 1)) of (B,) pairs, n and m being the pairs that each end stands in."""
        product: Floats = np.log1p(self.degree[heads]) + np.log1p(self.degree[tails])
        return product
