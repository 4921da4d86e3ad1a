"""Pairs and the types that hold between them: the facts of some relations, told apart by relation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.triples import Splits, TripleSet

SEVERAL = 0.05
"""Share of known pairs with more than one type from which on each type is judged by itself."""

PROTOCOLS = ("both known", "one new", "both new")
"""By how many ends of a pair stand in no known fact of the types."""


@dataclass(frozen=True)
class PairSplits(Splits):
    """A divided graph whose facts of some relations are pairs with a type; see `Splits`.

    `valid` and `test` hold such facts only, without pairs that are known in either direction, nor in `test`
    those of `valid`; `known` stays the whole graph.

    Attributes:
        types: (T,) relations that are told apart, sorted.
        left_out: How many facts of each split are of pairs met before, by split.
    """

    types: Ints
    left_out: dict[str, int]

    @classmethod
    def of(cls, splits: Splits, types: Ints) -> Self:
        """The same graph with its pairs."""
        met, kept, gone = _ends(_of(splits.known, types)), {}, {}
        for name in ("valid", "test"):
            rows = _of(getattr(splits, name), types)
            new = ~np.isin(_ends(rows), met)
            kept[name], gone[name] = TripleSet.of(splits.vocabulary, rows[new]), int((~new).sum())
            met = np.concatenate([met, _ends(rows[new])])
        shared = {f.name: getattr(splits, f.name) for f in fields(Splits)}
        return cls(**{**shared, **kept}, types=types, left_out=gone)

    @cached_property
    def known_pairs(self) -> Ints:
        """(N, 3) known facts of the types."""
        return _of(self.known, self.types)

    @cached_property
    def several(self) -> bool:
        """Whether pairs have several types often enough that one answer would not do."""
        pairs = self.known_pairs
        if not len(pairs):
            return False
        _, count = np.unique(pairs[:, [0, 2]], axis=0, return_counts=True)
        return float(np.mean(count > 1)) >= SEVERAL

    def protocol(self, rows: Ints) -> Ints:
        """(N,) place in `PROTOCOLS` of each of (N, 3) facts."""
        there = np.zeros(self.known.num_entities, dtype=bool)
        there[self.known_pairs[:, [0, 2]].ravel()] = True
        new: Ints = (~there[rows[:, [0, 2]]]).sum(axis=1)
        return new

    def places(self, relations: Ints) -> Ints:
        """(N,) place in `types` of each of (N,) relations, which must be among them."""
        return np.searchsorted(self.types, relations)

    def labelled(self, rows: Ints) -> tuple[Ints, Mask]:
        """(P, 2) distinct pairs of (N, 3) facts, and (P, T) which types hold between them."""
        pairs, place = np.unique(rows[:, [0, 2]], axis=0, return_inverse=True)
        labels = np.zeros((len(pairs), len(self.types)), dtype=bool)
        labels[place.reshape(-1), self.places(rows[:, 1])] = True
        return pairs, labels


def _of(facts: TripleSet, types: Ints) -> Ints:
    rows: Ints = facts.triples[np.isin(facts.triples[:, 1], types)]
    return rows


def _ends(rows: Ints) -> Ints:
    """(N,) a number for each fact's pair, whichever way round."""
    ends = np.sort(rows[:, [0, 2]], axis=1)
    code: Ints = ends[:, 0] * (1 << 31) + ends[:, 1]
    return code


def log_shares(scores: Floats, temperature: float = 1.0) -> Floats:
    """(B, T) log-probabilities of what is scored, given that one holds: softmax of scores / temperature."""
    values = scores.astype(np.float64) / temperature
    values -= values.max(axis=1, keepdims=True)
    shares: Floats = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
    return shares


def lost_odds(before: Floats, after: Floats, place: int) -> float:
    """Share of the odds of one type, against all others, that is gone. Args: before, after: (T,) scores."""
    odds = [float(s[place] - np.logaddexp.reduce(np.delete(s, place))) for s in (before, after)]
    return 1 - float(np.exp(min(0.0, odds[1] - odds[0])))


def both_ways(
    forth: Floats, back: Floats, types: Ints, known: TripleSet, allowed: Mapping[int, Mask], ends: Ints
) -> Floats:
    """(B, 2T) scores of all that may hold of a pair: the types from head to tail, then those the other way.

    Of a pair that is only known to interact neither type nor direction is given. -inf stands for what cannot
    hold: the other way of a type that is the same both ways, and ends of the wrong kind.

    Args:
        forth, back: (B, T) scores of (head, ?, tail) and of (tail, ?, head).
        types: (T,) relations.
        known: Says which relations are the same both ways.
        allowed: By relation in [0, 2m): (E,) who may be the answer.
        ends: (B, 2) heads and tails.
    """
    m, inverse = known.num_relations, known.vocabulary.inverse
    scores = np.concatenate([forth, back], axis=1).astype(np.float64)
    for place, relation in enumerate(types.tolist(), len(types)):
        if inverse[relation] == relation:
            scores[:, place] = -np.inf
        for side, end in ((relation, 0), (relation + m, 1)):
            if side in allowed:
                scores[~allowed[side][ends[:, end]], place] = -np.inf
    return scores


def batches(count: int, size: int = 4096) -> Iterator[slice]:
    """Slices of at most `size` rows."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
