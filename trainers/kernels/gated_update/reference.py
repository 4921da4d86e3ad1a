"""The update by torch's own unit, all rows at once: what the kernels are held against."""

from __future__ import annotations

import torch
from torch import Tensor


def reference_update(
    total: Tensor, state: Tensor, parameters: list[Tensor], activation: str, carry: Tensor
) -> Tensor:
    """(M, d) new states; (M', d) `state` stands at the rows `carry` of the targets."""
    combine, *gate = parameters
    mapped = total @ combine.T
    if activation != "identity":
        mapped = torch.relu(mapped) if activation == "relu" else torch.tanh(mapped)
    old = torch.zeros_like(total).index_copy(0, carry, state)
    return torch.gru_cell(mapped, old, *gate)
