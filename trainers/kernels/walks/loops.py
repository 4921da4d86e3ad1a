"""Extending the k best walks to each pair by one layer."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Array, Floats, Floats32, Ints, Ints32
from trainers.kernels.compiling import compiled


@compiled
def extend_walks(
    first: int,
    last: int,
    depth: int,
    target_ptr: Ints,
    source: Ints32,
    fact: Ints32,
    entity: Ints32,
    query: Ints32,
    heads: Ints,
    attention: Floats32,
    old_weight: Floats,
    old_mark: Array,
    old_fact: Ints32,
    old_entity: Ints32,
    weight: Floats,
    mark: Array,
    facts: Ints32,
    entities: Ints32,
) -> None:
    keep = weight.shape[1]
    origin, rank, via = np.empty(keep, np.int64), np.empty(keep, np.int64), np.empty(keep, np.int64)
    for o in range(first, last):
        filled, row_weight, row_mark = 0, weight[o], mark[o]
        for e in range(target_ptr[o], target_ptr[o + 1]):
            s = source[e]
            cost = np.log(max(attention[e], 1e-38)) if fact[e] >= 0 else 0.0
            for k in range(keep):
                total = old_weight[s, k] + cost
                if total == -np.inf or (filled == keep and total <= row_weight[keep - 1]):
                    break
                name = old_mark[s, k]
                if fact[e] >= 0:
                    again = entity[o] == heads[query[o]]
                    for step in range(depth):
                        again = again or old_entity[s, k, step] == entity[o]
                    if again:
                        continue
                    name = (name + np.uint64(entity[o] + 1)) * np.uint64(0x9E3779B97F4A7C15)
                    name ^= name >> np.uint64(29)
                place = -1
                for j in range(filled):
                    if row_mark[j] == name:
                        place = j
                        break
                if place >= 0:
                    if row_weight[place] >= total:
                        continue
                elif filled < keep:
                    place = filled
                    filled += 1
                else:
                    place = keep - 1
                while place > 0 and row_weight[place - 1] < total:
                    row_weight[place], row_mark[place] = row_weight[place - 1], row_mark[place - 1]
                    origin[place], rank[place], via[place] = (
                        origin[place - 1],
                        rank[place - 1],
                        via[place - 1],
                    )
                    place -= 1
                row_weight[place], row_mark[place] = total, name
                origin[place], rank[place], via[place] = s, k, fact[e]
        for j in range(filled):
            s, k = origin[j], rank[j]
            for step in range(depth):
                facts[o, j, step], entities[o, j, step] = old_fact[s, k, step], old_entity[s, k, step]
            facts[o, j, depth] = via[j]
            entities[o, j, depth] = entity[o] if via[j] >= 0 else -1
