"""How types of pairs are learned on subgraphs: pairs of an epoch, over a graph without what they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from graph_schema.arrays import Ints, Mask
from trainers.pair_figures import deciding, of_rows
from trainers.pair_validation import validated
from trainers.pairs import PairSplits, batches
from trainers.subgraphs.network import Dropout, KnowledgeNetwork
from trainers.subgraphs.pair_graph import PairGraph, together
from trainers.subgraphs.settings import KnowDDIConfig
from trainers.trainer import PairScorer
from trainers.training.loop import Step

AT_ONCE = 32
"""Subgraphs whose gradients are found together: what they need stays in the cache."""


class SubgraphModel(PairScorer, Protocol):
    """What learns."""

    seed: int
    device: str

    @property
    def network(self) -> KnowledgeNetwork:
        """Its parameters."""
        ...

    @property
    def settings(self) -> KnowDDIConfig:
        """How."""
        ...

    def forget(self) -> None:
        """Parameters have changed: what was counted from them is counted anew."""
        ...


@dataclass(frozen=True)
class SubgraphLearner:
    """A `Learner`: the type of a known pair is asked for over a graph that does not say it.

    In each epoch pairs are drawn, rare types oftener. Those of a step are masked, in both directions and with
    all their types: each in its subgraph, all of them in the steps over the whole graph. A share of the drugs
    may be new for the epoch: without known pairs and with the zero vector, as a drug that came in after the
    training. A type that holds both ways is asked either way.
    """

    model: SubgraphModel
    splits: PairSplits
    criterion: str = "valid_macro_f1"

    @property
    def network(self) -> KnowledgeNetwork:
        """See `Learner.network`."""
        return self.model.network

    @property
    def settings(self) -> KnowDDIConfig:
        """See `Learner.settings`."""
        return self.model.settings

    @property
    def seed(self) -> int:
        """See `Learner.seed`."""
        return self.model.seed

    def optimizer(self) -> torch.optim.Optimizer:
        """See `Learner.optimizer`."""
        s = self.settings
        return torch.optim.Adam(
            self.network.parameters(), lr=s.learning_rate, weight_decay=s.weight_decay, fused=True
        )

    def steps(self, draw: np.random.Generator) -> Iterator[Step]:
        """See `Learner.steps`."""
        s, pairs = self.settings, self._drawn(draw, self.settings.pairs_an_epoch)
        others = self._drawn(draw, len(pairs) * s.beside // s.batch_size)
        new = self._new(draw)
        graph, base = self._graph(new), 1.0 - torch.from_numpy(new).to(self.model.device).float()
        noise = torch.Generator(self.model.device).manual_seed(int(draw.integers(2**62)))
        dropped = Dropout(s.dropout, noise)
        for some in batches(len(pairs), s.batch_size):
            part = slice(*(end * len(others) // len(pairs) for end in (some.start, some.stop)))
            loss = self._loss(graph, base, pairs[some], others[part], dropped)
            yield Step(loss, some.stop - some.start, some.stop / len(pairs))

    def validate(self) -> float | None:
        """See `Learner.validate`: the mean over protocols that hold enough pairs of the task's figure."""
        self.model.forget()
        found = []
        for rows in self._validated:
            scores = self.model.score_relations(rows[:, 0], rows[:, 2]).astype(np.float64)
            found.append(deciding(self.splits, of_rows(self.splits, rows, scores)))
        return float(np.mean(found)) if found else None

    @cached_property
    def _validated(self) -> list[Ints]:
        return validated(self.splits, self.settings.validate_at_most)

    @cached_property
    def _everything(self) -> PairGraph:
        return self._of(np.arange(len(self.splits.known)))

    def _of(self, rows: Ints) -> PairGraph:
        return PairGraph.of(self.splits.known, rows, self.splits.types, self.model.device)

    def _drawn(self, draw: np.random.Generator, most: int) -> Ints:
        """(A, 3) known pairs, each at most once, in random order."""
        known = self.splits.known_pairs
        if len(known) <= most:
            chosen = draw.permutation(len(known))
        else:
            often = np.bincount(known[:, 1], minlength=self.splits.known.num_relations)
            weight = often[known[:, 1]].astype(np.float64) ** -self.settings.balance
            chosen = draw.choice(len(known), most, replace=False, p=weight / weight.sum())
        rows = known[chosen]
        both = self.splits.vocabulary.inverse[rows[:, 1]] == rows[:, 1]
        turned = both & (draw.random(len(rows)) < 0.5)
        rows[turned] = rows[turned][:, [2, 1, 0]]
        return rows

    def _new(self, draw: np.random.Generator) -> Mask:
        """(E,) which entities of known pairs are new in this epoch."""
        new = np.zeros(self.splits.known.num_entities, dtype=bool)
        if self.settings.new_share:
            ends = np.unique(self.splits.known_pairs[:, [0, 2]])
            new[ends[draw.random(len(ends)) < self.settings.new_share]] = True
        return new

    def _graph(self, new: Mask) -> PairGraph:
        """The epoch's graph: no known pairs of those that are new."""
        if not new.any():
            return self._everything
        rows = self.splits.known.triples
        gone = np.isin(rows[:, 1], self.splits.types) & new[rows[:, [0, 2]]].any(axis=1)
        return self._of(np.flatnonzero(~gone))

    def _loss(self, graph: PairGraph, base: Tensor, pairs: Ints, others: Ints, dropped: Dropout) -> Tensor:
        """Σ -log p(type) of (B, 3) pairs; those of (C, 3) others, by ends alone, are learned beside it.

        Gradients of subgraphs are found part by part, so that memory does not grow with the step. What is
        left to find goes through the steps over the whole graph and has the value 0 here.
        """
        network, s, heads, tails = self.network, self.settings, pairs[:, 0], pairs[:, 2]
        gone, more = graph.facts.of_pairs(heads, tails), graph.facts.of_pairs(others[:, 0], others[:, 2])
        start = (network.entity * network.met[:, None]) * base[:, None]
        masked = graph.edges.of_facts(together([*gone, *more]))
        states = network.over(graph.whole, start, masked, dropped)
        leaf = states.detach().requires_grad_()
        total = states.new_zeros(())
        block = graph.blocks(heads, tails, s.nodes, gone)
        true = graph.whole.on(self.splits.places(pairs[:, 1]))
        for some in batches(len(pairs), AT_ONCE):
            nodes = graph.whole.on(block.nodes[some])
            kind = graph.whole.on(block.kind[some])
            given = (leaf[nodes.clamp(min=0)], kind, nodes >= 0, s.mix, s.least, dropped)
            loss = cross_entropy(network.judged(*given)[0], true[some], reduction="sum")
            loss.backward()  # type: ignore[no-untyped-call]
            total = total + loss.detach()
        assert leaf.grad is not None
        left = (states * leaf.grad).sum()
        if len(others):
            scores = network.by_ends(states[graph.whole.on(others[:, [0, 2]])], dropped)
            places = graph.whole.on(self.splits.places(others[:, 1]))
            left = left + cross_entropy(scores, places, reduction="sum")
        return total + (left - left.detach())
