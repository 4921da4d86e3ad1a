"""Facts as edges that are read both ways."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.triples import TripleSet


@dataclass(frozen=True)
class BothWays:
    """Two edges for each fact, sorted by target, relation and source.

    Attributes:
        entities: E.
        inverse: (2m,) of the vocabulary.
        source, relation, target: (N,), relation in [0, 2m): r from head to tail, its inverse back.
        fact: (N,) row of the known triples.
        ptr: (E + 1,) where each target's edges begin.
    """

    entities: int
    inverse: Ints
    source: Ints
    relation: Ints
    target: Ints
    fact: Ints
    ptr: Ints

    @classmethod
    def of(cls, known: TripleSet, rows: Ints) -> Self:
        """Edges of some of the known facts. Args: rows: (F,) rows of the known triples."""
        head, stated, tail = known.triples[rows].T
        back = known.vocabulary.inverse[stated]
        source, target = np.concatenate([head, tail]), np.concatenate([tail, head])
        relation, fact = np.concatenate([stated, back]), np.concatenate([rows, rows])
        order = np.lexsort((source, relation, target))
        ptr = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=known.num_entities))])
        source, relation, target, fact = (column[order] for column in (source, relation, target, fact))
        return cls(known.num_entities, known.vocabulary.inverse, source, relation, target, fact, ptr)

    def into(self, entities: Ints) -> Ints:
        """(K,) the edges into some entities, one entity's after the other's."""
        first, count = self.ptr[entities], self.ptr[entities + 1] - self.ptr[entities]
        start = np.cumsum(count) - count
        places: Ints = np.repeat(first - start, count) + np.arange(int(count.sum()))
        return places

    def of_facts(self, facts: Ints) -> Ints:
        """(2 K',) the edges of those of (K,) rows of the known triples that are there, each once."""
        order, rows = self._by_fact
        facts = np.unique(facts)
        place = np.minimum(np.searchsorted(rows, facts), max(len(rows) - 1, 0))
        there = place[rows[place] == facts] if len(rows) else place[:0]
        found: Ints = order[there].ravel()
        return found

    @cached_property
    def _by_fact(self) -> tuple[Ints, Ints]:
        """(F, 2) both edges of each fact, and (F,) its row, ascending."""
        order = np.argsort(self.fact, kind="stable").reshape(-1, 2)
        return order, self.fact[order[:, 0]]
