"""What a softmax over all entities is divided by, differentiable."""

from __future__ import annotations

import torch
from torch import Tensor

from trainers.kernels.choosing import compiled
from trainers.kernels.log_total.cpu import LogTotal


def log_total(query: Tensor, table: Tensor) -> Tensor:
    """(Q,) log Σ exp(query · row), of (Q, d) queries and all of (N, d) rows."""
    if compiled(query):
        total: Tensor = LogTotal.apply(query, table)  # type: ignore[no-untyped-call]
        return total
    return torch.logsumexp(query @ table.T, dim=1)
