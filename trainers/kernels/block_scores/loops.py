"""One pass over coordinates: sums of blocks forward, and backward to queries and to rows of the table.

A query and a row are (c, d): c numbers to each of d coordinates. `DOT` adds their products, `L1` their
distances, `L2` the squares of these, `MODULUS` the length of the difference of two complex numbers, and
`SCALED` the distance of a query from a row that is first multiplied by the query's own `scale`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graph_schema.arrays import Array, Ints
from trainers.kernels.compiling import compiled, compiled_fast

DOT, L1, L2, MODULUS, SCALED = range(5)
_TINY = 1e-12
Reals = Any
"""Arrays of float32 or float64: the table's and everything else's are of one kind."""


@compiled_fast
def _terms(kind: int, q: Reals, t: Reals, s: Reals, out: Reals) -> None:
    """What each of d coordinates adds to the score."""
    parts, d = q.shape
    if kind == MODULUS:
        for i in range(d):
            a, b = q[0, i] - t[0, i], q[1, i] - t[1, i]
            out[i] = np.sqrt(a * a + b * b)
        return
    for p in range(parts):
        if p == 0:
            for i in range(d):
                out[i] = 0
        if kind == DOT:
            for i in range(d):
                out[i] += q[p, i] * t[p, i]
        elif kind == L1:
            for i in range(d):
                out[i] += abs(q[p, i] - t[p, i])
        elif kind == L2:
            for i in range(d):
                out[i] += (q[p, i] - t[p, i]) * (q[p, i] - t[p, i])
        else:
            for i in range(d):
                out[i] += abs(q[p, i] - s[p, i] * t[p, i])


@compiled_fast
def _sums(terms: Reals, bounds: Ints, out: Reals) -> None:
    for j in range(len(out)):
        total = terms[bounds[j]]
        for i in range(bounds[j] + 1, bounds[j + 1]):
            total += terms[i]
        out[j] = total


@compiled_fast
def _spread(grads: Reals, bounds: Ints, out: Reals) -> None:
    for j in range(len(grads)):
        out[bounds[j] : bounds[j + 1]] = grads[j]


@compiled_fast
def _difference(kind: int, q: Reals, t: Reals, w: Reals, sign: int, out: Reals) -> None:
    """Add sign · w · ∂ terms / ∂ (q − t), of the kinds that look at the difference alone."""
    parts, d = q.shape
    if kind == MODULUS:
        for i in range(d):
            a, b = q[0, i] - t[0, i], q[1, i] - t[1, i]
            f = sign * w[i] / np.sqrt(a * a + b * b + _TINY * _TINY)
            out[0, i] += f * a
            out[1, i] += f * b
        return
    for p in range(parts):
        if kind == L1:
            for i in range(d):
                u = q[p, i] - t[p, i]
                out[p, i] += sign * w[i] * ((u > 0) - (u < 0))
        else:
            for i in range(d):
                out[p, i] += sign * w[i] * 2 * (q[p, i] - t[p, i])


@compiled_fast
def _to_query(kind: int, q: Reals, t: Reals, s: Reals, w: Reals, dq: Reals, ds: Reals) -> None:
    parts, d = q.shape
    if kind == DOT:
        for p in range(parts):
            for i in range(d):
                dq[p, i] += w[i] * t[p, i]
    elif kind == SCALED:
        for p in range(parts):
            for i in range(d):
                u = q[p, i] - s[p, i] * t[p, i]
                f = w[i] * ((u > 0) - (u < 0))
                dq[p, i] += f
                ds[p, i] -= f * t[p, i]
    else:
        _difference(kind, q, t, w, 1, dq)


@compiled_fast
def _to_row(kind: int, q: Reals, t: Reals, s: Reals, w: Reals, dt: Reals) -> None:
    parts, d = q.shape
    if kind == DOT:
        for p in range(parts):
            for i in range(d):
                dt[p, i] += w[i] * q[p, i]
    elif kind == SCALED:
        for p in range(parts):
            for i in range(d):
                u = q[p, i] - s[p, i] * t[p, i]
                dt[p, i] -= w[i] * ((u > 0) - (u < 0)) * s[p, i]
    else:
        _difference(kind, q, t, w, -1, dt)


@compiled
def forward(
    first: int,
    last: int,
    kind: int,
    query: Reals,
    scale: Reals,
    table: Reals,
    rows: Ints,
    answer: Array,
    drawn: Array,
    size: int,
    bounds: Ints,
    out: Reals,
) -> None:
    """Rows first … last of (B, 1 + K, n) sums."""
    terms, scales = np.empty(query.shape[2], query.dtype), len(scale) - 1
    for b in range(first, last):
        _terms(kind, query[b], table[rows[answer[b]]], scale[min(b, scales)], terms)
        _sums(terms, bounds, out[b, 0])
    while first < last:
        end = min(last, (first // size + 1) * size)
        for k in range(drawn.shape[1]):  # a row stays at hand for all queries that share it
            row = table[rows[drawn[first // size, k]]]
            for b in range(first, end):
                _terms(kind, query[b], row, scale[min(b, scales)], terms)
                _sums(terms, bounds, out[b, 1 + k])
        first = end


@compiled
def to_queries(
    first: int,
    last: int,
    kind: int,
    query: Reals,
    scale: Reals,
    table: Reals,
    rows: Ints,
    answer: Array,
    drawn: Array,
    size: int,
    bounds: Ints,
    grad: Reals,
    d_query: Reals,
    d_scale: Reals,
) -> None:
    """Rows first … last of the gradient of queries and of their scales, which begin at zero."""
    w, scales = np.empty(query.shape[2], query.dtype), len(scale) - 1
    for b in range(first, last):
        of = min(b, scales)
        _spread(grad[b, 0], bounds, w)
        _to_query(kind, query[b], table[rows[answer[b]]], scale[of], w, d_query[b], d_scale[of])
    while first < last:
        end = min(last, (first // size + 1) * size)
        for k in range(drawn.shape[1]):
            row = table[rows[drawn[first // size, k]]]
            for b in range(first, end):
                of = min(b, scales)
                _spread(grad[b, 1 + k], bounds, w)
                _to_query(kind, query[b], row, scale[of], w, d_query[b], d_scale[of])
        first = end


@compiled
def to_rows(
    first: int,
    last: int,
    kind: int,
    query: Reals,
    scale: Reals,
    table: Reals,
    rows: Ints,
    ptr: Ints,
    place: Array,
    negatives: int,
    size: int,
    bounds: Ints,
    grad: Reals,
    d_table: Reals,
) -> None:
    """Rows first … last of the gradient of the table's `rows`.

    `place[ptr[u] : ptr[u + 1]]` says where row u stands: below B as the answer of that query, above as that
    number of the drawn.
    """
    w, queries = np.empty(query.shape[2], query.dtype), len(query)
    for u in range(first, last):
        d_table[u] = 0
        for o in range(ptr[u], ptr[u + 1]):
            if place[o] < queries:
                b = place[o]
                _spread(grad[b, 0], bounds, w)
                _to_row(kind, query[b], table[rows[u]], scale[min(b, len(scale) - 1)], w, d_table[u])
                continue
            group, k = (place[o] - queries) // negatives, (place[o] - queries) % negatives
            for b in range(group * size, min((group + 1) * size, queries)):
                _spread(grad[b, 1 + k], bounds, w)
                _to_row(kind, query[b], table[rows[u]], scale[min(b, len(scale) - 1)], w, d_table[u])


@compiled
def places(answer: Array, drawn: Array, rows: int) -> tuple[Ints, Array]:
    """Where each row of the table stands, as `to_rows` wants it."""
    flat = drawn.ravel()
    ptr = np.zeros(rows + 1, np.int64)
    for r in answer:
        ptr[r + 1] += 1
    for r in flat:
        ptr[r + 1] += 1
    for u in range(rows):
        ptr[u + 1] += ptr[u]
    at, place = ptr[:-1].copy(), np.empty(len(answer) + len(flat), np.int32)
    for i in range(len(answer)):
        place[at[answer[i]]] = i
        at[answer[i]] += 1
    for i in range(len(flat)):
        place[at[flat[i]]] = len(answer) + i
        at[flat[i]] += 1
    return ptr, place
