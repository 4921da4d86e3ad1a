"""Extending the k best walks to each pair by one layer."""

import numpy as np

from trainers.loops import compiled


@compiled
def extend_walks(
    first,
    last,
    depth,
    target_ptr,
    source,
    fact,
    entity,
    query,
    heads,
    attention,
    old_weight,
    old_mark,
    old_fact,
    old_entity,
    weight,
    mark,
    facts,
    entities,
):
    keep = weight.shape[1]
    for o in range(first, last):
        filled = 0
        for e in range(target_ptr[o], target_ptr[o + 1]):
            s = source[e]
            cost = np.log(max(attention[e], 1e-38)) if fact[e] >= 0 else 0.0
            for k in range(keep):
                total = old_weight[s, k] + cost
                if total == -np.inf or (filled == keep and total <= weight[o, keep - 1]):
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
                    if mark[o, j] == name:
                        place = j
                if place >= 0:
                    if weight[o, place] >= total:
                        continue
                elif filled < keep:
                    place = filled
                    filled += 1
                else:
                    place = keep - 1
                while place > 0 and weight[o, place - 1] < total:
                    weight[o, place], mark[o, place] = weight[o, place - 1], mark[o, place - 1]
                    facts[o, place], entities[o, place] = facts[o, place - 1], entities[o, place - 1]
                    place -= 1
                weight[o, place], mark[o, place] = total, name
                facts[o, place], entities[o, place] = old_fact[s, k], old_entity[s, k]
                facts[o, place, depth] = fact[e]
                entities[o, place, depth] = entity[o] if fact[e] >= 0 else -1
