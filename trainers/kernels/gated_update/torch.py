"""The same update in plain torch, for any device."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from trainers.kernels.frontier.kernel import Layer

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": torch.nn.Identity(),
    "relu": torch.relu,
    "tanh": torch.tanh,
}


def plain_update(
    total: Tensor,
    state: Tensor,
    parameters: Sequence[Tensor],
    activation: str,
    dropout: float,
    seed: int | None,
    layer: Layer,
) -> Tensor:
    """See `trainers.kernels.gated_update`. Args: parameters: as in `GatedUnit`; seed: of dropout."""
    combine, *gate = parameters
    mapped = _ACTIVATIONS[activation](torch.nn.functional.linear(total, combine))
    if seed is not None:
        draw = torch.Generator(total.device).manual_seed(seed)
        share = 1 - dropout
        mapped = mapped * torch.empty_like(mapped).bernoulli_(share, generator=draw).div_(share)
    old = torch.zeros_like(total).index_copy(0, torch.from_numpy(layer.carry).to(total.device), state)
    return torch.gru_cell(mapped, old, *gate)
