"""How loops are compiled: one pass each, without the interpreter lock.

numba infers types from the arrays it is given, so a loop works in every precision; annotations are for
readers. What is compiled is cached beside the package, or in the user's cache folder where that cannot be
written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile on first use, without the interpreter lock, and keep the result on disk."""
    return cast(F, numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def compiled_fast(function: F) -> F:
    """`compiled`, with sums in whatever order is fastest; for values known to be finite."""
    return cast(F, numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=True)(function))
