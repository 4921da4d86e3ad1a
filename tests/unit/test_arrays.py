"""Numbers of rows: the same for equal ones, in their order."""

from __future__ import annotations

import numpy as np
import pytest

from graph_schema.arrays import row_codes


@pytest.mark.parametrize("high", [3, 2**20, 2**40], ids=["small", "two columns a number", "none"])
@pytest.mark.parametrize("columns", [1, 2, 5])
def test_rows_have_numbers_in_their_order(high: int, columns: int) -> None:
    dice = np.random.default_rng(columns)
    rows = dice.integers(-1, high, size=(40, columns))[dice.integers(40, size=200)]
    _, first, number = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    _, found, numbers = np.unique(row_codes(rows), return_index=True, return_inverse=True)
    assert (found.tolist(), numbers.tolist()) == (first.tolist(), number.ravel().tolist())


def test_no_rows_have_no_numbers() -> None:
    assert row_codes(np.zeros((0, 3), dtype=np.int64)).tolist() == []
