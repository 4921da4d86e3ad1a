"""Drugs to open with: ends of pairs that were held out, so that what is predicted of them can be checked."""

from __future__ import annotations

from collections import Counter

import numpy as np

from kgplatform.graphs.pulling import PulledGraph


def example_drugs(graph: PulledGraph, most: int = 5) -> tuple[str, ...]:
    """Ids of some drugs: that in most held-out pairs, and its partners in them, most asked about first.

    Args:
        graph: With pairs as its target; those that are known serve where none were held out.
        most: Drugs.
    """
    types = [graph.vocabulary.relation(name) for name in graph.targets]
    for rows in (np.concatenate([graph.test.triples, graph.valid.triples]), graph.known.triples):
        pairs = rows[np.isin(rows[:, 1], types)][:, [0, 2]]
        if len(pairs):
            break
    else:
        return ()
    count = Counter(pairs.ravel().tolist())
    order = sorted(count, key=lambda place: (-count[place], place))
    first = order[0]
    with_it = set(pairs[(pairs == first).any(1)].ravel().tolist()) - {first}
    chosen = [first, *(place for place in order if place in with_it)]
    return tuple(graph.vocabulary.entities[place] for place in chosen[:most])
