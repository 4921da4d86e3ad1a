"""Facts as integers: what trainers see of a graph."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np

from graph_schema.arrays import Ints, row_codes
from graph_schema.errors import UnknownName


def unique_rows(triples: Ints) -> Ints:
    """Rows sorted by (head, relation, tail), each once. Args: triples: (N, 3). Returns: (M, 3), M ≤ N."""
    if len(triples) == 0:
        return np.zeros((0, 3), dtype=np.int64)
    codes = row_codes(triples)
    if (codes[1:] > codes[:-1]).all():
        return np.array(triples, order="C")
    return np.ascontiguousarray(triples[np.unique(codes, return_index=True)[1]])


@dataclass(frozen=True)
class Vocabulary:
    """Names and their ids. Ids are positions among the sorted names, so order of arrival never matters.

    `entities` is a tuple, or `graph_schema.names.Names` of an array. `symmetric` names the relations whose
    facts hold in both directions and are stored in one; `implies` holds (relation, other) where each fact of
    the first implies the same of the other, which says less. `structures` has the SMILES, by
    name, of entities that are molecules; it says nothing of facts, so vocabularies are equal whatever it
    holds.
    """

    entities: Sequence[str]
    relations: tuple[str, ...]
    symmetric: frozenset[str] = frozenset()
    implies: frozenset[tuple[str, str]] = frozenset()
    structures: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        entities: Sequence[str],
        relations: Sequence[str],
        symmetric: Sequence[str] = (),
        implies: Iterable[tuple[str, str]] = (),
    ) -> Vocabulary:
        """The vocabulary of these names; duplicates and order do not matter."""
        return cls(
            tuple(sorted(set(entities))),
            tuple(sorted(set(relations))),
            frozenset(symmetric),
            frozenset(implies),
        )

    @cached_property
    def inverse(self) -> Ints:
        """(2m,) for each query relation the one that asks the other way: r + m for r, r for r + m.

        A symmetric relation is its own inverse, and its r + m is never used.
        """
        m = len(self.relations)
        forth, back = np.arange(m) + m, np.arange(m)
        for name in self.symmetric & self.relation_ids.keys():
            forth[self.relation_ids[name]] = self.relation_ids[name]
        return np.concatenate([forth, back]).astype(np.int64)

    @cached_property
    def implied(self) -> Ints:
        """(P, 2) ids of relations and of those that they imply, at once or through others; sorted."""
        found, ahead = set[tuple[str, str]](), set(self.implies)
        while ahead:
            found |= ahead
            ahead = {(a, d) for a, b in found for c, d in self.implies if b == c and a != d} - found
        ids = self.relation_ids
        pairs = sorted((ids[a], ids[b]) for a, b in found if a in ids and b in ids)
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)

    @cached_property
    def entity_ids(self) -> dict[str, int]:
        """Entity id by name."""
        return {name: i for i, name in enumerate(self.entities)}

    @cached_property
    def relation_ids(self) -> dict[str, int]:
        """Relation id by name."""
        return {name: i for i, name in enumerate(self.relations)}

    def entity(self, name: str) -> int:
        """Id of an entity. Raises: UnknownName."""
        try:
            return self.entity_ids[name]
        except KeyError:
            raise UnknownName("entity", name, self.entities) from None

    def relation(self, name: str) -> int:
        """Id of a relation. Raises: UnknownName."""
        try:
            return self.relation_ids[name]
        except KeyError:
            raise UnknownName("relation", name, self.relations) from None

    def encode(self, heads: Sequence[str], relations: Sequence[str], tails: Sequence[str]) -> Ints:
        """(N, 3) int64 rows of these names, in the given order. Raises: UnknownName."""
        rows = np.empty((len(heads), 3), dtype=np.int64)
        try:
            rows[:, 0] = [self.entity_ids[h] for h in heads]
            rows[:, 2] = [self.entity_ids[t] for t in tails]
        except KeyError as missing:
            raise UnknownName("entity", str(missing.args[0]), self.entities) from None
        try:
            rows[:, 1] = [self.relation_ids[r] for r in relations]
        except KeyError as missing:
            raise UnknownName("relation", str(missing.args[0]), self.relations) from None
        return rows


@dataclass(frozen=True)
class TripleSet:
    """A set of facts over a vocabulary: `triples` is (N, 3) int64 (head, relation, tail), sorted, unique."""

    vocabulary: Vocabulary
    triples: Ints

    @classmethod
    def of(cls, vocabulary: Vocabulary, triples: Ints) -> TripleSet:
        """The set of these rows, in any order and multiplicity.

        Raises:
            ValueError: an id lies outside the vocabulary.
        """
        rows = unique_rows(np.asarray(triples, dtype=np.int64).reshape(-1, 3))
        if len(rows):
            limit = (len(vocabulary.entities), len(vocabulary.relations), len(vocabulary.entities))
            if rows.min() < 0 or any(rows[:, i].max() >= limit[i] for i in range(3)):
                raise ValueError(
                    f"ids must lie in [0, {limit[0]}) and [0, {limit[1]}); found {rows.max(axis=0)}"
                )
        rows.setflags(write=False)
        return cls(vocabulary, rows)

    @classmethod
    def from_names(cls, facts: Sequence[tuple[str, str, str]]) -> TripleSet:
        """The set of these (head, relation, tail) names, with a vocabulary of its own."""
        heads, relations, tails = zip(*facts, strict=True) if facts else ((), (), ())
        vocabulary = Vocabulary.of([*heads, *tails], relations)
        return cls.of(vocabulary, vocabulary.encode(heads, relations, tails))

    def __len__(self) -> int:
        return len(self.triples)

    @property
    def num_entities(self) -> int:
        """Size of the entity vocabulary, isolated entities included."""
        return len(self.vocabulary.entities)

    @property
    def num_relations(self) -> int:
        """Size of the relation vocabulary, without inverses."""
        return len(self.vocabulary.relations)

    def union(self, *others: TripleSet) -> TripleSet:
        """Facts of any of the sets; all must share this vocabulary."""
        for other in others:
            if other.vocabulary != self.vocabulary:
                raise ValueError("a union needs one vocabulary")
        return TripleSet.of(self.vocabulary, np.concatenate([self.triples, *(o.triples for o in others)]))

    def names(self, row: Sequence[int] | Ints) -> tuple[str, str, str]:
        """Names of one (head, relation, tail) row."""
        v = self.vocabulary
        return v.entities[int(row[0])], v.relations[int(row[1])], v.entities[int(row[2])]

    def fingerprint(self) -> str:
        """SHA-256 over vocabulary and rows: equal for equal facts, whatever order they came in."""
        digest = hashlib.sha256()
        for names in (self.vocabulary.entities, self.vocabulary.relations):
            digest.update("\0".join(names).encode())
            digest.update(b"\1")
        digest.update(np.ascontiguousarray(self.triples, dtype="<i8").tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Splits:
    """A graph divided for learning; all sets share one vocabulary and no fact is in two of them.

    `known` is what may answer (facts and train); `valid` decides, `test` only reports. `entity_types` is
    (E,) int64, an index into `type_names` for each entity; `fingerprint` is that of the pulled graph. `asked`
    holds the relations that are learned and judged, None for all; `valid` and `test` hold no others.
    """

    known: TripleSet
    valid: TripleSet
    test: TripleSet
    entity_types: Ints
    type_names: tuple[str, ...]
    fingerprint: str
    asked: tuple[str, ...] | None = field(default=None, kw_only=True)

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary all three share."""
        return self.known.vocabulary

    def without_test(self) -> Self:
        """The same graph as if nobody knew that its test facts are true."""
        return replace(self, test=TripleSet(self.vocabulary, np.zeros((0, 3), dtype=np.int64)))

    def asking(self, relations: Sequence[str]) -> Splits:
        """The same graph, of which only these relations are learned and judged. Raises: UnknownName."""
        ids = [self.vocabulary.relation(name) for name in relations]
        valid, test = (
            TripleSet(self.vocabulary, facts.triples[np.isin(facts.triples[:, 1], ids)])
            for facts in (self.valid, self.test)
        )
        return replace(self, valid=valid, test=test, asked=tuple(sorted(set(relations))))

    def all_true(self) -> TripleSet:
        """Every fact of every split: what filtered ranking leaves out."""
        return self.known.union(self.valid, self.test)
