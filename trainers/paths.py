"""The best evidence paths, read from edge attentions: k best walks without a repeated entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph_schema.triples import Ints
from trainers.kernels import Layer
from trainers.kernels.threads import run_chunks, thread_count
from trainers.loops.walks import extend_walks
from trainers.trainer import RowPath

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Walks:
    """The K best walks to each of M pairs after some layers, best first.

    `weight` (M, K) is the log of the product of attentions, -inf for no walk; `mark` (M, K) a hash of the
    entities met; `fact` and `entity` (M, K, L) are the facts walked and the entities met so, -1 where it
    waited.
    """

    weight: npt.NDArray[np.float64]
    mark: npt.NDArray[np.uint64]
    fact: npt.NDArray[np.int32]
    entity: npt.NDArray[np.int32]

    @classmethod
    def nowhere(cls, pairs: int, keep: int, depth: int) -> _Walks:
        return cls(
            np.full((pairs, keep), -np.inf),
            np.zeros((pairs, keep), np.uint64),
            np.full((pairs, keep, depth), -1, np.int32),
            np.full((pairs, keep, depth), -1, np.int32),
        )

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        return self.weight, self.mark, self.fact, self.entity


def best_paths(
    layers: Sequence[Layer],
    attentions: Sequence[Floats],
    heads: Ints,
    answers: Sequence[Sequence[int]],
    paths: int,
) -> list[list[list[RowPath]]]:
    """For each query and answer the walks with the largest product of attentions, by dynamic programming.

    A walk takes one edge a layer or waits, which costs nothing: the gated unit carries a state on whatever
    the loop's attention. No walk meets an entity twice, and of walks over the same entities in the same order
    only the best is kept, so that facts that say the same twice do not crowd out other ways. `2 · paths`
    partial walks are kept for each pair, so a walk can be missed only where that many better ones share its
    way.

    Args:
        layers: The L layers of an expansion of B queries.
        attentions: For each layer (E,) in [0, 1], by target.
        heads: (B,) entities.
        answers: For each query the entities to explain.
        paths: How many for each answer.

    Returns:
        For each query and answer: paths, best first; none where the answer was not reached.

    Raises:
        ValueError: `paths` is not positive.
    """
    if paths < 1:
        raise ValueError(f"paths must be positive; found {paths}")
    queries, keep = len(heads), 2 * paths
    walks = _Walks.nowhere(queries, keep, len(layers))
    walks.weight[:, 0] = 0.0
    parts = min(queries, 4 * thread_count())
    bounds = np.linspace(0, queries, parts + 1).astype(np.int64)
    for depth, (layer, attention) in enumerate(zip(layers, attentions, strict=True)):
        longer = _Walks.nowhere(layer.num_targets, keep, len(layers))

        def extend(
            part: int,
            depth: int = depth,
            layer: Layer = layer,
            attention: Floats = attention,
            shorter: _Walks = walks,
            longer: _Walks = longer,
        ) -> None:
            first, last = layer.query_ptr[bounds[part]], layer.query_ptr[bounds[part + 1]]
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
    return [
        [_read(layers[-1], walks, b, answer, paths) for answer in wanted] for b, wanted in enumerate(answers)
    ]


def _read(last: Layer, walks: _Walks, query: int, answer: int, paths: int) -> list[RowPath]:
    begin = last.query_ptr[query]
    found = np.flatnonzero(last.entity[begin : last.query_ptr[query + 1]] == answer)
    out: list[RowPath] = []
    for k in range(walks.weight.shape[1]) if len(found) else ():
        pair = begin + found[0]
        facts = tuple(int(f) for f in walks.fact[pair, k] if f >= 0)
        if walks.weight[pair, k] > -np.inf and facts and len(out) < paths:
            out.append(RowPath(facts, float(np.exp(min(walks.weight[pair, k], 0.0)))))
    return out
