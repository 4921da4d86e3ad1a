"""The number types of arrays, once for everybody; shapes are said where they are used. Codes of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]
"""Of a number type that is said in words."""


def row_codes(rows: Ints) -> Ints:
    """(N,) a number for each of (N, K) rows, the same for equal ones, in their lexicographic order."""
    code, span = np.zeros(len(rows), dtype=np.int64), 1
    for column in rows.T:
        low = int(column.min(initial=0))
        width = int(column.max(initial=0)) - low + 1
        if span * width >= 2**62:
            _, code = np.unique(code, return_inverse=True)
            span = len(rows)
        code, span = code * width + (column - low), span * width
    return code
