"""Paths without implied facts: those between the same entities that imply them stand instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph_schema.arrays import Ints, Mask
from trainers.kernels import MessageGraph

_MOST = 3
"""Facts considered instead of one."""


@dataclass(frozen=True)
class FactsBetween:
    """The facts between each two entities, without those that others beside them imply.

    Attributes:
        code: (M,) both entities as one number, sorted.
        fact: (M,) rows of the graph's triples.
        of: (N,) the number of each of the graph's facts.
        implied: (N,) which facts stand beside one, between the same two, that says all they say.
    """

    code: Ints
    fact: Ints
    of: Ints
    implied: Mask

    @classmethod
    def over(cls, graph: MessageGraph) -> FactsBetween:
        """Those of a graph."""
        ends = graph.triples[:, [0, 2]]
        code = ends.min(axis=1) * graph.num_entities + ends.max(axis=1)
        implied = _implied(graph)
        kept = np.flatnonzero(~implied)
        order = kept[np.argsort(code[kept], kind="stable")]
        return cls(code[order], order, code, implied)

    def range_of(self, facts: Ints) -> tuple[Ints, Ints]:
        """Where the facts between the same two entities begin and end in `fact`. Args: facts: (F,) rows."""
        code = self.of[facts]
        first, last = np.searchsorted(self.code, code), np.searchsorted(self.code, code, side="right")
        return first, last


def _implied(graph: MessageGraph) -> Mask:
    rows, size = graph.triples, graph.num_entities
    out = np.zeros(len(rows), dtype=bool)
    code, mirrored = rows[:, 0] * size + rows[:, 2], rows[:, 2] * size + rows[:, 0]
    for special, general in graph.implied:
        mine, theirs = rows[:, 1] == special, rows[:, 1] == general
        out |= theirs & np.isin(code, code[mine])
        if graph.inverse[general] == general:
            out |= theirs & np.isin(code, mirrored[mine])
    return out


def without_implied(between: FactsBetween, fact: Ints) -> tuple[Ints, Ints]:
    """The paths that hold a fact which others imply, in each form with these instead of it.

    Args:
        between: The answering graph's.
        fact: (C, K) rows of its triples, -1 after the last.

    Returns:
        (F,) which of the C paths, and (F, K) rows of triples; F ≤ C · 3^K.
    """
    implied = between.implied[np.maximum(fact, 0)] & (fact >= 0)
    origin = np.flatnonzero(implied.any(axis=1))
    rows = fact[origin].astype(np.int64)
    for step in range(fact.shape[1]):
        first, last = between.range_of(np.maximum(rows[:, step], 0))
        count = np.where(implied[origin, step], np.minimum(last - first, _MOST), 1)
        again = np.repeat(np.arange(len(rows)), count)
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        place = np.minimum(first[again] + offset, len(between.fact) - 1)
        origin, rows = origin[again], rows[again]
        rows[:, step] = np.where(implied[origin, step], between.fact[place], rows[:, step])
    return origin, rows
