"""Queries of known facts in steps of about equally many answers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph_schema.arrays import Ints
from trainers.evaluation import Queries


def steps(queries: Queries, size: int, draw: np.random.Generator) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """Runs of shuffled queries holding about `size` answers: heads, relations, answer pointers, answers."""
    order = draw.permutation(len(queries))
    counts = np.diff(queries.ptr)[order]
    step = (np.cumsum(counts) - counts) // size
    for rows in np.split(order, np.flatnonzero(np.diff(step)) + 1):
        ptr = np.concatenate([[0], np.cumsum(queries.ptr[rows + 1] - queries.ptr[rows])])
        answers = np.concatenate([queries.answer[queries.ptr[r] : queries.ptr[r + 1]] for r in rows])
        yield queries.head[rows], queries.relation[rows], ptr, answers
