"""A graph ready to be asked for the subgraphs of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.triples import TripleSet
from trainers.subgraphs.blocks import Block, Facts
from trainers.subgraphs.both_ways import BothWays
from trainers.subgraphs.nearby import Nearby
from trainers.subgraphs.whole import Whole


@dataclass(frozen=True)
class PairGraph:
    """Some of the known facts, seen as a whole, around entities and between them."""

    edges: BothWays
    nearby: Nearby
    facts: Facts
    whole: Whole

    @classmethod
    def of(cls, known: TripleSet, rows: Ints, types: Ints, device: str) -> Self:
        """Of some rows of the known triples. Args: types: (T,) relations of pairs; device: Of `Whole`."""
        edges = BothWays.of(known, rows)
        return cls(edges, Nearby.of(edges), Facts.of(edges, types), Whole(edges, device))

    def blocks(self, heads: Ints, tails: Ints, size: int, gone: Sequence[Ints]) -> Block:
        """The subgraphs of (B,) pairs, of at most `size` entities.

        Args:
            heads, tails, size: As said.
            gone: For each pair rows of the known triples that join nobody; who is in it does not change.
        """
        return self.facts.block(self.nearby.between(heads, tails, size), gone)


def together(gone: Sequence[Ints]) -> Ints:
    """Rows that stand in any of some lists."""
    found: Ints = np.unique(np.concatenate([*gone, np.zeros(0, dtype=np.int64)])).astype(np.int64)
    return found
