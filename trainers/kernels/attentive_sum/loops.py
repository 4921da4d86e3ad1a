"""Attention and sums over the edges of a layer, in one pass by target; the backward pass walks the same rows.

`weight` is a tuple, so that the loop over the attention's few channels is unrolled when it is compiled.
"""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Array, Ints, Ints32
from trainers.kernels.compiling import compiled_fast


@compiled_fast
def attend(
    first: int,
    last: int,
    target_ptr: Ints,
    source: Ints32,
    relation: Ints32,
    by_source: Array,
    by_relation: Array,
    weight: tuple[float, ...],
    bias: float,
    state: Array,
    embedding: Array,
    out: Array,
    attention: Array,
) -> None:
    width, zero = state.shape[1], weight[0] * 0
    for o in range(first, last):
        total = out[o]
        for e in range(target_ptr[o], target_ptr[o + 1]):
            s, r = source[e], relation[e]
            logit = bias
            for c in range(len(weight)):
                logit += weight[c] * max(by_source[s, c] + by_relation[r, c], zero)
            w = 1 / (1 + np.exp(-logit))
            attention[e] = w
            h, x = state[s], embedding[r]
            for k in range(width):
                total[k] += w * (h[k] + x[k])


@compiled_fast
def attend_back(
    first: int,
    last: int,
    target_ptr: Ints,
    source: Ints32,
    relation: Ints32,
    by_source: Array,
    by_relation: Array,
    weight: tuple[float, ...],
    state: Array,
    embedding: Array,
    attention: Array,
    grad: Array,
    grad_attention: Array,
    d_logit: Array,
    on_source: Array,
    on_relation: Array,
    d_state: Array,
    d_embedding: Array,
) -> None:
    width, zero = state.shape[1], weight[0] * 0
    for o in range(first, last):
        g = grad[o]
        for e in range(target_ptr[o], target_ptr[o + 1]):
            s, r, w = source[e], relation[e], attention[e]
            h, x, dh, dx = state[s], embedding[r], d_state[s], d_embedding[r]
            dot = grad_attention[e] if len(grad_attention) else zero
            for k in range(width):
                dot += g[k] * (h[k] + x[k])
            for k in range(width):
                sent = w * g[k]
                dh[k] += sent
                dx[k] += sent
            slope = dot * w * (1 - w)
            d_logit[0] += slope
            for c in range(len(weight)):
                passed = slope if by_source[s, c] + by_relation[r, c] > 0 else zero
                on_source[s, c] += passed
                on_relation[r, c] += passed
