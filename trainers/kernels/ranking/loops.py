"""Counting, for each answer, the candidates above it and level with it."""

from __future__ import annotations

from graph_schema.arrays import Array, Floats, Ints
from trainers.kernels.compiling import compiled


@compiled
def rank_answers(
    scores: Array,
    ptr: Ints,
    answer: Ints,
    true_ptr: Ints,
    true: Ints,
    low: Floats,
    high: Floats,
    count: Floats,
) -> None:
    entities = scores.shape[1]
    for b in range(len(ptr) - 1):
        row = scores[b]
        for a in range(ptr[b], ptr[b + 1]):
            mine = row[answer[a]]
            above, level, gone = 0, 0, 0
            for e in range(entities):
                above += row[e] > mine
                level += row[e] == mine
            for i in range(true_ptr[b], true_ptr[b + 1]):
                other = true[i]
                if other == answer[a]:
                    continue
                gone += 1
                above -= row[other] > mine
                level -= row[other] == mine
            low[a] = above + 1
            high[a] = above + level
            count[a] = entities - gone
