"""The best of each query's new pairs."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Floats32, Ints, Mask
from trainers.kernels.compiling import compiled


@compiled
def keep_best(first: int, last: int, query_ptr: Ints, score: Floats32, most: int, kept: Mask) -> None:
    longest = 0
    for b in range(first, last):
        longest = max(longest, query_ptr[b + 1] - query_ptr[b])
    fresh = np.empty(longest, np.float32)
    for b in range(first, last):
        found = 0
        for o in range(query_ptr[b], query_ptr[b + 1]):
            if not kept[o]:
                fresh[found] = score[o]
                found += 1
        least, level = np.float32(-np.inf), found
        if found > most:
            least = np.partition(fresh[:found], found - most)[found - most]
            above = 0
            for i in range(found):
                above += fresh[i] > least
            level = most - above
        # Of pairs level with the last that goes on, the first ones go on.
        for o in range(query_ptr[b], query_ptr[b + 1]):
            if not kept[o] and score[o] >= least:
                if score[o] > least:
                    kept[o] = True
                elif level > 0:
                    kept[o] = True
                    level -= 1
