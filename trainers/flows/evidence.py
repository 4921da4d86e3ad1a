"""Which walks speak for a type: read off the network by gradient × input."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.triples import TripleSet
from trainers.evidence.implied import FactsBetween, without_implied
from trainers.kernels import MessageGraph
from trainers.kernels.pair_walks.kernel import Hop, WalkGraph, Walks
from trainers.trainer import RowPath

WALKS = 20
"""Walks looked at for each path that is wanted."""


@dataclass(frozen=True)
class FlowEvidence:
    """Evidence of one graph.

    Attributes:
        graph: Where walks lie.
        known: The same as facts.
        between: The facts between each two entities, without those that others beside them imply.
    """

    graph: WalkGraph
    known: TripleSet
    between: FactsBetween

    @classmethod
    def over(cls, graph: WalkGraph, known: TripleSet) -> Self:
        """Of a graph laid out for walks."""
        return cls(graph, known, FactsBetween.over(MessageGraph.of(known)))

    def best(self, walks: Walks, adds: list[Floats], most: int) -> list[list[RowPath]]:
        """Of each pair its paths for a type, weightiest first; see `PairPathExplainer.pair_paths`.

        What an edge in the middle adds is shared among the edges before it, and after it, by what these add.
        A walk over resemblance, or over a known pair, is no path: cases tell of these. Weights are shares of
        what all walks add that speak for the type, these included.

        Args:
            walks: Of B pairs.
            adds: Of each hop what its edges add; see `EmerGNN.contributions`.
            most: Paths of each pair at most.
        """
        owner = np.repeat(np.arange(walks.pairs), np.diff(walks.middle.ptr))
        total = np.bincount(owner, np.maximum(adds[1], 0.0), minlength=walks.pairs)
        real = [self._told(hop) for hop in (walks.first, walks.middle, walks.last)]
        real[1] &= adds[1] > 0
        edges, weight, pair = _walked(walks, adds, real)
        facts = self.graph.fact[edges].astype(np.int64)
        able = np.flatnonzero((weight > 0) & (facts >= 0).any(axis=1))
        able = able[np.lexsort((-weight[able], pair[able]))]
        first = np.searchsorted(pair[able], np.arange(walks.pairs + 1))
        found: list[list[RowPath]] = []
        for number, (start, end) in enumerate(pairwise(first.tolist())):
            chosen = able[start : min(end, start + WALKS * most)]
            found.append(self._named(facts[chosen], weight[chosen] / max(float(total[number]), 1e-12), most))
        return found

    def _told(self, hop: Hop) -> Mask:
        """(E,) which edges may lie on a path: plain facts, and self loops."""
        relation, loops = self.graph.relation[hop.edge], self.graph.inverse.size - 2
        plain = hop.edge < self.graph.ptr[0, -1]
        told: Mask = plain & ((self.graph.fact[hop.edge] >= 0) | (relation == loops))
        return told

    def _named(self, facts: Ints, weight: Floats, most: int) -> list[RowPath]:
        """Each walk once, however many ways it can be walked, without facts that others imply."""
        origin, forms = without_implied(self.between, facts)
        better = {int(c): form for c, form in zip(origin[::-1].tolist(), forms[::-1], strict=True)}
        found: dict[tuple[tuple[int, int], ...], tuple[tuple[int, ...], float]] = {}
        told = facts.copy()
        for number, form in better.items():
            told[number] = form
        ends = np.sort(self.known.triples[np.maximum(told, 0)][:, :, [0, 2]], axis=2).tolist()
        for row, met, much in zip(told.tolist(), ends, weight.tolist(), strict=True):
            walked = tuple(fact for fact in row if fact >= 0)
            pairs = tuple((a, b) for (a, b), fact in zip(met, row, strict=True) if fact >= 0)
            first, before = found.get(pairs, (walked, 0.0))
            found[pairs] = first, before + much
        best = sorted(found.values(), key=lambda path: (-path[1], path[0]))[:most]
        return [RowPath(path, min(much, 1.0)) for path, much in best]


def _walked(walks: Walks, adds: list[Floats], real: list[Mask]) -> tuple[Ints, Floats, Ints]:
    """(W, 3) edges of every walk over real edges only, (W,) what it adds, and (W,) its pair."""
    before, after = _shares(walks.first.target, adds[0]), _shares(walks.last.source, adds[2])
    into = _by(walks.first.target, len(walks.left), real[0])
    out = _by(walks.last.source, len(walks.right), real[2])
    middle = np.flatnonzero(real[1])
    start, end = walks.middle.source[middle], walks.middle.target[middle]
    many = np.diff(into[0])[start] * np.diff(out[0])[end]
    which = np.repeat(np.arange(len(middle)), many)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
    width = np.diff(out[0])[end[which]]
    one = into[1][into[0][start[which]] + nth // np.maximum(width, 1)]
    other = out[1][out[0][end[which]] + nth % np.maximum(width, 1)]
    via = middle[which]
    edges = np.stack([walks.first.edge[one], walks.middle.edge[via], walks.last.edge[other]], axis=1)
    pair = np.searchsorted(walks.middle.ptr, via, side="right") - 1
    return edges, adds[1][via] * before[one] * after[other], pair


def _by(state: Ints, count: int, real: Mask) -> tuple[Ints, Ints]:
    """(count + 1,) where each state's real edges begin, and the edges by state."""
    edges = np.flatnonzero(real)
    ptr = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(state[edges], minlength=count), out=ptr[1:])
    return ptr, edges[np.argsort(state[edges], kind="stable")]


def _shares(state: Ints, adds: Floats) -> Floats:
    """(E,) what an edge adds, of what all edges at its state add that add something; else even shares."""
    positive = np.maximum(adds, 0.0)
    total, count = np.bincount(state, positive), np.bincount(state)
    even = 1.0 / np.maximum(count, 1)[state]
    shares: Floats = np.where(total[state] > 0, positive / np.maximum(total, 1e-300)[state], even)
    return shares
