"""Adagrad and Adam, a row of parameters and its states in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from graph_schema.arrays import Ints
from trainers.kernels.compiling import compiled_fast

Reals = Any
"""Arrays of float32 or float64, all of one kind."""


@compiled_fast
def adagrad(
    first: int, last: int, rows: Ints, grad: Reals, table: Reals, squares: Reals, rate: float, tiny: float
) -> None:
    rate, tiny = grad.dtype.type(rate), grad.dtype.type(tiny)
    for i in range(first, last):
        r = rows[i]
        for j in range(grad.shape[1]):
            g = grad[i, j]
            total = squares[r, j] + g * g
            squares[r, j] = total
            table[r, j] -= rate * g / (np.sqrt(total) + tiny)


@compiled_fast
def adam(
    first: int,
    last: int,
    rows: Ints,
    grad: Reals,
    table: Reals,
    means: Reals,
    squares: Reals,
    rate: float,
    beta1: float,
    beta2: float,
    unbiased: float,
    tiny: float,
) -> None:
    kind = grad.dtype.type
    rate, beta1, beta2, unbiased, tiny = kind(rate), kind(beta1), kind(beta2), kind(unbiased), kind(tiny)
    for i in range(first, last):
        r = rows[i]
        for j in range(grad.shape[1]):
            g = grad[i, j]
            mean = beta1 * means[r, j] + (1 - beta1) * g
            square = beta2 * squares[r, j] + (1 - beta2) * g * g
            means[r, j], squares[r, j] = mean, square
            table[r, j] -= rate * mean / (np.sqrt(square) * unbiased + tiny)
