"""The best evidence paths, read from edge attentions: k best walks without a repeated entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph_schema.arrays import Floats, Floats32, Ints, Ints32
from trainers.kernels import Layer
from trainers.kernels.threads import run_chunks, thread_count
from trainers.kernels.walks.loops import extend_walks


@dataclass(frozen=True)
class _Partial:
    """The K best walks to each of M pairs after some layers, best first.

    `weight` (M, K) is the log of the product of attentions, -inf for no walk; `mark` (M, K) a hash of the
    entities met; `fact` and `entity` (M, K, L) are the facts walked and the entities met so, -1 where it
    waited.
    """

    weight: Floats
    mark: npt.NDArray[np.uint64]
    fact: Ints32
    entity: Ints32

    @classmethod
    def nowhere(cls, pairs: int, keep: int, depth: int) -> _Partial:
        return cls(
            np.full((pairs, keep), -np.inf),
            np.zeros((pairs, keep), np.uint64),
            np.full((pairs, keep, depth), -1, np.int32),
            np.full((pairs, keep, depth), -1, np.int32),
        )

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        return self.weight, self.mark, self.fact, self.entity


@dataclass(frozen=True)
class Walks:
    """The K best walks to each of N answers, best first.

    Attributes:
        weight: (N, K) products of attentions in [0, 1]; 0 for no walk.
        fact: (N, K, L) rows of the graph's triples, -1 where the walk waited.
        entity: (N, K, L) entities these steps led to, -1 where it waited.
    """

    weight: Floats
    fact: Ints32
    entity: Ints32


def best_walks(
    layers: Sequence[Layer],
    attentions: Sequence[Floats32],
    heads: Ints,
    queries: Ints,
    answers: Ints,
    most: int,
) -> Walks:
    """To each answer the walks with the largest product of attentions, by dynamic programming.

    A walk takes one edge a layer or waits, which costs nothing: the gated unit carries a state on whatever
    the loop's attention. No walk meets an entity twice, and of walks over the same entities in the same order
    only the best is kept, so that facts that say the same twice do not crowd out other ways. As many
    partial walks are kept for each pair, so a walk can be missed only where that many better ones share its
    way.

    Args:
        layers: The L layers of an expansion of B queries.
        attentions: For each layer (E,) in [0, 1], by target.
        heads: (B,) entities.
        queries: (N,) which query, and
        answers: (N,) which entity to explain.
        most: K.
    """
    count = len(heads)
    starts, layers, attentions = _leading_to(layers, attentions, queries, answers)
    walks = _Partial.nowhere(starts, most, len(layers))
    walks.weight[:, 0] = 0.0
    parts = min(count, 4 * thread_count())
    bounds = np.linspace(0, count, parts + 1).astype(np.int64)
    for depth, (layer, attention) in enumerate(zip(layers, attentions, strict=True)):
        longer = _Partial.nowhere(layer.num_targets, most, len(layers))

        def extend(
            part: int,
            depth: int = depth,
            layer: Layer = layer,
            attention: Floats32 = attention,
            shorter: _Partial = walks,
            longer: _Partial = longer,
        ) -> None:
            first, last = int(layer.query_ptr[bounds[part]]), int(layer.query_ptr[bounds[part + 1]])
            extend_walks(
                first,
                last,
                depth,
                layer.target_ptr,
                layer.source,
                layer.fact,
                layer.entity,
                layer.query,
                heads,
                attention,
                *shorter.arrays,
                *longer.arrays,
            )

        run_chunks(extend, parts, len(layer.source))
        walks = longer
    pair = layers[-1].places_of(queries, answers)
    if not len(walks.weight):
        nothing = _Partial.nowhere(len(answers), most, len(layers))
        return Walks(np.zeros((len(answers), most)), nothing.fact, nothing.entity)
    weight = np.exp(np.minimum(walks.weight[pair], 0.0))
    fact = walks.fact[pair]
    weight[(pair < 0)[:, None] | (fact < 0).all(axis=2)] = 0.0
    return Walks(weight, fact, walks.entity[pair])


def _leading_to(
    layers: Sequence[Layer], attentions: Sequence[Floats32], queries: Ints, answers: Ints
) -> tuple[int, list[Layer], list[Floats32]]:
    """The pairs alone from which the answers can be reached, and the edges between: what walks may take.

    Returns:
        How many queries are left, the layers and their attentions; `carry` is not kept.
    """
    needed = np.zeros(layers[-1].num_targets, dtype=bool)
    needed[layers[-1].reached(queries, answers)] = True
    fewer, weights = list[Layer](), list[Floats32]()
    for layer, attention in zip(reversed(layers), reversed(attentions), strict=True):
        edges, ahead = layer.edges_of(needed), np.concatenate([[0], np.cumsum(needed)])
        source = layer.source[edges]
        before = np.zeros(len(layer.source_query), dtype=bool)
        before[source] = True
        place = (np.cumsum(before) - 1).astype(np.int32)
        fewer.append(
            Layer(
                query_ptr=ahead[layer.query_ptr],
                entity=layer.entity[needed],
                query=layer.query[needed],
                carry=np.zeros(0, dtype=np.int64),
                source_query=layer.source_query[before],
                target_ptr=np.concatenate([[0], np.cumsum(np.diff(layer.target_ptr)[needed])]),
                source=place[source],
                relation=layer.relation[edges],
                fact=layer.fact[edges],
            )
        )
        weights.append(attention[edges])
        needed = before
    return int(needed.sum()), fewer[::-1], weights[::-1]
