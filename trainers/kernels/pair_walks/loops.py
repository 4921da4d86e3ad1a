"""Meeting in the middle: which edges lie on walks of three steps from one end to the other."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Array, Ints, Ints32, Mask
from trainers.kernels.compiling import compiled


@compiled
def _room(rows: Array, used: int) -> Array:
    """(2M, K) rows with a copy of the first ones, where M are full."""
    if used < len(rows):
        return rows
    more = np.empty((2 * len(rows), rows.shape[1]), rows.dtype)
    more[:used] = rows[:used]
    return more


@compiled
def _hides(typed: int, source: int, to: int, other: int, hidden: Mask) -> bool:
    """Whether an edge is not there: a typed one of somebody hidden, or that leads to `other`."""
    return bool(typed == 1 and (hidden[source] or hidden[to] or to == other))


@compiled
def edges_on_walks(
    ends: Ints, ptr: Ints, target: Ints32, hidden: Mask, most: int
) -> tuple[Ints32, Ints32, Ints32, Ints32, Ints32, Ints]:
    """See `kernel.walks_between`.

    Args:
        ends: (B, 2) where walks start and end.
        ptr: (2, n + 1) where an entity's plain, and its typed edges begin.
        target: (E,) of the edges, plain ones first.
        hidden: (n,) whose typed edges are not there.
        most: Typed edges of an end that are walked; those of others are all.

    Returns:
        (A, 2) pair and entity of the states next to the start, (C, 2) of those next to the end; edges from
        the start (., 2) as edge and state, in the middle (., 3) as edge and both states, to the end (., 2)
        as the edge that leaves the end and state; (B, 5) how many of each there are up to a pair.
    """
    count = len(hidden)
    near, far = np.zeros((2, count), np.int32), np.zeros((2, count), np.int32)
    # Which kinds of edges lead from an entity to the end, as bits: small enough to stay at hand.
    closes = np.zeros(count, np.uint8)
    left, right = np.empty((1024, 2), np.int32), np.empty((1024, 2), np.int32)
    first, last = np.empty((1024, 2), np.int32), np.empty((1024, 2), np.int32)
    middle = np.empty((4096, 3), np.int32)
    upto = np.zeros((len(ends), 5), np.int64)
    lefts, rights, firsts, middles, lasts = 0, 0, 0, 0, 0
    for i in range(len(ends)):
        start, end = ends[i, 0], ends[i, 1]
        for typed in range(2):
            stop = ptr[typed, end + 1]
            if typed:
                stop = min(stop, ptr[typed, end] + most)
            for e in range(ptr[typed, end], stop):
                if not _hides(typed, end, target[e], start, hidden):
                    far[typed, target[e]] = 1
                    closes[target[e]] |= 1 << typed
        for typed in range(2):
            stop = ptr[typed, start + 1]
            if typed:
                stop = min(stop, ptr[typed, start] + most)
            for e in range(ptr[typed, start], stop):
                a = target[e]
                if _hides(typed, start, a, end, hidden):
                    continue
                if near[typed, a] == 0:
                    near[typed, a] = -1
                    for again in range(2 - typed):
                        # Only an edge between the two ends themselves is none.
                        other = end if a == start else start if a == end else -1
                        # At most one typed edge in a walk: the last may be one if no other was.
                        able = 1 if typed or again else 3
                        for f in range(ptr[again, a], ptr[again, a + 1]):
                            c = target[f]
                            if closes[c] & able == 0 or _hides(again, a, c, other, hidden):
                                continue
                            for closing in range(2 - max(typed, again)):
                                if far[closing, c] == 0:
                                    continue
                                if near[typed, a] < 0:
                                    left = _room(left, lefts)
                                    left[lefts, 0], left[lefts, 1] = i, a
                                    lefts += 1
                                    near[typed, a] = lefts
                                if far[closing, c] == 1:
                                    right = _room(right, rights)
                                    right[rights, 0], right[rights, 1] = i, c
                                    rights += 1
                                    far[closing, c] = rights + 1
                                middle = _room(middle, middles)
                                middle[middles, 0] = f
                                middle[middles, 1] = near[typed, a] - 1
                                middle[middles, 2] = far[closing, c] - 2
                                middles += 1
                if near[typed, a] > 0:
                    first = _room(first, firsts)
                    first[firsts, 0], first[firsts, 1] = e, near[typed, a] - 1
                    firsts += 1
        for typed in range(2):
            for e in range(ptr[typed, start], ptr[typed, start + 1]):
                near[typed, target[e]] = 0
            stop = ptr[typed, end + 1]
            if typed:
                stop = min(stop, ptr[typed, end] + most)
            for e in range(ptr[typed, end], stop):
                b = target[e]
                if far[typed, b] > 1 and not _hides(typed, end, b, start, hidden):
                    last = _room(last, lasts)
                    last[lasts, 0], last[lasts, 1] = e, far[typed, b] - 2
                    lasts += 1
        for typed in range(2):
            for e in range(ptr[typed, end], ptr[typed, end + 1]):
                far[typed, target[e]] = 0
                closes[target[e]] = 0
        upto[i, 0], upto[i, 1], upto[i, 2] = lefts, rights, firsts
        upto[i, 3], upto[i, 4] = middles, lasts
    return left[:lefts], right[:rights], first[:firsts], middle[:middles], last[:lasts], upto
