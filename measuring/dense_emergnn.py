"""EmerGNN written straight from its formulas, a state for every entity: what flows on walks are held against.

All edges of the graph are walked in every layer, for every pair; messages of full width are kept for the
backward pass and added by index.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from graph_schema.arrays import Ints
from trainers.kernels.pair_walks.kernel import WalkGraph

LAYERS = 3
CHANNELS = 5
"""Width between a pair's vectors and its attention, as published."""


class DenseEmerGNN(nn.Module):
    """h⁰ = f of the start, 0 elsewhere; h^ℓ = ReLU(W^ℓ Σ α^ℓ_r (h^{ℓ-1} ∘ x^ℓ_r)), ℓ = 1 … 3.

    α^ℓ_r = σ(W₂^ℓ ReLU(W₁^ℓ [f_u; f_v])), of each pair, relation and layer; f = W x. What flows from u is
    read at v and the other way round, with the same parameters: logits = W [h_u; h_v]. Parameters have the
    names that they have in `PairFlow`; there edges have weights, and the readout is another.

    Args:
        graph: Whose edges are walked, each counting for 1.
        features: F, what ends are described by.
        dim: d.
        types: T.
    """

    def __init__(self, graph: WalkGraph, features: int, dim: int, types: int) -> None:
        super().__init__()
        entity = np.arange(graph.num_entities)
        source = np.concatenate([np.repeat(entity, np.diff(ptr)) for ptr in graph.ptr])
        self.source, self.target, self.walked = (
            torch.from_numpy(a.astype(np.int64)) for a in (source, graph.target, graph.relation)
        )
        self.entities, relations = graph.num_entities, len(graph.inverse)
        self.describe = nn.Linear(features, dim, bias=False)
        self.relation = nn.Parameter(torch.empty(LAYERS, relations, dim))
        self.narrow = nn.ModuleList(nn.Linear(2 * dim, CHANNELS, bias=False) for _ in range(LAYERS))
        self.attend = nn.ModuleList(nn.Linear(CHANNELS, relations) for _ in range(LAYERS))
        self.mix = nn.ModuleList(nn.Linear(dim, dim, bias=False) for _ in range(LAYERS))
        self.read = nn.Linear(2 * dim, types, bias=False)
        nn.init.xavier_uniform_(self.relation)

    def forward(self, heads: Ints, tails: Ints, described: tuple[Tensor, Tensor]) -> Tensor:
        """(B, T) logits. Args: heads, tails: (B,); described: (B, F) of heads and of tails."""
        one, other = (self.describe(x) for x in described)
        pair, rows = torch.cat([one, other], dim=1), torch.arange(len(heads))
        ends = torch.from_numpy(heads), torch.from_numpy(tails)
        at_tail = self.flow(pair, one, ends[0])[ends[1], rows]
        at_head = self.flow(pair, other, ends[1])[ends[0], rows]
        logits: Tensor = self.read(torch.cat([at_head, at_tail], dim=1))
        return logits

    def flow(self, pair: Tensor, start: Tensor, ends: Tensor) -> Tensor:
        """(n, B, d) states after the last layer.

        Args:
            pair: (B, 2d) [f_u; f_v], what attention goes by.
            start: (B, d) h⁰ of the entities that it flows from.
            ends: (B,) which they are.
        """
        shape = self.entities, len(ends), start.shape[1]
        state = start.new_zeros(shape).index_put((ends, torch.arange(len(ends))), start)
        for narrow, attend, mix, relation in zip(
            self.narrow, self.attend, self.mix, self.relation, strict=True
        ):
            attention = torch.sigmoid(attend(torch.relu(narrow(pair))))
            factor = attention.T[:, :, None] * relation[:, None]
            message = state.index_select(0, self.source) * factor.index_select(0, self.walked)
            state = torch.relu(mix(start.new_zeros(shape).index_add(0, self.target, message)))
        return state
