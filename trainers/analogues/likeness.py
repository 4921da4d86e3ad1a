"""How alike entities are: Tanimoto over structures, and over the facts known of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, lil_matrix

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.triples import TripleSet
from trainers.analogues.structures import can_read_structures, fingerprints

_BLOCK = 512
"""Rows of the table of likenesses that are made together."""


@dataclass(frozen=True)
class Likeness:
    """Entities that may be compared, and what they are compared by.

    The likeness of two is `share` · T(structures) + (1 - share) · T(traits), T(a, b) = Σ w min / Σ w max over
    the features of either (Tanimoto), 0 where one has none. Compared are those that stand in a known pair or
    have a structure, and whoever shares a trait with them. A trait is a fact with somebody else: relation,
    direction and other end, that at least two of the former have. It weighs the squared logarithm of how rare
    it is among them, as in tf-idf.

    Attributes:
        entities: (P,) ids, ascending.
        place: (E,) place of an entity in `entities`, -1 where it is not there.
        structures: (P, bits) 0 or 1.
        traits: (P, F) the square root of a trait's weight where it holds.
        share: What structures count for; 0 where there are none to read.
        facts: (N, 2) place of the entity and trait of each fact that gives one,
        rows: (N,) and its row in the known triples.
        width: F.
    """

    entities: Ints
    place: Ints
    structures: csr_matrix
    traits: csr_matrix
    share: float
    facts: Ints
    rows: Ints
    width: int

    @classmethod
    def of(cls, known: TripleSet, types: Ints, share: float) -> Self:
        """Of a graph.

        Args:
            known: The facts.
            types: (T,) relations of pairs; their facts are no traits.
            share: What structures count for, in [0, 1].
        """
        count, smiles, triples = known.num_entities, known.vocabulary.structures, known.triples
        typed = np.isin(triples[:, 1], types)
        able = np.zeros(count, dtype=bool)
        able[triples[typed][:, [0, 2]].ravel()] = True
        ids = known.vocabulary.entity_ids if smiles else {}
        able[[ids[name] for name in smiles if name in ids]] = True
        who, what, rows = _features(triples, typed, able)
        entities = np.union1d(np.flatnonzero(able), who)
        place = np.full(count, -1, dtype=np.int64)
        place[entities] = np.arange(len(entities))
        names = known.vocabulary.entities
        readable = bool(smiles) and can_read_structures()
        bits = fingerprints([smiles.get(names[int(e)], "") if readable else "" for e in entities.tolist()])
        facts = np.stack([place[who], what], axis=1)
        pairs = np.unique(facts, axis=0)
        had = np.bincount(pairs[able[entities[pairs[:, 0]]], 1])
        weight = np.log(max(int(able.sum()), 1) / np.maximum(had, 1))
        shape = (len(entities), len(had))
        traits = csr_matrix((weight[pairs[:, 1]], (pairs[:, 0], pairs[:, 1])), shape=shape)
        share = (share if bits.nnz else 0.0) if traits.nnz else 1.0
        return cls(entities, place, bits, traits, share, facts, rows, len(had))

    def of_rows(self, places: Ints, without: Sequence[Collection[int]] = ()) -> Floats:
        """(B, P) likeness of (B,) places to all.

        Args:
            places: Whose.
            without: For each, rows of the known triples not there; none at all for nothing.
        """
        total = np.zeros((len(places), len(self.entities)))
        traits = self.traits[places]
        if len(without):
            traits = traits - traits.multiply(self._missing(places, without))
        structures, every = self._laid_out
        for share, some, others in (
            (self.share, self.structures[places], structures),
            (1 - self.share, traits, every),
        ):
            if share:
                total += share * _tanimoto(some, *others)
        return total

    @cached_property
    def _laid_out(self) -> tuple[tuple[csr_matrix, Floats], ...]:
        """Of structures and of traits the (F, P) columns and the (P,) sums of squares."""
        return tuple((csr_matrix(rows.T), _squares(rows)) for rows in (self.structures, self.traits))

    def goes_by(self, place: int, facts: Collection[int]) -> bool:
        """Whether some rows of the known triples give a trait of this one."""
        return any(place in self._giving.get(fact, ()) for fact in facts)

    @cached_property
    def _giving(self) -> dict[int, tuple[int, ...]]:
        """The places whose traits a row of the known triples gives."""
        found: dict[int, tuple[int, ...]] = {}
        for row, place in zip(self.rows.tolist(), self.facts[:, 0].tolist(), strict=True):
            found[row] = (*found.get(row, ()), place)
        return found

    def _missing(self, places: Ints, without: Sequence[Collection[int]]) -> csr_matrix:
        """(B, F) 1 where the fact behind a trait is not there."""
        every = np.fromiter({fact for facts in without for fact in facts}, dtype=np.int64)
        here = np.isin(self.rows, every)
        gone, rows = self.facts[here], self.rows[here]
        mask = lil_matrix((len(places), self.width))
        for row, (place, facts) in enumerate(zip(places.tolist(), without, strict=True)):
            mine = (gone[:, 0] == place) & np.isin(rows, np.fromiter(facts, dtype=np.int64))
            mask[row, gone[mine, 1]] = 1.0
        return csr_matrix(mask)

    def nearest(self, able: Ints, most: int) -> tuple[Ints, Floats]:
        """(P, k) places of those most alike among some, and how much; who is not alike at all is -1, with 0.

        Args:
            able: (A,) places that may be named; nobody names himself.
            most: How many.
        """
        k, count = min(most, len(able)), len(self.entities)
        near, much = np.full((count, k), -1, dtype=np.int64), np.zeros((count, k))
        for start in range(0, count, _BLOCK):
            places = np.arange(start, min(start + _BLOCK, count))
            near[places], much[places] = self._best(places, able, k, ())
        return near, much

    def nearest_without(
        self, places: Ints, able: Ints, most: int, without: Sequence[Collection[int]]
    ) -> tuple[Ints, Floats]:
        """(B, k) and (B, k): `nearest` of (B,) places, with rows of the known triples not there for each."""
        k, parts = min(most, len(able)), []
        for start in range(0, len(places), _BLOCK):
            some = slice(start, start + _BLOCK)
            parts.append(self._best(places[some], able, k, without[some]))
        near, much = (np.concatenate(column) for column in zip(*parts, strict=True))
        return near, much

    def _best(
        self, places: Ints, able: Ints, k: int, without: Sequence[Collection[int]]
    ) -> tuple[Ints, Floats]:
        likeness = self.of_rows(places, without)[:, able]
        likeness[places[:, None] == able] = 0.0
        order = np.argsort(-likeness, axis=1, kind="stable")[:, :k]
        much = np.take_along_axis(likeness, order, axis=1)
        return np.where(much > 0, able[order], -1), much


def _squares(rows: csr_matrix) -> Floats:
    sums: Floats = np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel()
    return sums


def _tanimoto(some: csr_matrix, columns: csr_matrix, squares: Floats) -> Floats:
    """(B, P) of (B, F) rows and (F, P) columns of roots of weights. Args: squares: (P,) of the columns."""
    shared: Floats = csr_matrix(some @ columns).toarray()
    joint = _squares(some)[:, None] + squares - shared
    alike: Floats = np.divide(shared, joint, out=np.zeros_like(shared), where=joint > 0)
    return alike


def _features(triples: Ints, typed: Mask, able: Mask) -> tuple[Ints, Ints, Ints]:
    """(N,) entities, (N,) traits and (N,) rows of the facts that give one; see `Likeness`."""
    parts = []
    for one, other, turned in ((0, 2, 0), (2, 0, 1)):
        rows = np.flatnonzero(~typed & ~able[triples[:, other]])
        what = np.stack([2 * triples[rows, 1] + turned, triples[rows, other]], axis=1)
        parts.append((triples[rows, one], what, rows))
    who, what, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
    _, number = np.unique(what, axis=0, return_inverse=True)
    number = number.reshape(-1)
    pairs = np.unique(np.stack([who, number], axis=1), axis=0)
    had = np.bincount(pairs[able[pairs[:, 0]], 1], minlength=int(number.max()) + 1 if len(number) else 0)
    real, column = had > 1, np.cumsum(had > 1) - 1
    kept = real[number]
    return who[kept], column[number[kept]], rows[kept]
