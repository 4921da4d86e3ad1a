"""How kernels share the cores: compiled loops without the interpreter lock, each on rows of its own.

numba's own thread layers either abort the process when two threads enter them at once or keep a second pool
spinning beside torch's. Compiled functions that release the interpreter lock need neither, compile faster,
and may be called from as many sessions as there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import numpy.typing as npt

CHUNKS = 16
"""Sums over edges are always made in this many parts, so results do not depend on the number of threads."""

_SMALL = 20_000


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="kernel")


def thread_count() -> int:
    """Threads that kernels use: torch's number, which `--threads` sets."""
    import torch

    return min(torch.get_num_threads(), os.cpu_count() or 1)


def even_chunks(ptr: npt.NDArray[np.int64], parts: int = CHUNKS) -> npt.NDArray[np.int64]:
    """Boundaries of `parts` runs of rows that hold about equally many items.

    Args:
        ptr: (rows + 1,) row pointers.

    Returns:
        (parts + 1,) row numbers, ascending, from 0 to the number of rows.
    """
    rows = len(ptr) - 1
    bounds = np.searchsorted(ptr, np.linspace(0, ptr[-1], parts + 1))
    bounds[0], bounds[-1] = 0, rows
    return np.minimum(bounds, rows).astype(np.int64)


def run_chunks(work: Callable[[int], None], parts: int, size: int) -> None:
    """Call `work(part)` for each part; on several threads when `size` items are worth it."""
    threads = thread_count()
    if threads == 1 or size < _SMALL:
        for part in range(parts):
            work(part)
        return
    list(_pool(threads).map(work, range(parts)))


def use_threads(count: int | None) -> None:
    """Set how many threads torch and the kernels use; None leaves it as it is."""
    import torch

    if count is not None:
        torch.set_num_threads(count)
