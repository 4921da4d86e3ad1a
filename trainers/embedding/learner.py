"""How an embedding model learns on the common loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Ints, Mask
from graph_schema.triples import Splits
from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.negatives import KnownAnswers, drawn_entities, one_way
from trainers.embedding.objective import Objective
from trainers.embedding.rows import take_rows
from trainers.embedding.scores import Score, against_all, crop_scores
from trainers.embedding.tables import Tables
from trainers.evaluation import Queries
from trainers.kernels.choosing import compiled
from trainers.training.loop import Step
from trainers.training.queries import batches
from trainers.training.row_optimizers import RowAdagrad, RowAdam, RowOptimizer
from trainers.training.validation import Validation


class Embedding(Protocol):
    """What is learned."""

    seed: int
    device: str

    @property
    def network(self) -> Tables:
        """The vectors."""
        ...

    @property
    def settings(self) -> EmbeddingConfig:
        """How."""
        ...

    @property
    def score(self) -> Score:
        """What they say."""
        ...

    @property
    def objective(self) -> Objective:
        """What they are learned by."""
        ...

    def chosen_by(self, validation: Validation) -> float | None:
        """How good the vectors are."""
        ...


@dataclass(frozen=True)
class EmbeddingLearner:
    """A `Learner`. Relations that ask for heads have vectors of their own (reciprocal relations).

    Attributes:
        model: What learns.
        queries: Both directions of the known facts.
        known: The same, to leave out of what is drawn.
        facts: (F, 3) the known facts.
        inverse: (2m,) of the vocabulary.
        validation: What each epoch is chosen by.
    """

    model: Embedding
    queries: Queries
    known: KnownAnswers
    facts: Ints
    inverse: Ints
    validation: Validation
    criterion: str = "valid_mrr"

    @classmethod
    def of(cls, model: Embedding, splits: Splits) -> EmbeddingLearner:
        """The learner of a model on a divided graph; choosing an epoch, test facts are not filtered by."""
        queries = Queries.of(splits.known)
        known = KnownAnswers(queries, splits.known.num_entities)
        validation = Validation.of(splits.without_test(), model.settings.validate_at_most)
        return cls(model, queries, known, splits.known.triples, splits.vocabulary.inverse, validation)

    @property
    def network(self) -> Tables:
        """See `Learner.network`."""
        return self.model.network

    @property
    def settings(self) -> EmbeddingConfig:
        """See `Learner.settings`."""
        return self.model.settings

    @property
    def seed(self) -> int:
        """See `Learner.seed`."""
        return self.model.seed

    def optimizer(self) -> RowOptimizer:
        """See `Learner.optimizer`."""
        kind = RowAdagrad if self.settings.optimizer == "adagrad" else RowAdam
        rate, factor = self.settings.learning_rate, self.model.score.relation_rate(self.settings)
        entity, relation = self.network.entity, self.network.relation
        groups: list[dict[str, Any]] = [{"params": [entity]}, {"params": [relation], "lr": rate * factor}]
        others = [p for p in self.network.parameters() if p is not entity and p is not relation]
        groups += [{"params": others}] if others else []
        return kind(groups, rate)

    def steps(self, draw: np.random.Generator) -> Iterator[Step]:
        """See `Learner.steps`."""
        noise = torch.Generator(self.model.device).manual_seed(int(draw.integers(2**62)))
        if self.settings.loss == "k_vs_all":
            yield from self._grouped(draw, noise)
            return
        rows = self._asked(draw)
        for start in range(0, len(rows), self.settings.batch_size):
            some = rows[start : start + self.settings.batch_size]
            heads, relations, answers = (np.ascontiguousarray(some[:, i]) for i in range(3))
            if self.settings.loss == "one_vs_all":
                loss = self._against_all(heads, relations, np.arange(len(some)), answers, noise)
            else:
                loss = self._against_drawn(heads, relations, answers, draw, noise)
            yield Step(loss, len(some), (start + len(some)) / len(rows))

    def _asked(self, draw: np.random.Generator) -> Ints:
        """(A, 3) rows of head, relation in [0, 2m) and answer, in random order."""
        if self.settings.sampling == "bernoulli":
            rows = one_way(self.facts, self.inverse, draw)
        else:
            counts = np.diff(self.queries.ptr)
            asked = (np.repeat(ids, counts) for ids in (self.queries.head, self.queries.relation))
            rows = np.stack([*asked, self.queries.answer], axis=1)
        return rows[draw.permutation(len(rows))]

    def validate(self) -> float | None:
        """See `Learner.validate`."""
        return self.model.chosen_by(self.validation)

    def _grouped(self, draw: np.random.Generator, noise: torch.Generator) -> Iterator[Step]:
        done = 0
        for heads, relations, ptr, answers in batches(self.queries, self.settings.batch_size, draw):
            done += len(answers)
            of = np.repeat(np.arange(len(heads)), np.diff(ptr))
            loss = self._against_all(heads, relations, of, answers, noise)
            yield Step(loss, len(heads), done / len(self.queries.answer))

    def _against_drawn(
        self, heads: Ints, relations: Ints, answers: Ints, draw: np.random.Generator, noise: torch.Generator
    ) -> Tensor:
        """Σ over (B,) answers, each against entities drawn."""
        settings, entities = self.settings, len(self.network.entity)
        size = min(settings.shared, len(heads))
        drawn = drawn_entities(entities, -(-len(heads) // size), settings.negatives, draw)
        true = self.known.among(heads, relations, np.repeat(drawn, size, axis=0)[: len(heads)])
        rows, (of_heads, of_answers, of_drawn) = unique_of(entities, heads, answers, drawn)
        score, device = self.model.score, self.model.device
        copied = settings.dropout > 0 or not score.additive or not compiled(self.network.entity)
        table, head, tail = take_rows(self.network.entity, rows, of_heads, of_answers, copied=copied)
        relation = self._relations(relations)
        penalty = self._penalty(head, relation, tail)
        head, table = (self._dropped(x, settings.dropout, noise) for x in (head, table))
        relation = self._dropped(relation, settings.relation_dropout, noise)
        given = (score, head, relation, table, of_answers, of_drawn, self.model.objective.widths)
        scores = crop_scores(*given, None if copied else rows)
        return self.model.objective.drawn(scores, torch.from_numpy(true).to(device)) + penalty

    def _against_all(
        self, heads: Ints, relations: Ints, of: Ints, answers: Ints, noise: torch.Generator
    ) -> Tensor:
        """Σ over (Q,) queries, each against all entities. Args: of, answers: (A,) query, entity."""
        settings = self.settings
        table: Tensor = self.network.entity
        h, q, a = (torch.from_numpy(ids).to(table.device) for ids in (heads, of, answers))
        relation = self._relations(relations)
        penalty = self._penalty(table[h][q], relation[q], table[a])
        table = self._dropped(table, settings.dropout, noise)
        relation = self._dropped(relation, settings.relation_dropout, noise)
        objective = self.model.objective
        given = (table[h], relation, table, of, answers, objective.widths, objective.factors)
        found = against_all(self.model.score, *given, mean=settings.smoothing > 0)
        return objective.all(found) + penalty

    def _relations(self, relations: Ints) -> Tensor:
        rows, places = np.unique(relations, return_inverse=True)
        return take_rows(self.network.relation, rows)[0][torch.from_numpy(places).to(self.model.device)]

    def _penalty(self, *vectors: Tensor) -> Tensor:
        """N3 (Lacroix, Usunier and Obozinski, ICML 2018) and L2 of the vectors of a step's facts."""
        total = vectors[0].new_zeros(())
        if self.settings.n3:
            lengths = (v.square().sum(dim=1).clamp(min=1e-20).sqrt() for v in vectors)
            total = total + self.settings.n3 * sum((x**3).sum() for x in lengths)
        if self.settings.weight_decay:
            total = total + self.settings.weight_decay * sum(v.square().sum() for v in vectors)
        return total

    @staticmethod
    def _dropped(values: Tensor, share: float, noise: torch.Generator) -> Tensor:
        if not share:
            return values
        kept = torch.rand(values.shape, generator=noise, device=values.device) >= share
        return values * kept / (1 - share)


def unique_of(entities: int, *ids: Ints) -> tuple[Ints, list[Ints]]:
    """The entities among some arrays of ids, ascending, and each array with their places instead."""
    met: Mask = np.zeros(entities, dtype=bool)
    for some in ids:
        met[some.ravel()] = True
    rows = np.flatnonzero(met)
    place = np.empty(entities, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return rows, [place[some] for some in ids]
