"""Votes of analogues: of which types the known pairs are that differ from a pair by one that is alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.triples import TripleSet
from trainers.analogues.likeness import Likeness
from trainers.kernels import Removed
from trainers.known_links import KnownLinks

_AT_ONCE = 4_000_000
"""Pairs of analogues that are looked up together."""


@dataclass(frozen=True)
class Cast:
    """Votes as they were cast: of which pair asked, for which type, on what fact, with what weight; (N,)."""

    pair: Ints
    type: Ints
    fact: Ints
    weight: Floats

    def counted(self, pairs: int, types: int) -> Floats:
        """(pairs, types) sums of weights."""
        code = self.pair * types + self.type
        total = np.bincount(code, self.weight, minlength=pairs * types)
        return total.astype(np.float64).reshape(pairs, types)


@dataclass(frozen=True)
class Votes:
    """The known pairs of some types, and the analogues of whom may be asked for.

    Of a pair (u, v) vote, for their types, the known pairs (u', v) where v stands in known pairs, and (u, v')
    where u does; (u', v') where neither does. u' is one of the analogues of u, those of most likeness that
    stand in known pairs; a vote weighs likeness to some power, of both where both are replaced.

    Attributes:
        likeness: Who is like whom.
        near, weight: (P, k) entities, -1 for nobody, and what they weigh.
        known: (E,) who stands in a known pair.
        code: (N,) head · E + tail of known pairs, ascending; of a type that holds both ways there are both.
        type, fact: (N,) place of the pair's type, and its row in the known triples.
        power: See above.
    """

    likeness: Likeness
    near: Ints
    weight: Floats
    known: Mask
    code: Ints
    type: Ints
    fact: Ints
    power: float

    @classmethod
    def of(cls, known: TripleSet, types: Ints, *, neighbours: int, power: float, share: float) -> Self:
        """Of the known facts. Args: neighbours: Analogues of each; power, share: See `Votes`, `Likeness`."""
        likeness = Likeness.of(known, types, share)
        rows = np.flatnonzero(np.isin(known.triples[:, 1], types))
        typed, count = known.triples[rows], known.num_entities
        there = np.zeros(count, dtype=bool)
        there[typed[:, [0, 2]].ravel()] = True
        near, much = likeness.nearest(likeness.place[np.flatnonzero(there)], neighbours)
        both = known.vocabulary.inverse[typed[:, 1]] == typed[:, 1]
        head, tail = (np.concatenate([typed[:, a], typed[both, b]]) for a, b in ((0, 2), (2, 0)))
        kind = np.searchsorted(types, np.concatenate([typed[:, 1], typed[both, 1]]))
        fact = np.concatenate([rows, rows[both]])
        code = head * count + tail
        order = np.lexsort((kind, code))
        who = np.where(near >= 0, likeness.entities[near], -1)
        weight = much**power
        return cls(likeness, who, weight, there, code[order], kind[order], fact[order], power)

    def cast(self, heads: Ints, tails: Ints, without: Sequence[Sequence[int]] = ()) -> Cast:
        """All votes on (B,) pairs.

        Args:
            heads, tails: The pairs.
            without: For each, rows of the known triples not there; none at all for nothing.
        """
        sides = [self._analogues(ends, without) for ends in (heads, tails)]
        one = np.ones((len(heads), 1))
        alone = [(ends[:, None], one) for ends in (heads, tails)]
        met = [self.known[ends] for ends in (heads, tails)]
        parts = [
            self._asked(np.flatnonzero(met[1]), sides[0], alone[1]),
            self._asked(np.flatnonzero(met[0]), alone[0], sides[1]),
            self._asked(np.flatnonzero(~met[0] & ~met[1]), *sides),
        ]
        pair, kind, fact, weight = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("pair", "type", "fact", "weight")
        )
        kept = ~Removed.of(without).among(pair, fact[:, None]) if without else slice(None)
        return Cast(pair[kept], kind[kept], fact[kept], weight[kept])

    def recast(self, cast: Cast, heads: Ints, tails: Ints, without: Sequence[Sequence[int]]) -> Cast:
        """What `cast` gives without some facts, from the votes cast with all there: few pairs vote again.

        Args:
            cast: All votes on the pairs.
            heads, tails, without: See `cast`.
        """
        place = self.likeness.place
        again = [
            row
            for row, (head, tail, gone) in enumerate(
                zip(place[heads].tolist(), place[tails].tolist(), without, strict=True)
            )
            if self.likeness.goes_by(head, gone) or self.likeness.goes_by(tail, gone)
        ]
        stale = np.zeros(len(heads), dtype=bool)
        stale[again] = True
        kept = ~stale[cast.pair]
        kept[kept] = ~Removed.of(without).among(cast.pair[kept], cast.fact[kept, None])
        new = self.cast(heads[again], tails[again], [without[row] for row in again])
        return Cast(
            np.concatenate([cast.pair[kept], np.array(again, dtype=np.int64)[new.pair]]),
            np.concatenate([cast.type[kept], new.type]),
            np.concatenate([cast.fact[kept], new.fact]),
            np.concatenate([cast.weight[kept], new.weight]),
        )

    def shares(self, heads: Ints, tails: Ints, types: int) -> Floats:
        """(B, types) votes on (B,) pairs, each row adding up to 1, or to 0 where nobody votes."""
        k = max(self.near.shape[1], 1)
        found = [np.zeros((0, types))]
        size = max(1, _AT_ONCE // (k * k))
        for start in range(0, len(heads), size):
            some = slice(start, start + size)
            total = self.cast(heads[some], tails[some]).counted(len(heads[some]), types)
            found.append(total / np.maximum(total.sum(axis=1, keepdims=True), 1e-12))
        return np.concatenate(found)

    @property
    def has_analogues(self) -> Mask:
        """(E,) who is like somebody that stands in a known pair."""
        alike = np.append(self.weight.sum(axis=1) > 0, False)
        has: Mask = alike[self.likeness.place]
        return has

    def linked(
        self, links: KnownLinks, heads: Ints, tails: Ints, without: Sequence[Sequence[int]] = ()
    ) -> Floats:
        """(B,) the weighed share of those analogues of (B,) pairs that have a known pair with the other end.

        Of a pair of known ends it is the mean of both sides' shares; of two new ones analogues of one are
        asked for pairs with analogues of the other.

        Args:
            links: Known pairs, without those that are not there.
            heads, tails: The pairs.
            without: For each, rows of the known triples not there; none at all for nothing.
        """
        found, size = [np.zeros(0)], max(1, _AT_ONCE // max(self.near.shape[1], 1) ** 2)
        for start in range(0, len(heads), size):
            ends = [some[start : start + size] for some in (heads, tails)]
            sides = [self._analogues(some, without[start : start + size]) for some in ends]
            alone = [(some[:, None], np.ones((len(some), 1))) for some in ends]
            one, other = _share(links, sides[0], alone[1]), _share(links, alone[0], sides[1])
            met = [self.known[some] for some in ends]
            share = np.where(met[1], np.where(met[0], (one + other) / 2, one), other)
            new = np.flatnonzero(~met[0] & ~met[1])
            share[new] = _share(links, *((who[new], much[new]) for who, much in sides))
            found.append(share)
        return np.concatenate(found)

    def _analogues(self, ends: Ints, without: Sequence[Sequence[int]]) -> tuple[Ints, Floats]:
        """(B, k) analogues of (B,) entities, and what they weigh."""
        place = self.likeness.place[ends]
        near = np.where((place >= 0)[:, None], self.near[place], -1)
        weight = self.weight[place]
        gone = without or [()] * len(ends)
        told = [
            row
            for row, (at, facts) in enumerate(zip(place.tolist(), gone, strict=True))
            if at >= 0 and self.likeness.goes_by(at, facts)
        ]
        if told:
            able, off = self.likeness.place[np.flatnonzero(self.known)], [gone[row] for row in told]
            who, much = self.likeness.nearest_without(place[told], able, self.near.shape[1], off)
            near[told] = np.where(who >= 0, self.likeness.entities[who], -1)
            weight[told] = much**self.power
        return near, weight

    def _asked(self, pairs: Ints, heads: tuple[Ints, Floats], tails: tuple[Ints, Floats]) -> Cast:
        """Votes of known pairs between (B, a) heads and (B, b) tails, of some of the B pairs."""
        (who, much), (whom, more) = ((ends[pairs], weight[pairs]) for ends, weight in (heads, tails))
        code = who[:, :, None] * len(self.known) + whom[:, None, :]
        real = (who >= 0)[:, :, None] & (whom >= 0)[:, None, :] & (who[:, :, None] != whom[:, None, :])
        weight = np.broadcast_to(much[:, :, None] * more[:, None, :], code.shape)[real]
        of = np.broadcast_to(pairs[:, None, None], code.shape)[real]
        first, last = (np.searchsorted(self.code, code[real], side) for side in ("left", "right"))
        times = last - first
        which = np.repeat(np.arange(len(times)), times)
        entry = np.repeat(first, times) + np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        return Cast(of[which], self.type[entry], self.fact[entry], weight[which])


def _share(links: KnownLinks, heads: tuple[Ints, Floats], tails: tuple[Ints, Floats]) -> Floats:
    """(B,) weighed share of the pairs between (B, a) and (B, b) entities that are known; nobody is -1."""
    (who, much), (whom, more) = heads, tails
    who, whom = who[:, :, None], whom[:, None, :]
    real = (who >= 0) & (whom >= 0) & (who != whom)
    weight = much[:, :, None] * more[:, None, :] * real
    known = links.among(np.maximum(who, 0), np.maximum(whom, 0))
    share: Floats = (weight * known).sum(axis=(1, 2)) / np.maximum(weight.sum(axis=(1, 2)), 1e-12)
    return share
