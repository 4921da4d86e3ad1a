"""Rules behind paths: how often entities joined by the same chain of relations are related as predicted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Self

import numpy as np

from graph_schema.arrays import Ints, Ints32, Mask
from graph_schema.triples import TripleSet
from trainers.kernels.rules.loops import count_rule
from trainers.kernels.threads import run_chunks, thread_count
from trainers.trainer import RowPath

BUDGET = 8_000
"""Edges followed for one rule, each head as fifty, before the heads are a sample: some 160 heads."""

_LARGE = 10_000_000
"""Places kept at most of where each entity's edges of each relation begin; beyond, they are looked for."""

_NOBODY = np.array([-1, -1], dtype=np.int64)


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
    def likely(self) -> float:
        """The share as it is compared: few pairs prove little. Lower end of Wilson's interval, z = 1."""
        if self.pairs == 0:
            return 0.0
        n, p = self.pairs, self.confidence
        return float((p + 1 / (2 * n) - np.sqrt(p * (1 - p) / n + 1 / (4 * n * n))) / (1 + 1 / n))


@dataclass(frozen=True)
class RuleCounts:
    """Counts over one graph, each made once.

    A rule is a relation and the chain of relations that a path walks, both in [0, 2m). Its confidence is
    taken under partial completeness (Galárraga et al., AMIE, WWW 2013): only pairs count whose head is known
    to have the relation to somebody, since of others nothing may be known. Chains that come back to the head
    or to where they just were do not count, so that up to three steps no entity stands twice.

    Attributes:
        known: The facts.
        budget: Edges followed for one rule.
    """

    known: TripleSet
    begin: Ints
    source: Ints
    target: Ints
    fact: Ints
    budget: int = BUDGET
    _where: Ints32 = field(init=False, repr=False)
    _codes: Ints = field(init=False, repr=False)
    _marks: Ints = field(init=False, repr=False)
    _all: Mask = field(init=False, repr=False)
    _counted: dict[tuple[int, ...], RuleCount] = field(default_factory=dict, repr=False)
    _drawn: dict[int, Ints] = field(default_factory=dict, repr=False)
    _places: dict[int, dict[int, int]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        size, counts = self.known.num_entities, np.diff(self.begin)
        relation = np.repeat(np.arange(len(counts)), counts)
        object.__setattr__(self, "_codes", (relation * size + self.source) * size + self.target)
        where = np.zeros((0, 0), dtype=np.int32)
        if len(counts) * (size + 1) <= _LARGE:
            asked = np.arange(len(counts))[:, None] * size + np.arange(size + 1)
            where = np.searchsorted(relation * size + self.source, asked).astype(np.int32)
        object.__setattr__(self, "_where", where)
        object.__setattr__(self, "_marks", np.zeros((7, self.known.num_entities), dtype=np.int64))
        object.__setattr__(self, "_all", np.zeros(len(self.known), dtype=bool))

    @classmethod
    def of(cls, known: TripleSet, *, budget: int = BUDGET) -> Self:
        """Counts over these facts."""
        rows, inverse = known.triples, known.vocabulary.inverse
        relation = np.concatenate([rows[:, 1], inverse[rows[:, 1]]])
        source = np.concatenate([rows[:, 0], rows[:, 2]])
        target = np.concatenate([rows[:, 2], rows[:, 0]])
        fact = np.tile(np.arange(len(rows)), 2)
        order = np.lexsort((target, source, relation))
        begin = np.searchsorted(relation[order], np.arange(2 * len(known.vocabulary.relations) + 1))
        return cls(known, begin.astype(np.int64), source[order], target[order], fact[order], budget)

    def rule(self, head: int, path: RowPath) -> tuple[int, ...]:
        """The relations that a path from `head` walks, in [0, 2m)."""
        at, steps = head, []
        for row in path.facts:
            start, relation, end = self.known.triples[row].tolist()
            forwards = start == at
            steps.append(relation if forwards else int(self.known.vocabulary.inverse[relation]))
            at = end if forwards else start
        return tuple(steps)

    def entities(self, head: int, path: RowPath) -> tuple[int, ...]:
        """Everybody met on a path from `head`, who is the first."""
        met = [head]
        for row in path.facts:
            start, _, end = self.known.triples[row].tolist()
            met.append(end if start == met[-1] else start)
        return tuple(met)

    def prepare(self, asked: Iterable[tuple[int, ...]]) -> None:
        """Count rules that will be asked for, several at a time. Args: asked: relation and rule in one."""
        new = sorted(set(asked) - self._counted.keys())
        parts = min(thread_count(), len(new))
        for key in new:
            self._heads(key[0])

        def some(part: int) -> None:
            marks = self._marks if part == 0 else np.zeros_like(self._marks)
            for key in new[part::parts]:
                counted = self._counts(key[0], key[1:], self._heads(key[0]), self._all, _NOBODY, marks)
                self._counted[key] = counted

        with self._lock:
            run_chunks(some, parts, len(new) * self.budget)

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
            whole = self._alone(relation, rule, self._heads(relation), self._all, _NOBODY)
            self._counted[key] = whole
        place = self._place(relation, pair[0])
        if place is None or (whole.heads is not None and place >= whole.heads):
            return whole  # its head has the relation to nobody, or was not looked at
        if not self._is_known(pair[0], relation, pair[1]):
            return RuleCount(whole.support, whole.pairs - 1, whole.heads)
        head = self._heads(relation)[place : place + 1]
        its, others = (self._alone(relation, rule, head, self._all, own) for own in (_NOBODY, np.array(pair)))
        return RuleCount(
            whole.support - its.support + others.support, whole.pairs - its.pairs + others.pairs, whole.heads
        )

    def _is_known(self, head: int, relation: int, tail: int) -> bool:
        code = (relation * self.known.num_entities + head) * self.known.num_entities + tail
        place = int(self._codes.searchsorted(code))
        return place < len(self._codes) and bool(self._codes[place] == code)

    def _heads(self, relation: int) -> Ints:
        """Who is known to have the relation to somebody, in a fixed random order."""
        heads = self._drawn.get(relation)
        if heads is None:
            heads = np.unique(self.source[self.begin[relation] : self.begin[relation + 1]])
            heads = self._drawn[relation] = np.random.default_rng(relation).permutation(heads)
            self._places[relation] = {int(head): place for place, head in enumerate(heads)}
        return heads

    def _place(self, relation: int, head: int) -> int | None:
        """Where a head comes in that order; None where it has the relation to nobody."""
        self._heads(relation)
        return self._places[relation].get(head)

    def _alone(
        self, relation: int, rule: tuple[int, ...], heads: Ints, deleted: Mask, own: Ints
    ) -> RuleCount:
        with self._lock:
            return self._counts(relation, rule, heads, deleted, own, self._marks)

    def _counts(
        self, relation: int, rule: tuple[int, ...], heads: Ints, deleted: Mask, own: Ints, marks: Ints
    ) -> RuleCount:
        support, pairs, looked = count_rule(
            np.array(rule, dtype=np.int64),
            relation,
            heads,
            self.budget,
            self.begin,
            self._where,
            self.source,
            self.target,
            self.fact,
            deleted,
            own,
            marks,
        )
        return RuleCount(support, pairs, None if looked == len(heads) else looked)
