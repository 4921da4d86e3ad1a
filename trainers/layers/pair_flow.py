"""Flows along the walks between two ends, both ways (Zhang et al., Nature Computational Science 2023)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from graph_schema.arrays import Ints
from trainers.kernels.pair_walks.kernel import Hop, Walks
from trainers.kernels.relational_sum.kernel import relational_sum

HOPS = 3
LEAST = 1e-4
"""Size below which what arrives is nothing."""

CHANNELS = 5
"""Width between a pair's vectors and its attention, as published."""


class PairFlow(nn.Module):
    """h⁰ = f of the start; h^ℓ = ReLU(W^ℓ Σ w α^ℓ_r (h^{ℓ-1} ∘ x^ℓ_r)), ℓ = 1 … 3; read at the other end.

    α^ℓ_r = σ(W₂^ℓ ReLU(W₁^ℓ [f_u; f_v])), of each pair, relation and hop. Nothing has a bias, so that nothing
    comes from where no walk leads. The published readout sees sums, which grow with the number of walks; here
    their direction and the logarithm of their size are seen, so that a drug with more facts is no other drug.

    Args:
        relations: R, as walked.
        features: F, what ends are described by.
        dim: d.
        types: T.
        dropout: Of what is read.
    """

    def __init__(self, relations: int, features: int, dim: int, types: int, dropout: float) -> None:
        super().__init__()
        self.describe = nn.Linear(features, dim, bias=False)
        self.relation = nn.Parameter(torch.empty(HOPS, relations, dim))
        self.narrow = nn.ModuleList(nn.Linear(2 * dim, CHANNELS, bias=False) for _ in range(HOPS))
        self.attend = nn.ModuleList(nn.Linear(CHANNELS, relations) for _ in range(HOPS))
        self.mix = nn.ModuleList(nn.Linear(dim, dim, bias=False) for _ in range(HOPS))
        self.start = nn.Parameter(torch.ones(dim))
        self.read = nn.Linear(2 * dim + 2, types)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.relation, mean=0.5, std=0.5)

    def forward(
        self, walks: Walks, inverse: Ints, ends: tuple[Tensor, Tensor], weights: Sequence[Tensor]
    ) -> Tensor:
        """(B, T) logits.

        Args:
            walks: Of B pairs.
            inverse: (R,) relations walked back.
            ends: (B, F) descriptions of heads and tails.
            weights: (E,) of the edges of each hop, from head to tail.
        """
        factor = self._factors(torch.cat([self.describe(end) for end in ends], dim=1))
        forth = (walks.first, walks.middle, walks.last)
        back = tuple(hop.reversed(inverse) for hop in forth[::-1])
        sizes = len(walks.left), len(walks.right), walks.pairs
        read = [
            self._flow(forth, sizes, factor, weights),
            self._flow(back, (sizes[1], sizes[0], sizes[2]), factor, weights[::-1]),
        ]
        logits: Tensor = self.read(self.dropout(torch.cat([part for side in read for part in side], dim=1)))
        return logits

    def _factors(self, pair: Tensor) -> list[Tensor]:
        """(B, R, d) of each hop: attention times relation vectors. Args: pair: (B, 2d)."""
        out = []
        for narrow, attend, relation in zip(self.narrow, self.attend, self.relation, strict=True):
            attention = torch.sigmoid(attend(torch.relu(narrow(pair))))
            out.append(attention[:, :, None] * relation)
        return out

    def _flow(
        self,
        hops: Sequence[Hop],
        sizes: tuple[int, int, int],
        factor: Sequence[Tensor],
        weights: Sequence[Tensor],
    ) -> tuple[Tensor, Tensor]:
        """(B, d) direction and (B, 1) logarithm of the size of what arrives."""
        state = self.start.expand(sizes[2], -1)
        for number, (hop, size) in enumerate(zip(hops, sizes, strict=True)):
            state = self.mix[number](relational_sum(state, factor[number], weights[number], hop, size))
            if number + 1 < HOPS:
                state = torch.relu(state)
        size = state.norm(dim=1, keepdim=True)
        return state * (state.shape[1] ** 0.5 / (size + LEAST)), torch.log(size + LEAST)
