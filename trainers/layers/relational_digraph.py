"""The network of RED-GNN: recursive encoding of relational digraphs (equations 3 to 5)."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from trainers.kernels import Activation, GatedUnit, Layer, attentive_sum, gated_update
from trainers.kernels.threads import one_torch_thread


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
        asked = self.from_query(self.relation[query])
        return attentive_sum(
            state,
            self.relation,
            self.from_source(state) + asked[torch.from_numpy(step.source_query).to(query.device)],
            self.from_relation(self.relation),
            self.attend.weight.reshape(-1),
            self.attend.bias,
            step,
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
    """

    def __init__(
        self,
        relations: int,
        dim: int,
        attention_dim: int,
        layers: int,
        activation: Activation,
        dropout: float,
    ) -> None:
        super().__init__()
        self.dim, self.dropout = dim, dropout
        self.activation: Activation = activation
        self.layers = nn.ModuleList([DigraphLayer(relations, dim, attention_dim) for _ in range(layers)])
        self.gate = nn.GRUCell(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)

    @one_torch_thread()
    def forward(self, steps: list[Layer], query: Tensor, noise: np.random.Generator | None = None) -> Tensor:
        """(M,) the score of each pair that the last layer of an expansion reaches.

        Args:
            steps: The L layers of a frontier of B queries.
            query: (B,) relation of each query.
            noise: Source of dropout; None leaves everything in.
        """
        total, state, _ = self._until_last_update(steps, query, noise)
        state = self._update(len(steps) - 1, total, state, steps[-1], noise)
        score: Tensor = self.score(state).squeeze(1)
        return score

    @one_torch_thread()
    def attentions(self, steps: list[Layer], query: Tensor) -> list[Tensor]:
        """For each layer the (E,) attentions of its edges, in (0, 1), by target; see `forward`."""
        return self._until_last_update(steps, query, None)[2]

    def _until_last_update(
        self, steps: list[Layer], query: Tensor, noise: np.random.Generator | None
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Sums of the last layer, states before it, and the attentions of all layers."""
        state = torch.zeros(len(query), self.dim, device=query.device, dtype=self.score.weight.dtype)
        total, attention = state, list[Tensor]()
        for number, step in enumerate(steps):
            if number:
                state = self._update(number - 1, total, state, steps[number - 1], noise)
            total, weights = cast(DigraphLayer, self.layers[number])(state, query, step)
            attention.append(weights)
        return total, state, attention

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
