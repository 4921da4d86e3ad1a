"""New states from sums: a linear map, an activation, dropout, one step of a gated recurrent unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from trainers.kernels.frontier import Layer
from trainers.kernels.message import compiled
from trainers.kernels.update_numba import GatedUpdate

Activation = Literal["identity", "relu", "tanh"]


@dataclass(frozen=True)
class GatedUnit:
    """Parameters of a linear map without bias (W) and of a gated recurrent unit, as torch has them.

    Attributes:
        combine: (d, d) W.
        weight_input, weight_state: (3d, d), for the reset gate, the update gate and the candidate.
        bias_input, bias_state: (3d,).
        activation: After W.
        dropout: Share of mapped values zeroed in training, true to 1 / 65,536.
    """

    combine: Tensor
    weight_input: Tensor
    weight_state: Tensor
    bias_input: Tensor
    bias_state: Tensor
    activation: Activation
    dropout: float


def gated_update(
    total: Tensor, state: Tensor, unit: GatedUnit, layer: Layer, noise: np.random.Generator | None
) -> Tensor:
    """GRU(dropout(activation(W · total)), old state), the old state being 0 where there is none.

    Args:
        total: (M, d) sums of the target pairs.
        state: (M', d) states of the source pairs; `layer.carry` says where each stands among the targets.
        unit: The parameters.
        layer: Which pairs.
        noise: Source of dropout; None leaves everything in.

    Returns:
        (M, d) new states (RED-GNN, section 4; the unit in the form that torch gives it).
    """
    seed = None if noise is None or unit.dropout == 0 else int(noise.integers(1 << 62))
    parameters = (unit.combine, unit.weight_input, unit.weight_state, unit.bias_input, unit.bias_state)
    if compiled(total):
        new: Tensor = GatedUpdate.apply(  # type: ignore[no-untyped-call]
            total, state, *parameters, unit.activation, unit.dropout, seed, layer
        )
        return new
    mapped = _ACTIVATIONS[unit.activation](torch.nn.functional.linear(total, unit.combine))
    if seed is not None:
        draw = torch.Generator(total.device).manual_seed(seed)
        share = 1 - unit.dropout
        mapped = mapped * torch.empty_like(mapped).bernoulli_(share, generator=draw).div_(share)
    old = torch.zeros_like(total).index_copy(0, torch.from_numpy(layer.carry).to(total.device), state)
    return torch.gru_cell(mapped, old, *parameters[1:])


_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": torch.nn.Identity(),
    "relu": torch.relu,
    "tanh": torch.tanh,
}
