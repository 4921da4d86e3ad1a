"""The network of RED-GNN: recursive encoding of relational digraphs (equations 3 to 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from trainers.kernels import Activation, GatedUnit, Layer, attentive_sum, gated_update
from trainers.kernels.threads import one_torch_thread


@dataclass(frozen=True)
class Encoded:
    """States of the pairs reached by the last layer, and the attentions on the way.

    Attributes:
        score: (M,) of each pair of the last layer.
        attention: For each layer (E,) in (0, 1), by target.
    """

    score: Tensor
    attention: list[Tensor]


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
    def forward(self, steps: list[Layer], query: Tensor, noise: np.random.Generator | None = None) -> Encoded:
        """Encode an expansion.

        Args:
            steps: The L layers of a frontier of B queries.
            query: (B,) relation of each query.
            noise: Source of dropout; None leaves everything in.
        """
        state = torch.zeros(len(query), self.dim, device=query.device, dtype=self.score.weight.dtype)
        attention = []
        for number, step in enumerate(steps):
            layer = cast(DigraphLayer, self.layers[number])
            total, weights = layer(state, query, step)
            attention.append(weights)
            unit = GatedUnit(
                layer.combine.weight,
                self.gate.weight_ih,
                self.gate.weight_hh,
                self.gate.bias_ih,
                self.gate.bias_hh,
                self.activation,
                self.dropout,
            )
            state = gated_update(total, state, unit, step, noise)
        return Encoded(self.score(state).squeeze(1), attention)
