"""The sum over the edges of some pairs, and its gradients."""

from __future__ import annotations

from graph_schema.arrays import Floats32, Ints
from trainers.kernels.compiling import compiled_fast


@compiled_fast
def add_messages(
    first: int,
    last: int,
    source: Ints,
    target: Ints,
    slot: Ints,
    weight: Floats32,
    state: Floats32,
    factor: Floats32,
    out: Floats32,
) -> None:
    width = out.shape[1]
    for e in range(first, last):
        s, t, r, w = source[e], target[e], slot[e], weight[e]
        for i in range(width):
            out[t, i] += w * state[s, i] * factor[r, i]


@compiled_fast
def add_gradients(
    first: int,
    last: int,
    source: Ints,
    target: Ints,
    slot: Ints,
    weight: Floats32,
    state: Floats32,
    factor: Floats32,
    grad: Floats32,
    of_state: Floats32,
    of_factor: Floats32,
    of_weight: Floats32,
) -> None:
    width = grad.shape[1]
    for e in range(first, last):
        s, t, r, w = source[e], target[e], slot[e], weight[e]
        total = grad[t, 0] * 0
        for i in range(width):
            g = grad[t, i]
            of_state[s, i] += w * g * factor[r, i]
            of_factor[r, i] += w * g * state[s, i]
            total += g * state[s, i] * factor[r, i]
        of_weight[e] = total
