"""The edges on walks of three steps between the two ends of each pair; what they are laid out from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from graph_schema.arrays import Array, Floats32, Ints, Ints32, Mask
from trainers.kernels.pair_walks.loops import edges_on_walks
from trainers.kernels.threads import run_chunks

_AT_ONCE = 64
"""Pairs a part of the work holds."""

_SIZE = 4096
"""Edges that finding the walks of a pair is taken to cost."""


@dataclass(frozen=True)
class WalkGraph:
    """Edges by source, those of the types that are told apart after the others.

    Attributes:
        ptr: (2, n + 1) where an entity's plain, and its typed edges begin.
        target, relation, fact: (E,) int32 of each edge; a fact of -1 is none of the graph.
        weight: (E,) float32, what an edge counts for.
        inverse: (R,) the relation of an edge walked the other way.
    """

    ptr: Ints
    target: Ints32
    relation: Ints32
    fact: Ints32
    weight: Floats32
    inverse: Ints

    @classmethod
    def of(
        cls,
        edges: tuple[Ints, Ints, Ints, Ints],
        weight: Floats32,
        typed: Mask,
        inverse: Ints,
        *,
        entities: int,
    ) -> Self:
        """Lay out edges.

        Args:
            edges: (E,) source, target, relation and fact of each; its other way must be among them.
            weight, typed: (E,) what each counts for, and whether it is of a type.
            inverse: (R,).
            entities: n.
        """
        source, target, relation, fact = edges
        order = np.lexsort((source, typed))
        ptr = np.zeros((2, entities + 1), dtype=np.int64)
        for kind in (0, 1):
            np.cumsum(np.bincount(source[typed == kind], minlength=entities), out=ptr[kind, 1:])
        ptr[1] += ptr[0, -1]
        where, kinds, facts_of = (a[order].astype(np.int32) for a in (target, relation, fact))
        return cls(ptr, where, kinds, facts_of, weight[order].astype(np.float32), inverse)

    @property
    def num_entities(self) -> int:
        """How many there are."""
        return int(self.ptr.shape[1]) - 1

    @cached_property
    def behind(self) -> Ints:
        """(n,) about how many edges leave an entity's neighbours."""
        degree, plain = np.diff(self.ptr, axis=1), int(self.ptr[0, -1])
        source = np.repeat(np.arange(self.num_entities), degree[0])
        size = np.bincount(source, degree.sum(axis=0)[self.target[:plain]], minlength=self.num_entities)
        plain_behind = np.bincount(self.target[plain:], minlength=self.num_entities) * degree[0].mean()
        behind: Ints = (size + plain_behind).astype(np.int64)
        return behind


@dataclass(frozen=True)
class Hop:
    """One step of the walks of B pairs, by pair.

    Attributes:
        source, target: (E,) int64 rows of the states between which messages pass.
        relation: (E,) int64 as walked.
        edge: (E,) int64 edges of the `WalkGraph`, whichever way they are walked.
        ptr: (B + 1,) where each pair's begin.
    """

    source: Ints
    target: Ints
    relation: Ints
    edge: Ints
    ptr: Ints

    def reversed(self, inverse: Ints) -> Hop:
        """The same step walked back."""
        return Hop(self.target, self.source, inverse[self.relation], self.edge, self.ptr)


@dataclass(frozen=True)
class Walks:
    """All edges on walks head → left → right → tail, of B pairs.

    A walk holds at most one typed edge, and none between the two ends: that is what is asked for. Shorter
    ones are among them where entities have self loops. A state is an entity next to an end, once for plain
    and once for typed edges.

    Attributes:
        pairs: B.
        left, right: (A,) and (C,) int64 entities of the states.
        first, middle, last: Steps; the source of the first, and the target of the last, is the pair.
    """

    pairs: int
    left: Ints
    right: Ints
    first: Hop
    middle: Hop
    last: Hop

    def reversed(self, inverse: Ints) -> Walks:
        """The same walks from tail to head. Args: inverse: (R,) relations walked back."""
        back = (hop.reversed(inverse) for hop in (self.last, self.middle, self.first))
        return Walks(self.pairs, self.right, self.left, *back)


def walks_between(graph: WalkGraph, heads: Ints, tails: Ints, *, hidden: Mask, most: int = 1 << 30) -> Walks:
    """Find them, from both ends.

    Args:
        graph: Where.
        heads, tails: (B,) int64.
        hidden: (n,) entities whose typed edges are not there.
        most: Typed edges that are walked away from an end, at most.
    """
    parts = max(1, -(-len(heads) // _AT_ONCE))
    # The side with fewer edges behind its neighbours is the one to start from.
    turned = graph.behind[heads] > graph.behind[tails]
    ends = np.where(turned[:, None], np.stack([tails, heads], 1), np.stack([heads, tails], 1))
    found: list[tuple[Array, ...]] = [()] * parts

    def part(i: int) -> None:
        some = ends[i * _AT_ONCE : (i + 1) * _AT_ONCE]
        found[i] = edges_on_walks(some, graph.ptr, graph.target, hidden, most)

    run_chunks(part, parts, len(heads) * _SIZE)
    return _joined(graph, found, turned)


def _joined(graph: WalkGraph, parts: list[tuple[Array, ...]], turned: Mask) -> Walks:
    """The walks of all parts, from head to tail; `turned` ones were walked from the tail."""
    sizes = np.array([[len(column) for column in part[:5]] for part in parts]).reshape(-1, 5)
    before = np.cumsum(sizes, axis=0) - sizes
    near, far, first, middle, last = (
        np.concatenate([part[kind] for part in parts]).astype(np.int64) for kind in range(5)
    )
    counts = np.concatenate([np.diff(part[5], axis=0, prepend=0) for part in parts])
    first[:, 1] += np.repeat(before[:, 0], sizes[:, 2])
    middle[:, 1] += np.repeat(before[:, 0], sizes[:, 3])
    middle[:, 2] += np.repeat(before[:, 1], sizes[:, 3])
    last[:, 1] += np.repeat(before[:, 1], sizes[:, 4])
    pair = np.arange(len(turned))
    of = [np.repeat(pair, counts[:, kind]) for kind in range(5)]
    swap = [turned[each] for each in of]
    # States next to the head come first among those of their own side, whoever the walks started from.
    states = np.concatenate([near[:, 1], far[:, 1]])
    owner = np.concatenate([of[0], of[1]])
    at_tail = np.concatenate([swap[0], ~swap[1]])
    order = np.lexsort((owner, at_tail))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    lefts = int((~at_tail).sum())
    place[at_tail] -= lefts
    start, end = place[first[:, 1]], place[len(near) + last[:, 1]]
    one, other = place[middle[:, 1]], place[len(near) + middle[:, 2]]

    def chosen(mine: Mask, state: Ints, edges: Ints, owners: Ints) -> tuple[Ints, Ints, Ints]:
        return owners[mine], state[mine], edges[mine]

    starts, ends = (start, first[:, 0], of[2]), (end, last[:, 0], of[4])
    heads = [chosen(~swap[2], *starts), chosen(swap[4], *ends)]
    tails = [chosen(swap[2], *starts), chosen(~swap[4], *ends)]
    out, back = ([np.concatenate(columns) for columns in zip(*side, strict=True)] for side in (heads, tails))
    relation = graph.relation.astype(np.int64)
    forth = relation[middle[:, 0]]
    return Walks(
        len(turned),
        states[order[:lefts]],
        states[order[lefts:]],
        _hop(out[0], out[0], out[1], relation[out[2]], out[2], len(turned)),
        _hop(
            of[3],
            np.where(swap[3], other, one),
            np.where(swap[3], one, other),
            np.where(swap[3], graph.inverse[forth], forth),
            middle[:, 0],
            len(turned),
        ),
        _hop(back[0], back[1], back[0], graph.inverse[relation[back[2]]], back[2], len(turned)),
    )


def _hop(of: Ints, source: Ints, target: Ints, relation: Ints, edge: Ints, pairs: int) -> Hop:
    """In order of (E,) pairs."""
    order = np.argsort(of, kind="stable")
    ptr = np.zeros(pairs + 1, dtype=np.int64)
    np.cumsum(np.bincount(of, minlength=pairs), out=ptr[1:])
    return Hop(source[order], target[order], relation[order], edge[order], ptr)
