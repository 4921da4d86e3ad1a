"""The network of RED-GNN: recursive encoding of relational digraphs (equations 3 to 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from trainers.kernels import Layer, edge_score, weighted_gather

Activation = Literal["identity", "relu", "tanh"]


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
    """One step: attention over the edges (equation 4), messages summed per target, one linear map.

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
        """Args: state: (M', d); query: (B,) relations. Returns: (M, d) and attentions (E,), by target."""
        weights = edge_score(
            self.from_source(state),
            self.from_relation(self.relation),
            self.from_query(self.relation[query]),
            self.attend.weight.reshape(-1),
            self.attend.bias,
            step,
        )
        return self.combine(weighted_gather(state, self.relation, weights, step)), weights


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
        self.activation = {"identity": nn.Identity(), "relu": nn.ReLU(), "tanh": nn.Tanh()}[activation]
        self.layers = nn.ModuleList([DigraphLayer(relations, dim, attention_dim) for _ in range(layers)])
        self.gate = nn.GRUCell(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)

    def forward(self, steps: list[Layer], query: Tensor, noise: torch.Generator | None = None) -> Encoded:
        """Encode an expansion.

        Args:
            steps: The L layers of a frontier of B queries.
            query: (B,) relation of each query.
            noise: Source of dropout; None leaves everything in.
        """
        state = torch.zeros(len(query), self.dim, device=query.device, dtype=self.score.weight.dtype)
        attention = []
        for layer, step in zip(self.layers, steps, strict=True):
            gathered, weights = layer(state, query, step)
            attention.append(weights)
            gathered = self.activation(gathered)
            if noise is not None and self.dropout > 0:
                keep = torch.rand(gathered.shape, generator=noise, device=gathered.device) >= self.dropout
                gathered = gathered * keep / (1 - self.dropout)
            carried = gathered.new_zeros(gathered.shape)
            carried = carried.index_copy(0, torch.from_numpy(step.carry).to(query.device), state)
            state = self.gate(gathered, carried)
        return Encoded(self.score(state).squeeze(1), attention)
