"""The network of RED-GNN: recursive encoding of relational digraphs (equations 3 to 5)."""

from __future__ import annotations

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

    @torch.no_grad()
    def projected(self, state: Tensor, query: Tensor, step: Layer, onto: Tensor) -> Tensor:
        """(M,) products of the sums with a vector, made without the sums. Args: onto: (d,)."""
        along, by_relation = state @ onto[:, None], self.relation @ onto[:, None]
        return attentive_sum(along, by_relation, *self._terms(state, query, step), step)[0].squeeze(1)

    def _terms(self, state: Tensor, query: Tensor, step: Layer) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the attention of an edge is made of; see `attentive_sum`."""
        asked = self.from_query(self.relation[query])
        return (
            self.from_source(state) + asked[torch.from_numpy(step.source_query).to(query.device)],
            self.from_relation(self.relation),
            self.attend.weight.reshape(-1),
            self.attend.bias,
        )


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
        keep: New pairs of a query that go on after each layer; None for all.
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
        self.promise = nn.ModuleList([Promise(dim, keep) for _ in range(layers)] if keep else [])

    @one_torch_thread()
    def forward(
        self,
        graph: MessageGraph,
        heads: Ints,
        query: Tensor,
        removed: Removed | None = None,
        noise: np.random.Generator | None = None,
    ) -> tuple[Layer, Tensor]:
        """The last layer of the queries' expansion, and the (M,) score of each pair that it reaches.

        Args:
            graph: What answers.
            heads: (B,) entities the queries start from.
            query: (B,) relation of each.
            removed: Facts that each goes without.
            noise: Source of dropout, and of what goes on in training; None leaves everything in.
        """
        steps, total, state, _ = self._until_last_update(graph, heads, query, removed, noise)
        state = self._update(len(steps) - 1, total, state, steps[-1], noise)
        score: Tensor = self.score(state).squeeze(1)
        return steps[-1], score

    @one_torch_thread()
    def attentions(
        self, graph: MessageGraph, heads: Ints, query: Tensor, removed: Removed | None = None
    ) -> tuple[list[Layer], list[Tensor]]:
        """The layers, and of each the (E,) attentions of its edges, in (0, 1), by target; see `forward`."""
        steps, _, _, attention = self._until_last_update(graph, heads, query, removed, None)
        return steps, attention

    def _until_last_update(
        self,
        graph: MessageGraph,
        heads: Ints,
        query: Tensor,
        removed: Removed | None,
        noise: np.random.Generator | None,
    ) -> tuple[list[Layer], Tensor, Tensor, list[Tensor]]:
        """All layers, sums of the last one, states before it, and the attentions of all."""
        state = torch.zeros(len(query), self.dim, device=query.device, dtype=self.score.weight.dtype)
        total, steps, attention = state, list[Layer](), list[Tensor]()
        for number in range(len(self.layers)):
            if number:
                state = self._update(number - 1, total, state, steps[-1], noise)
            step = expand(graph, heads, steps[-1] if steps else None, removed)
            step, total, weights = self._summed(number, state, query, step, noise)
            steps.append(step)
            attention.append(weights)
        return steps, total, state, attention

    def _summed(
        self, number: int, state: Tensor, query: Tensor, step: Layer, noise: np.random.Generator | None
    ) -> tuple[Layer, Tensor, Tensor]:
        """The layer with the pairs that go on, their sums, and the attentions of its edges."""
        layer = cast(DigraphLayer, self.layers[number])
        if not len(self.promise) or not cast(Promise, self.promise[number]).cuts(step):
            return step, *layer(state, query, step)
        promise = cast(Promise, self.promise[number])
        kept = promise.chosen(layer.projected(state, query, step, promise.weight), step, noise)
        fewer = step.only(kept)
        total, weights = layer(state, query, fewer)
        return fewer, promise.gated(total, step, fewer), weights

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
