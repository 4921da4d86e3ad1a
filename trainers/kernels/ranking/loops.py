"""Counting, for each answer, the candidates above it and level with it."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Array, Floats, Floats32, Ints
from trainers.kernels.compiling import compiled


@compiled
def rank_answers(
    reached_ptr: Ints,
    reached: Array,
    scores: Floats32,
    rest: float,
    entities: int,
    ptr: Ints,
    answer: Ints,
    true_ptr: Ints,
    true: Ints,
    low: Floats,
    high: Floats,
    count: Floats,
) -> None:
    place = np.full(entities, -1, np.int64)
    for b in range(len(ptr) - 1):
        first, last = reached_ptr[b], reached_ptr[b + 1]
        for i in range(first, last):
            place[reached[i]] = i
        others = entities - (last - first)
        for a in range(ptr[b], ptr[b + 1]):
            mine = scores[place[answer[a]]] if place[answer[a]] >= 0 else rest
            above = others if rest > mine else 0
            level = others if rest == mine else 0
            for i in range(first, last):
                above += scores[i] > mine
                level += scores[i] == mine
            gone = 0
            for i in range(true_ptr[b], true_ptr[b + 1]):
                other = true[i]
                if other == answer[a]:
                    continue
                gone += 1
                score = scores[place[other]] if place[other] >= 0 else rest
                above -= score > mine
                level -= score == mine
            low[a] = above + 1
            high[a] = above + level
            count[a] = entities - gone
        for i in range(first, last):
            place[reached[i]] = -1
