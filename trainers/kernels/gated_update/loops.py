"""The elementwise parts of a gated recurrent unit, over a block of rows; products and sigmoids are outside.

Columns of (·, 3d) arrays are the reset gate, the update gate and the candidate. `origin` gives the source
pair a row was carried from, -1 for none; `place` the row of the products with the old states, -1 for none.
"""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Array, Ints
from trainers.kernels.compiling import compiled_fast


@compiled_fast
def keep_some(
    drawn: Array,
    least: int,
    factor: float,
    values: Array,
    given: Array,
) -> None:
    for i in range(values.shape[0]):
        for k in range(values.shape[1]):
            given[i, k] = values[i, k] * factor if drawn[i, k] >= least else values[i, k] * 0


@compiled_fast
def gate_inputs(
    from_input: Array,
    from_state: Array,
    bias: Array,
    place: Ints,
    gates: Array,
    remembered: Array,
) -> None:
    width = remembered.shape[1]
    for i in range(len(place)):
        j = place[i]
        if j >= 0:
            for k in range(2 * width):
                gates[i, k] = from_input[i, k] + (from_state[j, k] + bias[k])
            for k in range(width):
                remembered[i, k] = from_state[j, 2 * width + k] + bias[2 * width + k]
        else:
            for k in range(2 * width):
                gates[i, k] = from_input[i, k] + bias[k]
            for k in range(width):
                remembered[i, k] = bias[2 * width + k]


@compiled_fast
def candidate_input(
    from_input: Array,
    gates: Array,
    remembered: Array,
    out: Array,
) -> None:
    width = out.shape[1]
    for i in range(len(out)):
        for k in range(width):
            out[i, k] = 2 * (from_input[i, 2 * width + k] + gates[i, k] * remembered[i, k])


@compiled_fast
def new_state(
    gates: Array,
    candidate: Array,
    state: Array,
    origin: Ints,
    out: Array,
) -> None:
    width = out.shape[1]
    for i in range(len(out)):
        for k in range(width):
            candidate[i, k] = 2 * candidate[i, k] - 1
        if origin[i] >= 0:
            old = state[origin[i]]
            for k in range(width):
                z = gates[i, width + k]
                out[i, k] = candidate[i, k] + z * (old[k] - candidate[i, k])
        else:
            for k in range(width):
                out[i, k] = candidate[i, k] * (1 - gates[i, width + k])


@compiled_fast
def gates_back(
    grad: Array,
    gates: Array,
    candidate: Array,
    remembered: Array,
    state: Array,
    origin: Ints,
    place: Ints,
    on_input: Array,
    on_state: Array,
    d_old: Array,
    d_bias: Array,
) -> None:
    width = grad.shape[1]
    none = np.zeros(width, state.dtype)
    for i in range(len(grad)):
        j = place[i]
        old = state[origin[i]] if j >= 0 else none
        for k in range(width):
            r, z, n, g = gates[i, k], gates[i, width + k], candidate[i, k], grad[i, k]
            on_candidate = g * (1 - z) * (1 - n * n)
            on_input[i, k] = on_candidate * remembered[i, k] * r * (1 - r)
            on_input[i, width + k] = g * (old[k] - n) * z * (1 - z)
            on_input[i, 2 * width + k] = on_candidate
            d_bias[k] += on_candidate * r
        if j >= 0:
            for k in range(width):
                on_state[j, k] = on_input[i, k]
                on_state[j, width + k] = on_input[i, width + k]
                on_state[j, 2 * width + k] = on_input[i, 2 * width + k] * gates[i, k]
                d_old[j, k] = grad[i, k] * gates[i, width + k]


@compiled_fast
def activation_back(
    kind: int,
    mapped: Array,
    drawn: Array,
    least: int,
    factor: float,
    grad: Array,
) -> None:
    for i in range(len(grad)):
        for k in range(grad.shape[1]):
            d = grad[i, k]
            if len(drawn):
                d = d * factor if drawn[i, k] >= least else d * 0
            if kind == 1:
                d = d if mapped[i, k] > 0 else d * 0
            elif kind == 2:
                d = d * (1 - mapped[i, k] * mapped[i, k])
            grad[i, k] = d
