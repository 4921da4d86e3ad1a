"""Expansion by sets and loops: what the kernel is held against."""

from __future__ import annotations


def reference_frontier(
    triples: list[tuple[int, int, int]],
    n: int,
    m: int,
    heads: list[int],
    layers: int,
    removed: list[set[int]],
) -> list[tuple[set[tuple[int, int]], set[tuple[int, int, int, int]]]]:
    """For each layer: the set of (query, entity) pairs and of (query, source, relation, target) edges."""
    pairs = {(b, h) for b, h in enumerate(heads)}
    out = []
    for _ in range(layers):
        edges = set()
        for b, s in pairs:
            edges.add((b, s, 2 * m, s))
            for i, (h, r, t) in enumerate(triples):
                if i in removed[b]:
                    continue
                if h == s:
                    edges.add((b, s, r, t))
                if t == s:
                    edges.add((b, s, r + m, h))
        pairs = {(b, o) for b, _, _, o in edges}
        out.append((pairs, edges))
    assert n > max(e for _, e in pairs)
    return out
