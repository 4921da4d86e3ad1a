"""The network of RED-GNN: recursive encoding of relational digraphs (equations 3 to 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from graph_schema.arrays import Ints
from trainers.kernels import (
    Activation,
    GatedUnit,
    Layer,
    MessageGraph,
    Removed,
    attentive_sum,
    expand,
    gated_update,
)
from trainers.kernels.threads import one_torch_thread
from trainers.layers.adaptive_propagation import Promise

ANSWERS = 10
"""How many times as many pairs are scored as go on after another layer."""


class DigraphLayer(nn.Module):
    """One step: attention over the edges (equation 4), messages summed per target; `combine` maps the sums.

    Args:
        relations: 2m + 1.
        dim: d, width of a state.
        attention_dim: Channels of the attention.
    """

    def __init__(self, relations: int, dim: int, attention_dim: int) -> None:
        super().__init__()
        self.relation = nn.Parameter(torch.randn(relations, dim))
        self.from_source = nn.Linear(dim, attention_dim, bias=False)
        self.from_relation = nn.Linear(dim, attention_dim, bias=False)
        self.from_query = nn.Linear(dim, attention_dim)
        self.attend = nn.Linear(attention_dim, 1)
        self.combine = nn.Linear(dim, dim, bias=False)

    def forward(self, state: Tensor, query: Tensor, step: Layer) -> tuple[Tensor, Tensor]:
        """Sums (M, d) and attentions (E,), by target. Args: state: (M', d); query: (B,) relations."""
        return attentive_sum(state, self.relation, *self._terms(state, query, step), step)

    def projected(self, state: Tensor, query: Tensor, step: Layer, onto: Tensor) -> Tensor:
        """(M,) products of the sums with a vector, made without the sums.

        Args:
            state, query, step: As in `forward`; a gradient goes to the vector alone.
            onto: (d,).
        """
        along, by_relation = state.detach() @ onto[:, None], self.relation.detach() @ onto[:, None]
        with torch.no_grad():
            terms = self._terms(state, query, step)
        return attentive_sum(along, by_relation, *terms, step)[0].squeeze(1)

    def _terms(self, state: Tensor, query: Tensor, step: Layer) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the attention of an edge is made of; see `attentive_sum`."""
        asked = self.from_query(self.relation[query])
        return (
            self.from_source(state) + asked[torch.from_numpy(step.source_query).to(query.device)],
            self.from_relation(self.relation),
            self.attend.weight.reshape(-1),
            self.attend.bias,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A layer before pairs were left behind, and (M,) how promising each of its pairs is."""

    layer: Layer
    score: Tensor


@dataclass(slots=True)
class _Found:
    """Layers so far, sums of the last one, states before it, and the attentions of all."""

    steps: list[Layer]
    total: Tensor
    state: Tensor
    attention: list[Tensor]
    judged: Judged | None = None


class RelationalDigraph(nn.Module):
    """L layers, one gated recurrent unit shared by all, and a linear score without bias.

    Nothing here depends on the entities, so it answers over any graph with the same relations.

    Args:
        relations: 2m + 1, relations with inverses and the self loop.
        dim: d, width of a state.
        attention_dim: Channels of the attention.
        layers: L.
        activation: After aggregation.
        dropout: Share of aggregated values zeroed in training.
        keep: New pairs of a query that go on after each layer; None for all. After the last one, from which
            nothing is expanded any more, `ANSWERS` times as many.
    """

    def __init__(
        self,
        relations: int,
        dim: int,
        attention_dim: int,
        layers: int,
        activation: Activation,
        dropout: float,
        keep: int | None = None,
    ) -> None:
        super().__init__()
        self.dim, self.dropout = dim, dropout
        self.activation: Activation = activation
        self.layers = nn.ModuleList([DigraphLayer(relations, dim, attention_dim) for _ in range(layers)])
        self.gate = nn.GRUCell(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)
        most = [keep] * (layers - 1) + [ANSWERS * keep] if keep else []
        self.promise = nn.ModuleList([Promise(dim, some) for some in most])

    @one_torch_thread()
    def forward(
        self,
        graph: MessageGraph,
        heads: Ints,
        query: Tensor,
        removed: Removed | None = None,
        noise: np.random.Generator | None = None,
        answers: tuple[Ints, Ints] | None = None,
    ) -> tuple[Layer, Tensor, Judged | None]:
        """The last layer of the queries' expansion, and the (M,) score of each pair that it reaches.

        In training the answers are scored whether they are promising or not; for then how promising they
        are is learned as a score of its own, which is the third value where pairs were left behind.

        Args:
            graph: What answers.
            heads: (B,) entities the queries start from.
            query: (B,) relation of each.
            removed: Facts that each goes without.
            noise: Source of dropout; None leaves everything in.
            answers: (A,) queries and (A,) their right answers, in training.
        """
        found = self._until_last_update(graph, heads, query, removed, noise, answers)
        state = self._update(len(found.steps) - 1, found.total, found.state, found.steps[-1], noise)
        score: Tensor = self.score(state).squeeze(1)
        return found.steps[-1], score, found.judged

    @one_torch_thread()
    def attentions(
        self, graph: MessageGraph, heads: Ints, query: Tensor, removed: Removed | None = None
    ) -> tuple[list[Layer], list[Tensor]]:
        """The layers, and of each the (E,) attentions of its edges, in (0, 1), by target; see `forward`."""
        found = self._until_last_update(graph, heads, query, removed, None)
        return found.steps, found.attention

    def _until_last_update(
        self,
        graph: MessageGraph,
        heads: Ints,
        query: Tensor,
        removed: Removed | None,
        noise: np.random.Generator | None,
        answers: tuple[Ints, Ints] | None = None,
    ) -> _Found:
        state = torch.zeros(len(query), self.dim, device=query.device, dtype=self.score.weight.dtype)
        found = _Found([], state, state, [])
        for number in range(len(self.layers)):
            if number:
                found.state = self._update(number - 1, found.total, found.state, found.steps[-1], noise)
            step = expand(graph, heads, found.steps[-1] if number else None, removed)
            self._sum(number, query, step, found, answers if number + 1 == len(self.layers) else None)
        return found

    def _sum(
        self,
        number: int,
        query: Tensor,
        step: Layer,
        found: _Found,
        answers: tuple[Ints, Ints] | None,
    ) -> None:
        """Add the layer with the pairs that go on, their sums, and the attentions of its edges."""
        layer, state = cast(DigraphLayer, self.layers[number]), found.state
        promise = cast(Promise, self.promise[number]) if len(self.promise) else None
        if promise is None or not promise.cuts(step):
            found.total, weights = layer(state, query, step)
        else:
            with torch.set_grad_enabled(answers is not None):
                score = layer.projected(state, query, step, promise.weight)
            kept = promise.chosen(score, step)
            if answers is not None:
                kept[step.reached(*answers)] = True
                found.judged = Judged(step, score)
            fewer = step.only(kept)
            total, weights = layer(state, query, fewer)
            found.total, step = promise.gated(total, step, fewer), fewer
        found.steps.append(step)
        found.attention.append(weights)

    def _update(
        self, number: int, total: Tensor, state: Tensor, step: Layer, noise: np.random.Generator | None
    ) -> Tensor:
        unit = GatedUnit(
            cast(DigraphLayer, self.layers[number]).combine.weight,
            self.gate.weight_ih,
            self.gate.weight_hh,
            self.gate.bias_ih,
            self.gate.bias_hh,
            self.activation,
            self.dropout,
        )
        return gated_update(total, state, unit, step, noise)
