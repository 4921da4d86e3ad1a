"""Walks as lists of edges, by trying every step: what the kernel is held against."""

from __future__ import annotations


def reference_walks(
    edges: list[tuple[int, int, int, bool]], head: int, tail: int, hidden: set[int]
) -> set[tuple[int, int, int]]:
    """Places of the edges of each walk of three from head to tail, at most one of them typed.

    Args:
        edges: Source, target, relation, and whether it is typed.
        head, tail: No typed edge between them is walked.
        hidden: No typed edge of theirs is walked.
    """
    able = [
        i
        for i, (a, b, _, typed) in enumerate(edges)
        if not typed or (a not in hidden and b not in hidden and {a, b} != {head, tail})
    ]
    leaving: dict[int, list[int]] = {}
    for i in able:
        leaving.setdefault(edges[i][0], []).append(i)
    found = set[tuple[int, int, int]]()
    for i in leaving.get(head, []):
        for j in leaving.get(edges[i][1], []):
            for k in leaving.get(edges[j][1], []):
                if edges[k][1] == tail and sum(edges[e][3] for e in (i, j, k)) <= 1:
                    found.add((i, j, k))
    return found
