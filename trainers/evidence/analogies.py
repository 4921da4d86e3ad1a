"""Evidence of models with vectors: known facts whose two ends are nearest to those of the answer.

They are analogies. The model has not looked at them, it only holds such pairs to be alike; so there is no
measure by deletion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from graph_schema.arrays import Floats32, Ints
from graph_schema.triples import TripleSet
from trainers.answers import Answer
from trainers.trainer import Embedder, RowCase, Trainer

_KEPT = 15
"""Entities whose cosines are kept, beside the last."""


class Analogies:
    """Looks facts up by the cosines between their ends and those of an answer.

    Args:
        model: With vectors, bound to `known`.
        known: The facts that answer.
    """

    def __init__(self, model: Trainer, known: TripleSet) -> None:
        self._model, self._known = model, known
        self._last: dict[int, Floats32] = {}

    def explained(self, answer: Answer, most: int, removed: Sequence[int] = ()) -> Answer:
        """The answer with its cases. Args: most: How many; removed: Rows of known triples left out."""
        return replace(
            answer, cases=tuple(self.of(answer.head, answer.relation, answer.answer, most, removed))
        )

    def of(
        self, head: int, relation: int, tail: int, most: int, removed: Sequence[int] = ()
    ) -> list[RowCase]:
        """Known facts of a relation with the nearest ends, nearest first; the fact itself is none.

        A fact's weight is the mean of both ends' cosines, at least 0; of symmetric facts the better way.

        Args:
            head, relation, tail: The answer, relation below m.
            most: How many.
            removed: Rows of the known triples that are left out.
        """
        triples, vocabulary = self._known.triples, self._known.vocabulary
        rows = self._by_relation[relation]
        rows = rows[~np.isin(rows, np.asarray(removed, dtype=np.int64))]
        if not most or not len(rows) or not self._model.knows[[head, tail]].all():
            return []
        first, second = triples[rows, 0], triples[rows, 2]
        near_head, near_tail = self._cosines(head), self._cosines(tail)
        weights = (near_head[first] + near_tail[second]) / 2
        itself = (first == head) & (second == tail)
        if vocabulary.inverse[relation] == relation:
            weights = np.maximum(weights, (near_head[second] + near_tail[first]) / 2)
            itself |= (first == tail) & (second == head)
        met = self._model.knows
        weights = np.where(itself | ~(met[first] & met[second]), -np.inf, weights)
        order = np.lexsort((rows, -weights))[:most]
        return [
            RowCase(int(rows[i]), float(np.clip(weights[i], 0, 1))) for i in order.tolist() if weights[i] > 0
        ]

    def _cosines(self, entity: int) -> Floats32:
        """(E,) with every entity's vector; of those without one any number. The last few are kept."""
        found = self._last.get(entity)
        if found is None:
            own = self._model.own_ids
            dots = self._vectors @ self._vectors[own[entity]]
            lengths = self._lengths * self._lengths[own[entity]]
            fresh: Floats32 = (dots / np.maximum(lengths, np.float32(1e-30))).astype(np.float32)
            found = fresh[own]
            self._last = {**dict(list(self._last.items())[-_KEPT:]), entity: found}
        return found

    @cached_property
    def _vectors(self) -> Floats32:
        """(N, D) of the model's entities."""
        assert isinstance(self._model, Embedder)
        return self._model.embed()

    @cached_property
    def _lengths(self) -> Floats32:
        found: Floats32 = np.linalg.norm(self._vectors, axis=1)
        return found

    @cached_property
    def _by_relation(self) -> dict[int, Ints]:
        order = np.argsort(self._known.triples[:, 1], kind="stable")
        bounds = np.searchsorted(self._known.triples[order, 1], np.arange(self._known.num_relations + 1))
        return {r: order[bounds[r] : bounds[r + 1]] for r in range(self._known.num_relations)}
