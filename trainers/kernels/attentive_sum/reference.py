"""Attention, then gather and index_add, as the formulas say it: what the kernels are held against."""

from __future__ import annotations

import torch
from torch import Tensor


def reference_score(
    source: Tensor, relation: Tensor, weight: Tensor, bias: Tensor, s: Tensor, r: Tensor
) -> Tensor:
    """(E,) attentions of edges from pair s by relation r (RED-GNN, equation 4)."""
    return torch.sigmoid(torch.relu(source[s] + relation[r]) @ weight + bias)


def reference_gather(
    state: Tensor, relation: Tensor, weight: Tensor, s: Tensor, r: Tensor, o: Tensor, targets: int
) -> Tensor:
    """(targets, d) sums of weighted messages at each target o, through an (edges × d) tensor (equation 3)."""
    message = weight[:, None] * (state[s] + relation[r])
    return torch.zeros(targets, state.shape[1], dtype=state.dtype).index_add(0, o, message)
