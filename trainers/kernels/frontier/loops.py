"""Expanding queries over compressed rows: counting, then filling."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Ints, Ints32
from trainers.kernels.compiling import compiled


@compiled
def is_off(
    fact: int,
    start: int,
    stop: int,
    off_fact: Ints32,
) -> bool:
    for i in range(start, stop):  # noqa: SIM110
        if off_fact[i] == fact:
            return True
    return False


@compiled
def count_reached(
    first: int,
    last: int,
    row_ptr: Ints,
    neighbour: Ints32,
    fact: Ints32,
    query_ptr: Ints,
    entity: Ints32,
    off_ptr: Ints,
    off_fact: Ints32,
    pairs: Ints,
    edges: Ints,
) -> None:
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
    first: int,
    last: int,
    row_ptr: Ints,
    neighbour: Ints32,
    relation: Ints32,
    fact: Ints32,
    query_ptr: Ints,
    entity: Ints32,
    off_ptr: Ints,
    off_fact: Ints32,
    next_ptr: Ints,
    edge_ptr: Ints,
    out_entity: Ints32,
    carry: Ints,
    target_ptr: Ints,
    source: Ints32,
    out_relation: Ints32,
    out_fact: Ints32,
) -> None:
    slot = np.full(len(row_ptr) - 1, -1, np.int64)
    most = 0
    for b in range(first, last):
        most = max(most, edge_ptr[b + 1] - edge_ptr[b])
    target = np.empty(most, np.int32)
    for b in range(first, last):
        # Sources in order: number the targets as they are met, note each edge's target, count edges a target.
        at, fresh = 0, next_ptr[b]
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
                target_ptr[slot[o] + 1] += 1
                at += 1
            carry[s] = slot[entity[s]]
        # Row ends become row starts, shifted by one, and advance as edges are placed.
        start = edge_ptr[b]
        for o in range(next_ptr[b], next_ptr[b + 1]):
            width = target_ptr[o + 1]
            target_ptr[o + 1] = start
            start += width
        at = 0
        for s in range(query_ptr[b], query_ptr[b + 1]):
            for e in range(row_ptr[entity[s]], row_ptr[entity[s] + 1]):
                if off_ptr[b] < off_ptr[b + 1] and is_off(fact[e], off_ptr[b], off_ptr[b + 1], off_fact):
                    continue
                place = target_ptr[target[at] + 1]
                target_ptr[target[at] + 1] += 1
                source[place] = s
                out_relation[place] = relation[e]
                out_fact[place] = fact[e]
                at += 1
