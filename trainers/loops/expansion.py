"""Expanding queries over compressed rows: counting, then filling."""

import numpy as np

from trainers.loops import compiled


@compiled
def is_off(fact, start, stop, off_fact):
    for i in range(start, stop):  # noqa: SIM110
        if off_fact[i] == fact:
            return True
    return False


@compiled
def count_reached(first, last, row_ptr, neighbour, fact, query_ptr, entity, off_ptr, off_fact, pairs, edges):
    seen = np.full(len(row_ptr) - 1, -1, np.int32)
    for b in range(first, last):
        found, walked = 0, 0
        for s in range(query_ptr[b], query_ptr[b + 1]):
            for e in range(row_ptr[entity[s]], row_ptr[entity[s] + 1]):
                if off_ptr[b] < off_ptr[b + 1] and is_off(fact[e], off_ptr[b], off_ptr[b + 1], off_fact):
                    continue
                walked += 1
                if seen[neighbour[e]] != b:
                    seen[neighbour[e]] = b
                    found += 1
        pairs[b], edges[b] = found, walked


@compiled
def fill_layer(
    first,
    last,
    row_ptr,
    neighbour,
    relation,
    fact,
    query_ptr,
    entity,
    off_ptr,
    off_fact,
    next_ptr,
    edge_ptr,
    out_entity,
    carry,
    target_ptr,
    source,
    out_relation,
    out_fact,
    source_ptr,
    target,
    edge,
):
    slot = np.full(len(row_ptr) - 1, -1, np.int64)
    for b in range(first, last):
        # Sources in order: number the targets as they are met, note each edge's target, count edges a target.
        at, fresh = edge_ptr[b], next_ptr[b]
        for s in range(query_ptr[b], query_ptr[b + 1]):
            for e in range(row_ptr[entity[s]], row_ptr[entity[s] + 1]):
                if off_ptr[b] < off_ptr[b + 1] and is_off(fact[e], off_ptr[b], off_ptr[b + 1], off_fact):
                    continue
                o = neighbour[e]
                if slot[o] < next_ptr[b]:
                    slot[o] = fresh
                    out_entity[fresh] = o
                    fresh += 1
                target[at] = slot[o]
                edge[at] = e  # for now: the graph's edge, replaced below
                target_ptr[slot[o] + 1] += 1
                at += 1
            source_ptr[s + 1] = at
            carry[s] = slot[entity[s]]
        # Row ends become row starts, shifted by one, and advance as edges are placed.
        start = edge_ptr[b]
        for o in range(next_ptr[b], next_ptr[b + 1]):
            width = target_ptr[o + 1]
            target_ptr[o + 1] = start
            start += width
        for s in range(query_ptr[b], query_ptr[b + 1]):
            for i in range(edge_ptr[b] if s == query_ptr[b] else source_ptr[s], source_ptr[s + 1]):
                place = target_ptr[target[i] + 1]
                target_ptr[target[i] + 1] += 1
                source[place] = s
                out_relation[place] = relation[edge[i]]
                out_fact[place] = fact[edge[i]]
                edge[i] = place
