"""Following one rule from each head: whom it reaches, and whom of these the head is related to."""

from __future__ import annotations

from graph_schema.arrays import Ints, Ints32, Mask
from trainers.kernels.compiling import compiled

_HEAD = 50
"""Edges that could be followed while one more head is begun."""


@compiled
def count_rule(
    rule: Ints,
    relation: int,
    heads: Ints,
    budget: int,
    begin: Ints,
    where: Ints32,
    source: Ints,
    target: Ints,
    fact: Ints,
    deleted: Mask,
    own: Ints,
    marks: Ints,
) -> tuple[int, int, int]:
    """(support, pairs, heads looked at); see `RuleCounts.count` for what they are.

    Args:
        rule: (K,) relations walked.
        relation: The one predicted.
        heads: (H,) entities, in the order in which they are looked at.
        budget: Edges followed before no further head is begun, a head counting as `_HEAD`; one is always.
        begin: (R + 1,) where the edges of each relation begin.
        where: (R, n + 1) where those of each entity begin; (0, 0) where that would be too large, and they are
            looked for.
        source, target, fact: (E,) edges by relation, then source, then target.
        deleted: (N,) facts that are not there.
        own: (2,) head and tail of a pair that is not counted.
        marks: (7, n) for n entities, zeros at first; kept from call to call, by one caller at a time.
    """
    seen, seen_next = marks[0], marks[1]  # by entity, when it was reached last
    before, before_next = marks[2], marks[3]  # from whom it was reached, -2 from several
    now, then = marks[4], marks[5]  # who was reached by the step before, and who by this one
    stamp = marks[6, 0]
    support = pairs = looked = followed = 0
    for head in heads:
        if looked > 0 and followed >= budget:
            break
        looked += 1
        followed += _HEAD
        related = False
        own_first = _first(source, begin, where, relation, head)
        own_last = _first(source, begin, where, relation, head + 1)
        for e in range(own_first, own_last):
            # One that only the pair left out speaks for does not count as related to somebody.
            if not deleted[fact[e]] and not (head == own[0] and target[e] == own[1]):
                related = True
                break
        if not related:
            continue
        count = 1
        now[0] = head
        before[head] = -1
        for step in rule:
            reached = 0
            stamp += 1
            for i in range(count):
                here = now[i]
                first = _first(source, begin, where, step, here)
                last = _first(source, begin, where, step, here + 1)
                followed += last - first
                for e in range(first, last):
                    there = target[e]
                    if deleted[fact[e]] or there in (head, here) or before[here] == there:
                        continue
                    if seen_next[there] != stamp:
                        seen_next[there], before_next[there] = stamp, here
                        then[reached] = there
                        reached += 1
                    elif before_next[there] != here:
                        before_next[there] = -2
            now, then = then, now
            seen, seen_next = seen_next, seen
            before, before_next = before_next, before
            count = reached
            if count == 0:
                break
        if count == 0:
            continue
        pairs += count
        left_out = own[0] == head and own[1] >= 0 and seen[own[1]] == stamp
        if left_out:
            pairs -= 1
        for e in range(own_first, own_last):
            there = target[e]
            if e > own_first and source[e - 1] == head and target[e - 1] == there:
                continue
            if seen[there] == stamp and not deleted[fact[e]] and not (left_out and there == own[1]):
                support += 1
    marks[6, 0] = stamp
    return support, pairs, looked


@compiled
def _first(source: Ints, begin: Ints, where: Ints32, relation: int, entity: int) -> int:
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
