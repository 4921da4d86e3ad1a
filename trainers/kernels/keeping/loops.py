"""The best of each query's new pairs."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Floats32, Ints, Mask
from trainers.kernels.compiling import compiled


@compiled
def keep_best(first: int, last: int, query_ptr: Ints, score: Floats32, most: int, kept: Mask) -> None:
    for b in range(first, last):
        start, stop = query_ptr[b], query_ptr[b + 1]
        fresh, found = np.empty(stop - start, np.int64), 0
        for o in range(start, stop):
            if not kept[o]:
                fresh[found] = o
                found += 1
        chosen = fresh[:found]
        if found > most:
            chosen = chosen[np.argsort(-score[chosen], kind="mergesort")[:most]]
        for o in chosen:
            kept[o] = True
