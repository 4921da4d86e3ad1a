"""Expanding queries over the graph: which (query, entity) pairs are reached, and by which edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph_schema.arrays import Ints, Ints32, Mask
from trainers.kernels.frontier.loops import count_reached, fill_layer
from trainers.kernels.graph import MessageGraph, Removed
from trainers.kernels.threads import chunk_count, run_chunks, thread_count


@dataclass(frozen=True)
class Layer:
    """One step of expansion: pairs of layer l - 1 (sources), of layer l (targets), and the edges between.

    Pairs stand query by query, edges target by target, so each query's edges are together too. M' and M are
    the numbers of source and target pairs, E that of edges.

    Attributes:
        query_ptr: (B + 1,) int64, where each query's target pairs begin.
        entity: (M,) int32 entity of each target pair.
        query: (M,) int32 query of each target pair.
        carry: (M',) int64, where each source pair stands among the targets (self loops keep them all).
        source_query: (M',) int32 query of each source pair.
        target_ptr: (M + 1,) int64 rows of the by-target order.
        source: (E,) int32 source pair, by target.
        relation: (E,) int32, by target.
        fact: (E,) int32 fact row or -1, by target.
    """

    query_ptr: Ints
    entity: Ints32
    query: Ints32
    carry: Ints
    source_query: Ints32
    target_ptr: Ints
    source: Ints32
    relation: Ints32
    fact: Ints32

    @property
    def num_targets(self) -> int:
        """M."""
        return len(self.entity)

    def only(self, kept: Mask) -> Layer:
        """The layer with some of its target pairs alone, all carried ones among them, and their edges.

        Args:
            kept: (M,).
        """
        there, ahead = self.edges_of(kept), np.concatenate([[0], np.cumsum(kept)])
        return Layer(
            query_ptr=ahead[self.query_ptr],
            entity=self.entity[kept],
            query=self.query[kept],
            carry=ahead[self.carry],
            source_query=self.source_query,
            target_ptr=np.concatenate([[0], np.cumsum(np.diff(self.target_ptr)[kept])]),
            source=self.source[there],
            relation=self.relation[there],
            fact=self.fact[there],
        )

    def places_of(self, queries: Ints, entities: Ints) -> Ints:
        """(A,) places among the target pairs of (A,) queries and entities; -1 where one is not reached."""
        width = int(max(self.entity.max(initial=0), entities.max(initial=0))) + 1
        keys, asked = self.query.astype(np.int64) * width + self.entity, queries * width + entities
        if not len(keys):
            return np.full(len(asked), -1, dtype=np.int64)
        order = np.argsort(keys, kind="stable")
        place = order[np.minimum(np.searchsorted(keys, asked, sorter=order), len(keys) - 1)]
        found: Ints = np.where(keys[place] == asked, place, -1)
        return found

    def reached(self, queries: Ints, entities: Ints) -> Ints:
        """Places of those of (A,) queries and entities that are reached."""
        found = self.places_of(queries, entities)
        return found[found >= 0]

    def edges_of(self, targets: Mask) -> Mask:
        """(E,) which edges lead to some of the target pairs. Args: targets: (M,)."""
        return np.repeat(targets, np.diff(self.target_ptr))


def frontier(graph: MessageGraph, heads: Ints, layers: int, removed: Removed | None = None) -> list[Layer]:
    """All pairs and edges on walks of `layers` steps from each query's head.

    Args:
        graph: The answering graph.
        heads: (B,) entities the queries start from.
        layers: L, number of steps.
        removed: Facts each query goes without.

    Returns:
        L layers; the sources of the first are the B pairs (b, heads[b]).
    """
    steps: list[Layer] = []
    for _ in range(layers):
        steps.append(expand(graph, heads, steps[-1] if steps else None, removed))
    return steps


def expand(graph: MessageGraph, heads: Ints, before: Layer | None, removed: Removed | None = None) -> Layer:
    """One step of `frontier`. Args: before: The layer before; None for the first."""
    queries = len(heads)
    off = removed or Removed.none(queries)
    if before is None:
        query_ptr, entity = np.arange(queries + 1, dtype=np.int64), heads.astype(np.int32)
    else:
        query_ptr, entity = before.query_ptr, before.entity
    work = int((graph.row_ptr[entity + 1] - graph.row_ptr[entity]).sum())
    parts = min(queries, 4 * thread_count(), chunk_count(work))
    bounds = queries * np.arange(parts + 1) // parts
    pairs, edges = np.zeros(queries, np.int64), np.zeros(queries, np.int64)

    def count(part: int) -> None:
        count_reached(
            bounds[part],
            bounds[part + 1],
            graph.row_ptr,
            graph.target,
            graph.fact,
            query_ptr,
            entity,
            off.ptr,
            off.fact,
            pairs,
            edges,
        )

    run_chunks(count, parts, work)
    next_ptr, edge_ptr = np.zeros(queries + 1, np.int64), np.zeros(queries + 1, np.int64)
    np.cumsum(pairs, out=next_ptr[1:])
    np.cumsum(edges, out=edge_ptr[1:])
    total_pairs, total_edges = int(next_ptr[-1]), int(edge_ptr[-1])
    step = Layer(
        query_ptr=next_ptr,
        entity=np.empty(total_pairs, np.int32),
        query=np.repeat(np.arange(queries, dtype=np.int32), pairs),
        carry=np.empty(len(entity), np.int64),
        source_query=np.repeat(np.arange(queries, dtype=np.int32), np.diff(query_ptr)),
        target_ptr=np.zeros(total_pairs + 1, np.int64),
        source=np.empty(total_edges, np.int32),
        relation=np.empty(total_edges, np.int32),
        fact=np.empty(total_edges, np.int32),
    )

    def fill(part: int) -> None:
        fill_layer(
            bounds[part],
            bounds[part + 1],
            graph.row_ptr,
            graph.target,
            graph.relation,
            graph.fact,
            query_ptr,
            entity,
            off.ptr,
            off.fact,
            next_ptr,
            edge_ptr,
            step.entity,
            step.carry,
            step.target_ptr,
            step.source,
            step.relation,
            step.fact,
        )

    run_chunks(fill, parts, work)
    return step
