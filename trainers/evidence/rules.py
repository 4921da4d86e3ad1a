"""Rules behind paths: how often entities joined by the same chain of relations are related as predicted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from threading import Lock
from typing import Self

import numpy as np

from graph_schema.arrays import Ints, Ints32, Mask
from graph_schema.triples import TripleSet
from trainers.kernels.rules.loops import count_rules
from trainers.kernels.threads import run_chunks
from trainers.trainer import RowPath

HEADS = 100
"""So many heads are looked at where there are more than twice as many; else all of them."""

EDGES = 100_000
"""Edges followed for one rule before no further head is begun."""

_LARGE = 10_000_000
"""Places kept at most of where each entity's edges of each relation begin; beyond, they are looked for."""

Walk = tuple[tuple[int, ...], tuple[int, ...]]
"""The relations that a path walks, in [0, 2m), and everybody it meets, the head first."""

_NOBODY, _NOTHING = np.array([-1, -1], dtype=np.int64), np.zeros(0, dtype=bool)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule holds.

    Attributes:
        support: Pairs that it joins and that are known to be related as it says.
        pairs: Pairs that it joins, from heads known to have the relation to somebody.
        heads: Heads looked at, drawn at random, where not all were; None where the counts are exact.
    """

    support: int
    pairs: int
    heads: int | None

    @property
    def confidence(self) -> float:
        """Share of pairs that hold; 0 without any pair."""
        return self.support / self.pairs if self.pairs else 0.0

    @property
    def lower_bound(self) -> float:
        """The share as it is compared: few pairs prove little. Lower end of Wilson's interval, z = 1."""
        if self.pairs == 0:
            return 0.0
        n, p = self.pairs, self.confidence
        return (p + 1 / (2 * n) - math.sqrt(p * (1 - p) / n + 1 / (4 * n * n))) / (1 + 1 / n)


@dataclass(frozen=True)
class _Edges:
    """Facts and their inverses as `count_rules` takes them, with one number for each, sorted."""

    begin: Ints
    where: Ints32
    source: Ints
    target: Ints32
    fact: Ints
    code: Ints

    @classmethod
    def of(cls, known: TripleSet) -> Self:
        rows, inverse, size = known.triples, known.vocabulary.inverse, known.num_entities
        relation = np.concatenate([rows[:, 1], inverse[rows[:, 1]]])
        source, target = (np.concatenate([rows[:, i], rows[:, 2 - i]]) for i in (0, 2))
        code = (relation * size + source) * size + target
        order = np.argsort(code, kind="stable")
        code, relations = code[order], 2 * len(known.vocabulary.relations)
        begin = np.searchsorted(code, np.arange(relations + 1) * size * size)
        where = np.zeros((0, 0), dtype=np.int32)
        if relations * (size + 1) <= _LARGE:
            asked = np.arange(relations)[:, None] * size + np.arange(size + 1)
            where = np.searchsorted(code, asked * size).astype(np.int32)
        fact = np.tile(np.arange(len(rows)), 2)[order]
        return cls(begin, where, source[order], target[order].astype(np.int32), fact, code)


@dataclass(frozen=True)
class RuleCounts:
    """Counts over one graph, each made once.

    A rule is a relation and the chain of relations that a path walks, both in [0, 2m). Its confidence is
    taken under partial completeness (Galárraga et al., AMIE, WWW 2013): only pairs count whose head is known
    to have the relation to somebody, since of others nothing may be known. Chains that come back to the head
    or to where they just were do not count, so that up to three steps no entity stands twice.

    Attributes:
        known: The facts.
        heads, edges: `HEADS` and `EDGES`, or others.
    """

    known: TripleSet
    heads: int = HEADS
    edges: int = EDGES
    _counted: dict[tuple[int, ...], RuleCount] = field(default_factory=dict, repr=False)
    _drawn: dict[int, tuple[Ints, dict[int, int]]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @cached_property
    def _edges(self) -> _Edges:
        return _Edges.of(self.known)

    @cached_property
    def _room(self) -> tuple[Ints32, Ints32]:
        return self._new_room()

    def _new_room(self) -> tuple[Ints32, Ints32]:
        """Marks and rows as `count_rules` takes them."""
        size = self.known.num_entities
        return np.zeros((size + 1, 4), dtype=np.int32), np.zeros((2, size), dtype=np.int32)

    def walks(self, heads: Sequence[int], paths: Sequence[RowPath]) -> list[Walk]:
        """What paths from these heads walk, path by path. Args: heads: the one each path begins at."""
        lengths = np.array([len(path.facts) for path in paths], dtype=np.int64)
        rows = self.known.triples[np.fromiter((f for p in paths for f in p.facts), np.int64, lengths.sum())]
        begin = np.cumsum(lengths) - lengths
        back, here = np.empty(len(rows), dtype=bool), np.array(heads, dtype=np.int64)
        for step in range(lengths.max(initial=0)):
            some = np.flatnonzero(lengths > step)
            place = begin[some] + step
            back[place] = rows[place, 0] != here[some]
            here[some] = np.where(back[place], rows[place, 0], rows[place, 2])
        inverse = self.known.vocabulary.inverse
        relations = np.where(back, inverse[rows[:, 1]], rows[:, 1]).tolist()
        entities = np.where(back, rows[:, 0], rows[:, 2]).tolist()
        ends = zip(heads, begin.tolist(), (begin + lengths).tolist(), strict=True)
        return [(tuple(relations[i:j]), (head, *entities[i:j])) for head, i, j in ends]

    def prepare(self, asked: Iterable[tuple[int, ...]]) -> None:
        """Count rules that will be asked for, several at a time. Args: asked: relation and rule in one."""
        new = sorted(set(asked) - self._counted.keys(), key=lambda key: (key[0], len(key), key))
        parts = [list(some) for _, some in groupby(new, key=lambda key: (key[0], len(key)))]
        for relation in {key[0] for key in new}:
            self._heads(relation)
        rooms = [self._room]

        def some(part: int) -> None:
            room = rooms.pop() if rooms else self._new_room()
            keys = parts[part]
            rules = [key[1:] for key in keys]
            counts = self._counts(keys[0][0], rules, self._heads(keys[0][0]), _NOTHING, _NOBODY, room)
            self._counted.update(zip(keys, counts, strict=True))
            rooms.append(room)

        with self._lock:
            run_chunks(some, len(parts), len(new) * self.heads)

    def count(
        self, relation: int, rule: tuple[int, ...], pair: tuple[int, int], deleted: Mask | None = None
    ) -> RuleCount:
        """How often a rule holds among all pairs but one that it joins.

        Args:
            relation: The relation predicted, in [0, 2m).
            rule: The relations walked, in [0, 2m).
            pair: Head and tail that are not counted, so that a prediction does not speak for itself.
            deleted: (N,) facts that are not there; None: all are.
        """
        if deleted is not None:
            return self._alone(relation, rule, self._heads(relation), deleted, np.array(pair))
        key = (relation, *rule)
        whole = self._counted.get(key)
        if whole is None:
            whole = self._alone(relation, rule, self._heads(relation), _NOTHING, _NOBODY)
            self._counted[key] = whole
        place = self._place(relation, pair[0])
        if place is None or (whole.heads is not None and place >= whole.heads):
            return whole  # its head has the relation to nobody, or was not looked at
        if not self._is_known(pair[0], relation, pair[1]):
            return RuleCount(whole.support, whole.pairs - 1, whole.heads)
        head = self._heads(relation)[place : place + 1]
        its, others = (self._alone(relation, rule, head, _NOTHING, own) for own in (_NOBODY, np.array(pair)))
        return RuleCount(
            whole.support - its.support + others.support, whole.pairs - its.pairs + others.pairs, whole.heads
        )

    def _is_known(self, head: int, relation: int, tail: int) -> bool:
        code = (relation * self.known.num_entities + head) * self.known.num_entities + tail
        place = int(self._edges.code.searchsorted(code))
        return place < len(self._edges.code) and bool(self._edges.code[place] == code)

    def _heads(self, relation: int) -> Ints:
        return self._order(relation)[0]

    def _place(self, relation: int, head: int) -> int | None:
        """Where a head comes in that order; None where it has the relation to nobody."""
        return self._order(relation)[1].get(head)

    def _order(self, relation: int) -> tuple[Ints, dict[int, int]]:
        """Who is known to have the relation to somebody, in a fixed random order, and each one's place."""
        if relation not in self._drawn:
            first, last = self._edges.begin[relation : relation + 2]
            heads = np.random.default_rng(relation).permutation(np.unique(self._edges.source[first:last]))
            self._drawn[relation] = heads, {head: place for place, head in enumerate(heads.tolist())}
        return self._drawn[relation]

    def _alone(
        self, relation: int, rule: tuple[int, ...], heads: Ints, deleted: Mask, own: Ints
    ) -> RuleCount:
        with self._lock:
            return self._counts(relation, [rule], heads, deleted, own, self._room)[0]

    def _counts(
        self,
        relation: int,
        rules: list[tuple[int, ...]],
        heads: Ints,
        deleted: Mask,
        own: Ints,
        room: tuple[Ints32, Ints32],
    ) -> list[RuleCount]:
        edges = self._edges
        counts = count_rules(
            np.array(rules, dtype=np.int64),
            relation,
            heads if len(heads) <= 2 * self.heads else heads[: self.heads],
            self.edges,
            (edges.begin, edges.where, edges.source, edges.target, edges.fact),
            deleted,
            own,
            room,
        )
        return [RuleCount(s, p, None if n == len(heads) else n) for s, p, n in counts.tolist()]
