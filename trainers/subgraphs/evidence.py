"""Which facts of a subgraph speak: those of much signal on walks between the two ends."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from trainers.subgraphs.answering import Judged
from trainers.subgraphs.blocks import two_by_two

LONGEST = 4
"""Facts of a walk at most: two to a node from either end."""


def speaking(judged: Judged, row: int, most: int) -> Ints:
    """At most `most` rows of the known triples, most signal first.

    A fact's signal is the mean over the layers, the way in which more passes. It must lie on a walk of facts
    between the two ends that has at most `LONGEST`.

    Args:
        judged: Pairs.
        row: Which of them.
        most: As said.
    """
    fact, size = judged.block.fact[row], judged.block.nodes.shape[1]
    first, second = two_by_two(size)
    signal: Floats = judged.signals[:, row].mean(axis=0)
    there = fact >= 0
    joined: Mask = np.zeros((size, size), dtype=bool)
    joined[first[there], second[there]] = joined[second[there], first[there]] = True
    from_head, from_tail = _steps(joined, 0), _steps(joined, 1)
    length = 1 + np.minimum(from_head[first] + from_tail[second], from_head[second] + from_tail[first])
    able = np.flatnonzero(there & (length <= LONGEST))
    weight = np.maximum(signal[first[able], second[able]], signal[second[able], first[able]])
    best: Ints = fact[able[np.argsort(-weight, kind="stable")[:most]]]
    return best


def _steps(joined: Mask, start: int) -> Ints:
    """(N,) how many facts away each place is; `LONGEST` where it is as far or farther."""
    steps = np.full(len(joined), LONGEST, dtype=np.int64)
    reached: Mask = np.zeros(len(joined), dtype=bool)
    reached[start] = True
    for step in range(LONGEST):
        steps[reached & (steps == LONGEST)] = step
        reached = reached | joined[reached].any(axis=0)
    return steps
