"""New states from sums: a linear map, an activation, dropout, one step of a gated recurrent unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor

from trainers.kernels.choosing import compiled
from trainers.kernels.frontier.kernel import Layer
from trainers.kernels.gated_update.cpu import GatedUpdate
from trainers.kernels.gated_update.torch import plain_update

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
    return plain_update(total, state, parameters, unit.activation, unit.dropout, seed, layer)
