"""Following one rule from each head: whom it reaches, and whom of these the head is related to."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Ints, Ints32, Mask
from trainers.kernels.compiling import compiled

Edges = tuple[Ints, Ints32, Ints, Ints32, Ints]
"""(R + 1,) where each relation's edges begin; (R, n + 1) where each entity's do, (0, 0) where that would be
too large and they are looked for; of (E,) edges source, target and fact."""


@compiled
def count_rules(
    rules: Ints,
    relation: int,
    heads: Ints,
    most: int,
    edges: Edges,
    deleted: Mask,
    own: Ints,
    room: tuple[Ints32, Ints32],
) -> Ints:
    """(P, 3) support, pairs and heads looked at of each rule; see `RuleCounts.count` for what they are.

    Args:
        rules: (P, K) relations walked.
        relation: The one predicted.
        heads: (H,) entities, in the order in which they are looked at.
        most: Edges followed before no further head is begun; one is always.
        edges: By relation, then source, then target.
        deleted: (N,) facts that are not there; (0,) where all are.
        own: (2,) head and tail of a pair that is not counted.
        room: (n + 1, 4) and (2, n) for n entities, zeros at first; kept from call to call, by one caller at a
            time: when an even and an odd step reached an entity last, and from whom, -2 from several; and
            whom a step reached.
    """
    out = np.empty((len(rules), 3), dtype=np.int64)
    for p in range(len(rules)):
        out[p] = _count(rules[p], relation, heads, most, edges, deleted, own, room)
    return out


@compiled
def _count(
    rule: Ints,
    relation: int,
    heads: Ints,
    most: int,
    edges: Edges,
    deleted: Mask,
    own: Ints,
    room: tuple[Ints32, Ints32],
) -> tuple[int, int, int]:
    begin, where, source, target, fact = edges
    marks, rows = room
    stamp = marks[-1, 0]
    some_gone = deleted.size > 0
    last_step = len(rule) - 1
    support = pairs = looked = followed = 0
    for head in heads:
        if looked > 0 and followed >= most:
            break
        looked += 1
        own_first = _first(source, begin, where, relation, head)
        own_last = _first(source, begin, where, relation, head + 1)
        related = not some_gone and head != own[0]
        for e in range(own_first, own_last):
            if related:
                break
            # One that only the pair left out speaks for does not count as related to somebody.
            related = not (some_gone and deleted[fact[e]]) and not (head == own[0] and target[e] == own[1])
        if not related:
            continue
        count = 1
        rows[0, 0] = head
        marks[head, 3] = -1
        for k in range(len(rule)):
            now, then, mark, mark_before = rows[k & 1], rows[1 - (k & 1)], 2 * (k & 1), 2 * (1 - (k & 1))
            reached = 0
            stamp += 1
            for i in range(count):
                here = np.int64(now[i])
                first = _first(source, begin, where, rule[k], here)
                last = _first(source, begin, where, rule[k], here + 1)
                followed += last - first
                came_from = np.int64(marks[here, mark_before + 1])
                for e in range(first, last):
                    there = np.int64(target[e])
                    if there in (here, head, came_from) or (some_gone and deleted[fact[e]]):
                        continue
                    if marks[there, mark] != stamp:
                        marks[there, mark] = stamp
                        marks[there, mark + 1] = here
                        if k < last_step:
                            then[reached] = there
                        reached += 1
                    elif marks[there, mark + 1] != here:
                        marks[there, mark + 1] = -2
            count = reached
            if count == 0:
                break
        if count == 0:
            continue
        pairs += count
        mark = 2 * (last_step & 1)
        left_out = own[0] == head and own[1] >= 0 and marks[own[1], mark] == stamp
        if left_out:
            pairs -= 1
        for e in range(own_first, own_last):
            there = np.int64(target[e])
            if marks[there, mark] != stamp or (e > own_first and target[e - 1] == there):
                continue
            if not (some_gone and deleted[fact[e]]) and not (left_out and there == own[1]):
                support += 1
    marks[-1, 0] = stamp
    return support, pairs, looked


@compiled
def _first(source: Ints, begin: Ints, where: Ints32, relation: int, entity: int | np.int64) -> int:
    """Where the edges of a relation and an entity begin."""
    if where.size > 0:
        known: int = where[relation, entity]
        return known
    low: int = begin[relation]
    high: int = begin[relation + 1]
    while low < high:
        middle = (low + high) // 2
        if source[middle] < entity:
            low = middle + 1
        else:
            high = middle
    return low
