"""The sum through an (edges × width) tensor, as the formula says it; also what runs on other devices."""

from __future__ import annotations

from torch import Tensor


def reference_sum(
    state: Tensor, factor: Tensor, weight: Tensor, source: Tensor, target: Tensor, slot: Tensor, targets: int
) -> Tensor:
    """(targets, d); see `kernel.relational_sum`."""
    message = weight[:, None] * state[source] * factor[slot]
    return state.new_zeros(targets, state.shape[1]).index_add(0, target, message)
