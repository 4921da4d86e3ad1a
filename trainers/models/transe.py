"""TransE: a relation is a translation, and an answer is near the head moved by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import softplus

from graph_schema.arrays import Floats32, Ints
from graph_schema.progress import Progress
from graph_schema.triples import Splits
from trainers.entity_trainer import EntityTrainer
from trainers.evaluation import Queries
from trainers.trainer import FitReport, ModelConfig, Reference
from trainers.training.loop import Step, TrainingConfig, train
from trainers.training.queries import batches
from trainers.training.validation import Validation


class TransEConfig(TrainingConfig):
    """Settings of TransE; defaults suit graphs of some thousand facts."""

    epochs: int = Field(default=200, ge=1)
    patience: int = Field(default=20, ge=1)
    batch_size: int = Field(default=256, ge=1)
    learning_rate: float = Field(default=0.003, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    dim: int = Field(default=128, ge=1, description="d, width of a vector")
    norm: Literal[1, 2] = Field(default=1, description="p of the distance")
    negatives: int = Field(default=512, ge=1, description="entities drawn against a step's answers, at most")


class Translation(nn.Module):
    """Vectors of entities and of relations, inverses among them.

    Args:
        entities: N.
        relations: 2m.
        dim: d.
        norm: p.
    """

    def __init__(self, entities: int, relations: int, dim: int, norm: int) -> None:
        super().__init__()
        self.entity = nn.Parameter(nn.init.xavier_uniform_(torch.empty(entities, dim)))
        self.relation = nn.Parameter(nn.init.xavier_uniform_(torch.empty(relations, dim)))
        self.norm = norm

    def moved(self, heads: Tensor, relations: Tensor) -> Tensor:
        """(B, d) heads translated by relations: h + r."""
        return self.entity[heads] + self.relation[relations]

    def against(self, moved: Tensor, tails: Tensor) -> Tensor:
        """(B, K) scores of each of (B, d) translated heads with each of (K, d) tails: -||h + r - t||."""
        return -torch.cdist(moved, tails, self.norm, "donot_use_mm_for_euclid_dist")

    def beside(self, moved: Tensor, tails: Tensor) -> Tensor:
        """(A,) scores of (A, d) translated heads, each with its own of (A, d) tails."""
        distance: Tensor = torch.linalg.vector_norm(moved - tails, self.norm, dim=1)
        return -distance


class TransE(EntityTrainer):
    """Entities and relations as vectors; a `TailScorer` and an `Embedder`.

    (h, r, t) scores -||h + r - t||. The relation that asks for heads has a vector of its own; that of a
    symmetric relation is the relation's, whichever way it is asked. Learned by cross-entropy between each
    answer and entities drawn for a whole step, of which those that answer the query too are left out, instead
    of by a margin.
    """

    Config = TransEConfig
    reference = Reference(
        title="Translating Embeddings for Modeling Multi-relational Data",
        venue="NIPS",
        year=2013,
        url="https://papers.nips.cc/paper/5071-translating-embeddings-for-modeling-multi-relational-data",
    )

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        super().__init__(config, relations, seed=seed, device=device)
        self.settings = TransEConfig.model_validate(config.model_dump())
        self.network = self._initial()

    def _initial(self) -> Translation:
        """Vectors for all `entities`, drawn by the seed."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            settings, relations = self.settings, 2 * len(self.relations)
            return Translation(len(self.entities), relations, settings.dim, settings.norm).to(self.device)

    @classmethod
    def default_config(cls, splits: Splits, *, epoch_seconds: float = 300.0) -> TransEConfig:
        """Bigger steps and fewer epochs where there are many facts."""
        del epoch_seconds  # an epoch is short
        if len(splits.known) < 50_000:
            return TransEConfig()
        return TransEConfig(epochs=50, patience=5, batch_size=1024, validate_at_most=1000)

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        self.network = self._initial()
        report = train(TranslationLearner.of(self, splits), progress=progress, checkpoint=checkpoint)
        both = np.arange(len(self.relations))
        both = both[splits.vocabulary.inverse[both] == both]  # symmetric: asked one way, so one was learned
        with torch.no_grad():
            self.network.relation[both + len(self.relations)] = self.network.relation[both]
        return report

    @torch.no_grad()
    def own_scores(self, heads: Ints, relations: Ints) -> Floats32:
        """See `EntityTrainer.own_scores`."""
        asked = torch.from_numpy(np.stack([heads, relations])).to(self.device)
        moved = self.network.moved(asked[0], asked[1])
        found: Floats32 = self.network.against(moved, self.network.entity).cpu().numpy()
        return found

    def embed(self) -> Floats32:
        """See `Embedder.embed`."""
        vectors: Floats32 = self.network.entity.detach().cpu().numpy()
        return vectors

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`."""
        return {name: value.detach().cpu() for name, value in self.network.state_dict().items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`."""
        self.network = self._initial()
        self.network.load_state_dict(tensors)


@dataclass(frozen=True)
class TranslationLearner:
    """How TransE learns; a `Learner`. All answers of a query are learned in one step.

    Attributes:
        model: What learns.
        queries: Both directions of the known facts.
        validation: What each epoch is chosen by.
    """

    model: TransE
    queries: Queries
    validation: Validation
    criterion: str = "valid_mrr"

    @classmethod
    def of(cls, model: TransE, splits: Splits) -> TranslationLearner:
        """The learner of a model on a divided graph."""
        return cls(model, Queries.of(splits.known), Validation.of(splits, model.settings.validate_at_most))

    @property
    def network(self) -> Translation:
        """See `Learner.network`."""
        return self.model.network

    @property
    def settings(self) -> TransEConfig:
        """See `Learner.settings`."""
        return self.model.settings

    @property
    def seed(self) -> int:
        """See `Learner.seed`."""
        return self.model.seed

    def steps(self, draw: np.random.Generator) -> Iterator[Step]:
        """See `Learner.steps`."""
        entities, done = len(self.model.entities), 0
        negatives = min(self.settings.negatives, entities)
        for heads, relations, ptr, answers in batches(self.queries, self.settings.batch_size, draw):
            drawn = draw.choice(entities, negatives, replace=False, shuffle=False)
            done += len(answers)
            loss = self._loss(
                heads, relations, np.repeat(np.arange(len(heads)), np.diff(ptr)), answers, drawn
            )
            yield Step(loss, len(answers), done / len(self.queries.answer))

    def _loss(self, heads: Ints, relations: Ints, asked: Ints, answers: Ints, drawn: Ints) -> Tensor:
        """The sum over answers of -log softmax of each among the drawn entities.

        Args:
            heads, relations: (B,) queries.
            asked: (A,) the query of each answer.
            answers: (A,) entities, all the queries have.
            drawn: (K,) entities, different ones.
        """
        network, device = self.network, self.model.device
        place = np.full(len(self.model.entities), -1)
        place[drawn] = np.arange(len(drawn))
        true = np.flatnonzero(place[answers] >= 0)
        h, r, q, a, k = (torch.from_numpy(x).to(device) for x in (heads, relations, asked, answers, drawn))
        moved = network.moved(h, r)
        others = network.against(moved, network.entity[k])
        mask = torch.zeros_like(others, dtype=torch.bool)
        mask[torch.from_numpy(asked[true]).to(device), torch.from_numpy(place[answers[true]]).to(device)] = (
            True
        )
        rest = others.masked_fill(mask, -torch.inf).logsumexp(dim=1)
        return softplus(rest[q] - network.beside(moved[q], network.entity[a])).sum()

    def validate(self) -> float | None:
        """See `Learner.validate`."""
        return self.validation.mrr(self.model)
