"""Scores of the entities that queries reach, and one score for everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from graph_schema.arrays import Floats32, Ints
from trainers.trainer import Explainer, TailScorer

TABLE = 16_000_000
"""Scores at most in a table of queries by entities, of models that score everybody."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What B queries say, without a table of queries by entities.

    Attributes:
        ptr: (B + 1,) where each query's entities begin.
        entity: (P,) entities scored apart, each once a query.
        score: (P,) finite; higher is likelier.
        rest: The score of all others.
    """

    ptr: Ints
    entity: Ints
    score: Floats32
    rest: float

    def of(self, query: int) -> tuple[Ints, Floats32]:
        """Entities and scores of one query."""
        cut = slice(int(self.ptr[query]), int(self.ptr[query + 1]))
        return self.entity[cut], self.score[cut]


@runtime_checkable
class ReachScorer(TailScorer, Protocol):
    """A `TailScorer` whose queries reach a part of the graph; what they do not reach scores alike."""

    def score_reached(
        self, heads: Ints, relations: Ints, removed: Sequence[Sequence[int]] | None = None
    ) -> Reached:
        """The scores of `score_tails`.

        Args:
            heads, relations: (B,) queries, relation in [0, 2m).
            removed: For each query rows of the answering graph's triples it goes without.
        """
        ...


def reached(
    model: TailScorer, heads: Ints, relations: Ints, removed: Sequence[Sequence[int]] | None = None
) -> Reached:
    """The scores of (B,) queries; of a model that scores everybody, all of them. See `ReachScorer`."""
    if isinstance(model, ReachScorer):
        return model.score_reached(heads, relations, removed)
    if removed is not None and isinstance(model, Explainer):
        table = model.score_without(heads, relations, removed)
    else:
        table = model.score_tails(heads, relations)
    queries, entities = table.shape
    return Reached(
        np.arange(queries + 1) * entities, np.tile(np.arange(entities), queries), table.reshape(-1), 0.0
    )


def batch_size(model: TailScorer, entities: int, most: int) -> int:
    """Queries to score together, `most` or as many as a table of `TABLE` scores holds."""
    return most if isinstance(model, ReachScorer) else max(1, min(most, TABLE // max(entities, 1)))
