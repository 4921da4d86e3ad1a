"""How kernels share the cores: compiled loops without the interpreter lock, each on rows of its own.

numba's own thread layers either abort the process when two threads enter them at once or keep a second pool
spinning beside torch's. Compiled functions that release the interpreter lock need neither, compile faster,
and may be called from as many sessions as there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch

from graph_schema.arrays import Ints

CHUNKS = 16
"""Sums over edges are always made in this many parts, so results do not depend on the number of threads."""

_CORES = os.cpu_count() or 1

_SMALL = 4096
"""Items that are worth a part of their own."""


_threads: int | None = None


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, _CORES - 1), thread_name_prefix="kernel")


def thread_count() -> int:
    """Threads that kernels use; all cores unless `use_threads` or torch was told otherwise."""
    global _threads  # one number for the process, as torch's
    if _threads is None:
        _threads = min(torch.get_num_threads(), _CORES)
    return _threads


def use_threads(count: int | None) -> None:
    """Set how many threads torch and the kernels use; None leaves it as it is."""
    global _threads
    if count is not None:
        torch.set_num_threads(count)
        _threads = count


@contextmanager
def kernel_threads(count: int) -> Iterator[None]:
    """Let kernels use so many threads meanwhile, also more than there are cores; torch's number stays."""
    global _threads
    before, _threads = thread_count(), count
    try:
        yield
    finally:
        _threads = before


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Keep torch's own work on the calling thread: kernels already share out the cores.

    Products are then the same to the last bit, whichever thread makes them.

    Enter it around many calls: a team of threads that grows and shrinks between two products costs more than
    the products.
    """
    thread_count()  # settled before torch's own number is lowered
    before = torch.get_num_threads()
    if before > 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if before > 1:
            torch.set_num_threads(before)


def chunk_count(size: int) -> int:
    """Parts that `size` items are worked on in, at most `CHUNKS`."""
    return max(1, min(CHUNKS, size // _SMALL))


def even_chunks(ptr: Ints) -> Ints:
    """Boundaries of runs of rows that hold about equally many items.

    Args:
        ptr: (rows + 1,) row pointers.

    Returns:
        (parts + 1,) row numbers, ascending, from 0 to the number of rows.
    """
    rows, parts = len(ptr) - 1, chunk_count(int(ptr[-1]))
    bounds = np.searchsorted(ptr, ptr[-1] * np.arange(parts + 1) // parts)
    bounds[0], bounds[-1] = 0, rows
    limits: Ints = np.minimum(bounds, rows)
    return limits


def run_chunks(work: Callable[[int], None], parts: int, size: int) -> None:
    """Call `work(part)` for each part; on several threads when `size` items are worth it.

    The calling thread works too, so nothing waits for a busy pool; whoever is free takes the next part.
    """
    helpers = min(thread_count(), parts) - 1 if size >= 2 * _SMALL else 0
    left = iter(range(parts))

    def take() -> None:
        for part in left:
            work(part)

    def help_out() -> None:
        with one_torch_thread(), torch.no_grad():  # a kernel writes its own gradients
            take()

    others = [_pool().submit(help_out) for _ in range(helpers)]
    try:
        take()
    finally:
        for other in others:
            if not other.cancel():
                other.result()
