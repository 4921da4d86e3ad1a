"""Scores of pairs over a graph that does not change, each pair without what is known of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Floats, Floats32, Ints
from trainers.pairs import batches
from trainers.subgraphs.blocks import Block
from trainers.subgraphs.network import NOTHING, KnowledgeNetwork
from trainers.subgraphs.pair_graph import PairGraph
from trainers.subgraphs.settings import KnowDDIConfig

AT_ONCE = 32
"""Pairs whose subgraphs are held together."""


@dataclass(frozen=True)
class Judged:
    """Pairs with their subgraphs: (B, T) scores and (L, B, N, N) signals from place to place."""

    block: Block
    scores: Floats32
    signals: Floats


@dataclass(frozen=True)
class Answering:
    """A network over a graph, whose steps over the whole of it are taken once.

    Facts that are not there are taken out of the steps' sums, and what follows from it is counted anew for
    the entities of the subgraph: two numbers of edges, not the whole graph.

    Attributes:
        network, graph, settings: What answers.
        states: (E, 3, d) of `KnowledgeNetwork.over`.
        sums: For each step the (E, d) sums that it went by.
    """

    network: KnowledgeNetwork
    graph: PairGraph
    settings: KnowDDIConfig
    states: Tensor
    sums: tuple[Tensor, ...]

    @classmethod
    @torch.no_grad()
    def of(cls, network: KnowledgeNetwork, graph: PairGraph, base: Tensor, settings: KnowDDIConfig) -> Self:
        """Take the steps. Args: base: (E, d) vectors that the graph's entities start from."""
        states = network.over(graph.whole, base, np.zeros(0, dtype=np.int64), NOTHING)
        sums = tuple(graph.whole.sums(states[:, number], network.across) for number in range(2))
        return cls(network, graph, settings, states, sums)

    def scores(self, heads: Ints, tails: Ints) -> Floats32:
        """(B, T) scores of (B,) pairs."""
        parts = [self.judged(heads[some], tails[some], ()).scores for some in batches(len(heads), AT_ONCE)]
        return np.concatenate([np.zeros((0, self.network.types.out_features), dtype=np.float32), *parts])

    @torch.no_grad()
    def judged(self, heads: Ints, tails: Ints, removed: Sequence[Ints]) -> Judged:
        """A few pairs, each without what is known of it and without some facts more.

        Args:
            heads, tails: (B,) pairs.
            removed: For each pair rows of the known triples; none at all for nothing.
        """
        gone = self.graph.facts.of_pairs(heads, tails)
        if len(removed):
            gone = [np.union1d(own, more).astype(np.int64) for own, more in zip(gone, removed, strict=True)]
        block = self.graph.blocks(heads, tails, self.settings.nodes, gone)
        nodes = self.graph.whole.on(block.nodes)
        start = self.states[nodes.clamp(min=0)]
        for row, facts in enumerate(gone):
            edges = self.graph.edges.of_facts(facts)
            if len(edges):
                start[row] = self._without(block.nodes[row], edges)
        kind = self.graph.whole.on(block.kind)
        given = (self.settings.mix, self.settings.least, NOTHING)
        scores, signals = self.network.judged(start, kind, nodes >= 0, *given)
        return Judged(
            block, (scores + self.network.prior).cpu().numpy(), signals.cpu().numpy().astype(np.float64)
        )

    def _without(self, nodes: Ints, gone: Ints) -> Tensor:
        """(N, 3, d) states of (N,) entities, as they are without (K,) edges."""
        edges, on = self.graph.edges, self.graph.whole.on
        nodes = np.maximum(nodes, 0)
        changed = np.unique(edges.target[gone])
        count = np.diff(edges.ptr) - np.bincount(edges.target[gone], minlength=edges.entities)
        first = self._restated(0, changed, count, self._messages(gone, self.states[:, 0]), gone)
        # Edges go both ways: those out of whom it changes are those into him, turned round.
        into = edges.into(changed)
        into = into[np.isin(edges.source[into], nodes) & ~np.isin(edges.fact[into], edges.fact[gone])]
        place = on(np.searchsorted(changed, edges.target[into]))
        shift = first - self.states[on(changed), 1]
        more = shift[place] * self.network.across[on(edges.inverse[edges.relation[into]])]
        sums = self.sums[1].index_add(0, on(edges.source[into]), more)
        sums = sums.index_add(0, on(edges.target[gone]), -self._messages(gone, self.states[:, 1]))
        states = self.states[:, 1].index_copy(0, on(changed), first)
        at = on(nodes)
        mean = sums[at] / on(count).clamp(min=1)[at][:, None]
        last = self.network.stepped(1, states[at], mean)
        return torch.stack([self.states[at, 0], states[at], last], dim=1)

    def _messages(self, edges: Ints, h: Tensor) -> Tensor:
        """(K, d) of (K,) edges."""
        on, every = self.graph.whole.on, self.graph.edges
        return h[on(every.source[edges])] * self.network.across[on(every.relation[edges])]

    def _restated(self, step: int, who: Ints, count: Ints, messages: Tensor, gone: Ints) -> Tensor:
        """(C, d) states of (C,) entities after a step, without the messages of (K,) edges into them."""
        on = self.graph.whole.on
        place = on(np.searchsorted(who, self.graph.edges.target[gone]))
        sums = self.sums[step][on(who)].index_add(0, place, -messages)
        mean = sums / on(count[who]).clamp(min=1)[:, None]
        return self.network.stepped(step, self.states[on(who), step], mean)
