"""The number types of arrays, once for everybody; shapes are said where they are used. Codes of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Small = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]
"""Of a number type that is said in words."""


def row_codes(rows: Ints) -> Ints:
    """(N,) a number for each of (N, K) rows, the same for equal ones, in their lexicographic order."""
    return column_codes(rows.T)


def column_codes(columns: Sequence[Array] | Array) -> Ints:
    """(N,) the same for rows whose K columns of integers are given, (N,) each."""
    code, span = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        low = int(column.min(initial=0))
        width = int(column.max(initial=0)) - low + 1
        if span * width >= 2**62:
            _, code = np.unique(code, return_inverse=True)
            span = len(code)
        code *= width
        code += column
        code -= low
        span *= width
    return code
