"""What joins the entities of a subgraph two by two: a fact, or likeness where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from graph_schema.arrays import Ints
from trainers.subgraphs.both_ways import BothWays


def two_by_two(size: int) -> tuple[Ints, Ints]:
    """(P,) and (P,) places i ≤ j of all two of `size`, P = size (size + 1) / 2."""
    first, second = np.triu_indices(size)
    return first.astype(np.int64), second.astype(np.int64)


@dataclass(frozen=True)
class Block:
    """What joins the entities of B subgraphs of N places.

    Attributes:
        nodes: (B, N) entities, -1 where a place is empty.
        kind: (B, P) of two places i ≤ j the relation in [0, 2m) that leads from i to j; 2m: none, they may
            resemble each other; 2m + 1: they are one.
        fact: (B, P) the row of the known triples that says so, -1 where there is none.
    """

    nodes: Ints
    kind: Ints
    fact: Ints


@dataclass(frozen=True)
class Facts:
    """Which fact speaks for two entities: that of the rarest relation, which says most.

    Attributes:
        edges: The graph.
        code: (N,) source · E + target, ascending.
        edge: (N,) the edge; of the same two the rarest first.
        types: (T,) relations of pairs.
    """

    edges: BothWays
    code: Ints
    edge: Ints
    types: Ints

    @classmethod
    def of(cls, edges: BothWays, types: Ints) -> Self:
        """Of a graph."""
        often = np.bincount(edges.relation, minlength=len(edges.inverse))
        often = often + np.where(edges.inverse != np.arange(len(often)), often[edges.inverse], 0)
        code = edges.source * edges.entities + edges.target
        order = np.lexsort((edges.fact, edges.relation, often[edges.relation], code))
        return cls(edges, code[order], order, types)

    @cached_property
    def _first(self) -> tuple[Ints, Ints]:
        """(K,) distinct codes, and the first edge of each."""
        codes, first = np.unique(self.code, return_index=True)
        return codes, self.edge[first]

    def of_pairs(self, heads: Ints, tails: Ints) -> list[Ints]:
        """For each of (B,) pairs the rows of the known triples that say its type, whichever way round."""
        code, fact = self._typed
        asked = self._unordered(heads, tails)
        low, high = (np.searchsorted(code, asked, side) for side in ("left", "right"))
        return [fact[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True)]

    @cached_property
    def _typed(self) -> tuple[Ints, Ints]:
        """(K,) a number for each pair with a type, ascending, and (K,) the row that says so."""
        edges = np.flatnonzero(np.isin(self.edges.relation, self.types))
        code = self._unordered(self.edges.source[edges], self.edges.target[edges])
        fact = self.edges.fact[edges]
        order = np.lexsort((fact, code))
        code, fact = code[order], fact[order]
        once = np.append(True, np.diff(fact) != 0)[: len(fact)]
        return code[once], fact[once]

    def _unordered(self, a: Ints, b: Ints) -> Ints:
        code: Ints = np.minimum(a, b) * self.edges.entities + np.maximum(a, b)
        return code

    def block(self, nodes: Ints, gone: Sequence[Ints]) -> Block:
        """What joins (B, N) entities. Args: gone: For each subgraph rows of the known triples not there."""
        m2, size = len(self.edges.inverse), self.edges.entities
        first, second = two_by_two(nodes.shape[1])
        a, b = nodes[:, first], nodes[:, second]
        codes, edge = self._first
        asked = np.where((a >= 0) & (b >= 0) & (a != b), a * size + b, -1)
        place = np.minimum(np.searchsorted(codes, asked), max(len(codes) - 1, 0))
        met = codes[place] == asked if len(codes) else np.zeros(asked.shape, dtype=bool)
        found = np.where(met, edge[place] if len(codes) else 0, -1)
        for row, facts in enumerate(gone):
            if len(facts):
                self._without(found[row], a[row], b[row], facts)
        kind, fact = (
            np.where(found >= 0, column[found] if len(column) else 0, -1)
            for column in (self.edges.relation, self.edges.fact)
        )
        kind = np.where(found >= 0, kind, np.where(first == second, m2 + 1, m2))
        return Block(nodes, kind, fact)

    def _without(self, found: Ints, a: Ints, b: Ints, gone: Ints) -> None:
        """Put in a row of edges the next best, or -1, in place of those of facts that are not there."""
        hit = np.flatnonzero((found >= 0) & np.isin(self.edges.fact[found], gone))
        for place in hit.tolist():
            edges = self._edges(int(a[place]), int(b[place]))
            left = edges[~np.isin(self.edges.fact[edges], gone)]
            found[place] = left[0] if len(left) else -1

    def _edges(self, source: int, target: int) -> Ints:
        code = source * self.edges.entities + target
        low, high = np.searchsorted(self.code, [code, code + 1])
        found: Ints = self.edge[low:high]
        return found
