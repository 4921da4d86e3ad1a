"""Keeping by sorted lists: what the kernel is held against."""

from __future__ import annotations


def reference_keep(queries: list[int], carried: set[int], score: list[float], most: int) -> set[int]:
    """Places of the pairs that go on. Args: queries: of each pair; carried: places; score: of each pair."""
    kept = set(carried)
    for query in set(queries):
        fresh = [i for i, q in enumerate(queries) if q == query and i not in carried]
        kept |= set(sorted(fresh, key=lambda i: (-score[i], i))[:most])
    return kept
