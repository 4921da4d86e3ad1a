"""What a prediction is made of: who may answer, and one candidate of one query."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph_schema.arrays import Ints, Mask
from graph_schema.triples import TripleSet
from trainers.evaluation import Queries
from trainers.trainer import RowPath


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate of one query; ids of the answering graph, paths as rows of its triples.

    `rank_low` counts ties in favour, `rank_high` against; candidates are the allowed entities that are no
    known answers. `head_rank` is the rank of the query's head when the answer is asked in turn.
    """

    head: int
    relation: int
    answer: int
    score: float
    log_probability: float
    probability: float | None
    rank_low: int
    rank_high: int
    head_rank: float | None = None
    paths: tuple[RowPath, ...] = ()
    faithfulness: float | None = None
    random_faithfulness: float | None = None


@dataclass(frozen=True)
class Candidates:
    """Who may answer: the facts known already, and by relation in [0, 2m) the entities of the right types."""

    known: TripleSet
    allowed: dict[int, Mask]

    def excluded(self, heads: Ints, relations: Ints) -> Mask:
        """(B, E): entities that are no candidates: known answers, the head itself, wrong types."""
        mask = self._answers.mask(heads, relations, self.known.num_entities)
        mask[np.arange(len(heads)), heads] = True
        for row, relation in enumerate(relations):
            if int(relation) in self.allowed:
                mask[row] |= ~self.allowed[int(relation)]
        return mask

    @cached_property
    def _answers(self) -> Queries:
        return Queries.of(self.known)
