"""A graph laid out for message passing: facts, their inverses and self loops, by source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np

from graph_schema.arrays import Ints, Ints32, Mask
from graph_schema.triples import TripleSet, Vocabulary


@dataclass(frozen=True)
class MessageGraph:
    """Out-edges by source in compressed rows.

    A fact (h, r, t) gives two edges, h →r t and t →(r + m) h, for m relations (a symmetric relation is its
    own inverse: t →r h); each entity has a self loop of
    relation 2m, so that an entity once reached stays reached (RED-GNN, section 3).

    Attributes:
        num_entities: n.
        num_relations: m, of the vocabulary, without inverses.
        inverse: (2m,) int64, the relation that asks the other way.
        implied: (P, 2) int64, relations and what they imply.
        row_ptr: (n + 1,) int64, where each entity's edges begin.
        target: (E,) int32 entities.
        relation: (E,) int32 in [0, 2m].
        fact: (E,) int32, the row of `triples` an edge comes from; -1 for a self loop.
        triples: (N, 3) int64 facts.
    """

    num_entities: int
    num_relations: int
    inverse: Ints
    implied: Ints
    row_ptr: Ints
    target: Ints32
    relation: Ints32
    fact: Ints32
    triples: Ints

    @classmethod
    def of(cls, facts: TripleSet) -> MessageGraph:
        """The graph of these facts, laid out once for all who hold it at the same time."""
        key, words = id(facts.triples), facts.vocabulary
        held = _laid_out.get(key)
        if held is None or held.triples is not facts.triples or not held.speaks(words):
            held = cls.over(words, facts.triples)
            _laid_out[key] = held
        return held

    def speaks(self, vocabulary: Vocabulary) -> bool:
        """Whether it was laid out for entities and relations like these."""
        same = self.num_entities == len(vocabulary.entities)
        return same and all(
            np.array_equal(mine, other)
            for mine, other in ((self.inverse, vocabulary.inverse), (self.implied, vocabulary.implied))
        )

    @classmethod
    def over(cls, vocabulary: Vocabulary, triples: Ints) -> MessageGraph:
        """The graph of these (N, 3) facts, whose rows keep their order."""
        num_entities, num_relations = len(vocabulary.entities), len(vocabulary.relations)
        count = len(triples)
        everyone = np.arange(num_entities, dtype=np.int64)
        source = np.concatenate([triples[:, 0], triples[:, 2], everyone])
        target = np.concatenate([triples[:, 2], triples[:, 0], everyone])
        relation = np.concatenate(
            [triples[:, 1], vocabulary.inverse[triples[:, 1]], np.full(num_entities, 2 * num_relations)]
        )
        row = np.arange(count)
        fact = np.concatenate([row, row, np.full(num_entities, -1)])
        order = np.argsort(source, kind="stable")
        row_ptr = np.zeros(num_entities + 1, dtype=np.int64)
        np.cumsum(np.bincount(source, minlength=num_entities), out=row_ptr[1:])
        return cls(
            num_entities,
            num_relations,
            vocabulary.inverse,
            vocabulary.implied,
            row_ptr,
            target[order].astype(np.int32),
            relation[order].astype(np.int32),
            fact[order].astype(np.int32),
            triples,
        )

    @property
    def relation_vocabulary(self) -> int:
        """2m + 1: relations, inverses, the self loop."""
        return 2 * self.num_relations + 1


_laid_out: WeakValueDictionary[int, MessageGraph] = WeakValueDictionary()
"""By the identity of their facts' rows, which they keep alive."""


@dataclass(frozen=True)
class Removed:
    """Facts switched off for single queries: query b goes without `fact[ptr[b]:ptr[b + 1]]`.

    Attributes:
        ptr: (B + 1,) int64.
        fact: (K,) int32, rows of the graph's triples.
    """

    ptr: Ints
    fact: Ints32

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Removed:
        """One list of fact rows for each query."""
        ptr = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(r) for r in rows], out=ptr[1:])
        return cls(ptr, np.array([f for r in rows for f in r], dtype=np.int32))

    def among(self, queries: Ints, facts: Ints) -> Mask:
        """(F,) which of (F, K) rows of facts hold one that is switched off for its query, of (F,) queries."""
        if not len(self.fact):
            return np.zeros(len(facts), dtype=bool)
        width = int(max(self.fact.max(), facts.max(initial=0))) + 1
        off = np.repeat(np.arange(len(self.ptr) - 1), np.diff(self.ptr)) * width + self.fact
        found: Mask = np.logical_or.reduce(
            np.isin(queries[:, None] * width + facts, off) & (facts >= 0), axis=1
        )
        return found

    @classmethod
    def none(cls, queries: int) -> Removed:
        """Nothing is switched off."""
        return cls(np.zeros(queries + 1, dtype=np.int64), np.zeros(0, dtype=np.int32))
