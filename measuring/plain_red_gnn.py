"""RED-GNN written straight from its formulas: what the trainer is measured against.

A query a triple, edges gathered, messages of full width kept for the backward pass and added by index, pairs
found by a two-column unique. Expansion by row pointers, so that nothing is slower than the formulas ask for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Ints
from trainers.kernels import Activation, MessageGraph
from trainers.layers.relational_digraph import DigraphLayer, RelationalDigraph

_ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "identity": torch.nn.Identity(),
    "relu": torch.relu,
    "tanh": torch.tanh,
}


class PlainRedGNN:
    """The formulas over the parameters of the trainer's own network.

    Args:
        network: Holds the parameters.
        graph: The answering graph.
    """

    def __init__(self, network: RelationalDigraph, graph: MessageGraph) -> None:
        self.network, self.entities = network, graph.num_entities
        self.row_ptr = torch.from_numpy(graph.row_ptr)
        self.target, self.relation = (
            torch.from_numpy(a.astype(np.int64)) for a in (graph.target, graph.relation)
        )

    def scores(self, heads: Ints, relations: Ints, noise: torch.Generator | None = None) -> Tensor:
        """(B, n) scores of all entities; those not reached score 0. Args: heads, relations: (B,)."""
        net, asked = self.network, torch.from_numpy(relations)
        pairs = torch.stack([torch.arange(len(heads)), torch.from_numpy(heads)], dim=1)
        hidden = gate = torch.zeros(len(heads), net.dim, dtype=net.score.weight.dtype)
        for layer in [cast(DigraphLayer, layer) for layer in net.layers]:
            source, relation, reached = self._expand(pairs)
            next_pairs, target = torch.unique(reached, dim=0, return_inverse=True)
            hidden = self._message(layer, hidden, asked, pairs, source, relation, target, len(next_pairs))
            carried = torch.zeros_like(hidden)
            loops = relation == layer.relation.shape[0] - 1
            carried = carried.index_copy(0, target[loops], gate[source[loops]])
            hidden = _ACTIVATIONS[net.activation](layer.combine(hidden))
            if noise is not None and net.dropout > 0:
                keep = torch.rand(hidden.shape, generator=noise) >= net.dropout
                hidden = hidden * keep / (1 - net.dropout)
            hidden = gate = net.gate(hidden, carried)
            pairs = next_pairs
        scores = torch.zeros(len(heads), self.entities, dtype=hidden.dtype)
        return scores.index_put((pairs[:, 0], pairs[:, 1]), net.score(hidden).squeeze(1))

    def _expand(self, pairs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Source pair, relation and reached (query, entity) of each edge out of the pairs."""
        begin = self.row_ptr[pairs[:, 1]]
        degree = self.row_ptr[pairs[:, 1] + 1] - begin
        source = torch.repeat_interleave(torch.arange(len(pairs)), degree)
        first = torch.cumsum(degree, 0) - degree
        edge = begin[source] + torch.arange(len(source)) - first[source]
        return source, self.relation[edge], torch.stack([pairs[source, 0], self.target[edge]], dim=1)

    @staticmethod
    def _message(
        layer: DigraphLayer,
        hidden: Tensor,
        asked: Tensor,
        pairs: Tensor,
        source: Tensor,
        relation: Tensor,
        target: Tensor,
        targets: int,
    ) -> Tensor:
        state, by_relation = hidden[source], layer.relation[relation]
        by_query = layer.relation[asked][pairs[source, 0]]
        inner = layer.from_source(state) + layer.from_relation(by_relation) + layer.from_query(by_query)
        weight = torch.sigmoid(layer.attend(torch.relu(inner)))
        message = weight * (state + by_relation)
        return torch.zeros(targets, hidden.shape[1], dtype=hidden.dtype).index_add(0, target, message)
