"""Which walks speak for a type: read off the network by gradient × input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.triples import TripleSet
from trainers.evidence.implied import FactsBetween, without_implied
from trainers.kernels import MessageGraph
from trainers.kernels.pair_walks.kernel import WalkGraph, Walks
from trainers.trainer import RowPath

WALKS = 20
"""Walks looked at for each path that is wanted."""


class Contributing(Protocol):
    """What is read."""

    def contributions(self, ends: Ints, place: int, gone: Mask) -> tuple[Walks, list[Floats]]:
        """See `EmerGNN.contributions`."""
        ...


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

    def best(self, model: Contributing, ends: Ints, place: int, most: int, gone: Mask) -> list[RowPath]:
        """Paths for a type, weightiest first; see `PairPathExplainer.pair_paths`.

        What an edge in the middle adds is shared among the edges before it, and after it, by what these add.
        A walk over resemblance, or over a known pair, is no path: cases tell of these. Weights are shares of
        what all walks add that speak for the type, these included.
        """
        walks, adds = model.contributions(ends, place, gone)
        edges, weight = _walked(walks, adds)
        if not len(edges):
            return []
        facts = self.graph.fact[edges].astype(np.int64)
        loops = self.graph.inverse.size - 2
        real = ((facts >= 0) | (self.graph.relation[edges] == loops)).all(axis=1) & (facts >= 0).any(axis=1)
        real &= (edges < self.graph.ptr[0, -1]).all(axis=1)
        total = float(weight[weight > 0].sum())
        chosen = np.flatnonzero(real & (weight > 0))
        chosen = chosen[np.argsort(-weight[chosen], kind="stable")][: WALKS * most]
        return self._named(facts[chosen], weight[chosen] / max(total, 1e-12), most)

    def _named(self, facts: Ints, weight: Floats, most: int) -> list[RowPath]:
        """Each walk once, however many ways it can be walked, without facts that others imply."""
        origin, forms = without_implied(self.between, facts)
        better = {int(c): form for c, form in zip(origin[::-1].tolist(), forms[::-1], strict=True)}
        found: dict[tuple[tuple[int, int], ...], tuple[tuple[int, ...], float]] = {}
        for number, (row, much) in enumerate(zip(facts, weight.tolist(), strict=True)):
            walked = tuple(int(f) for f in better.get(number, row) if f >= 0)
            ends = self.known.triples[list(walked)][:, [0, 2]]
            pairs = tuple((min(a, b), max(a, b)) for a, b in ends.tolist())
            first, before = found.get(pairs, (walked, 0.0))
            found[pairs] = first, before + much
        best = sorted(found.values(), key=lambda path: (-path[1], path[0]))[:most]
        return [RowPath(path, min(much, 1.0)) for path, much in best]


def _walked(walks: Walks, adds: list[Floats]) -> tuple[Ints, Floats]:
    """(W, 3) edges of every walk of one pair, and (W,) what it adds."""
    before, after = _shares(walks.first.target, adds[0]), _shares(walks.last.source, adds[2])
    into, out = _by(walks.first.target, len(walks.left)), _by(walks.last.source, len(walks.right))
    start, end = walks.middle.source, walks.middle.target
    many = np.diff(into[0])[start] * np.diff(out[0])[end]
    which = np.repeat(np.arange(len(start)), many)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
    width = np.diff(out[0])[end[which]]
    one = into[1][into[0][start[which]] + nth // np.maximum(width, 1)]
    other = out[1][out[0][end[which]] + nth % np.maximum(width, 1)]
    edges = np.stack([walks.first.edge[one], walks.middle.edge[which], walks.last.edge[other]], axis=1)
    return edges, adds[1][which] * before[one] * after[other]


def _by(state: Ints, count: int) -> tuple[Ints, Ints]:
    """(count + 1,) where each state's edges begin, and the edges by state."""
    ptr = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(state, minlength=count), out=ptr[1:])
    return ptr, np.argsort(state, kind="stable")


def _shares(state: Ints, adds: Floats) -> Floats:
    """(E,) what an edge adds, of what all edges at its state add that add something; else even shares."""
    positive = np.maximum(adds, 0.0)
    total, count = np.bincount(state, positive), np.bincount(state)
    even = 1.0 / np.maximum(count, 1)[state]
    shares: Floats = np.where(total[state] > 0, positive / np.maximum(total, 1e-300)[state], even)
    return shares
