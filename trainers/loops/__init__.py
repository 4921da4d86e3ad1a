"""Compiled loops, one pass each; untyped, since numba infers types from the arrays.

They release the interpreter lock and are cached beside the package, or in the user's cache folder where that
cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first use, without the interpreter lock, and keep the result on disk."""
    loop: Callable[..., Any] = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    return loop


def compiled_fast(function: Callable[..., Any]) -> Callable[..., Any]:
    """`compiled`, with sums in whatever order is fastest; for values known to be finite."""
    options = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=True)
    loop: Callable[..., Any] = options(function)
    return loop
