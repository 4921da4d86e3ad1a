"""The two networks of EmerGNN as it is here: flows along walks, and the two ends' descriptions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trainers.flows.settings import EmerGNNConfig
from trainers.layers.pair_flow import PairFlow


class EndsNetwork(nn.Module):
    """Types by the descriptions of both ends alone: e = ReLU(LN(W x)), then [e_u; e_v; e_u ∘ e_v].

    Args:
        features: F.
        width, hidden: Of e and of the layer above it.
        types: T.
        dropout: Before each layer.
    """

    def __init__(self, features: int, width: int, hidden: int, types: int, dropout: float) -> None:
        super().__init__()
        self.encode, self.norm = nn.Linear(features, width), nn.LayerNorm(width)
        self.join, self.read = nn.Linear(3 * width, hidden), nn.Linear(hidden, types)
        self.dropout = nn.Dropout(dropout)

    def forward(self, heads: Tensor, tails: Tensor) -> Tensor:
        """(B, T) logits. Args: heads, tails: (B, F)."""
        one, other = (torch.relu(self.norm(self.encode(self.dropout(x)))) for x in (heads, tails))
        joined = torch.relu(self.join(self.dropout(torch.cat([one, other, one * other], dim=1))))
        logits: Tensor = self.read(self.dropout(joined))
        return logits


class EmerGNNNetwork(nn.Module):
    """Both, learned by losses of their own; see `EmerGNN`. Args: relations: R, as walked; types: T."""

    directions: Tensor

    def __init__(self, config: EmerGNNConfig, relations: int, types: int, features: int) -> None:
        super().__init__()
        self.flow = PairFlow(relations, config.describe, config.dim, types, config.dropout)
        self.ends = EndsNetwork(config.describe, config.describe, config.hidden, types, config.dropout)
        self.register_buffer("directions", torch.zeros(features, config.describe))
