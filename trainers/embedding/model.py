"""The base of embedding models: a score, tables of vectors, and the answers read off them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from graph_schema.arrays import Floats32, Ints
from graph_schema.progress import Progress
from graph_schema.triples import Splits
from trainers.cost import Cost
from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.costing import cost_of
from trainers.embedding.learner import EmbeddingLearner
from trainers.embedding.objective import Objective, Plain
from trainers.embedding.scores import Score, crop_scores
from trainers.embedding.tables import Tables
from trainers.entity_trainer import EntityTrainer
from trainers.kernels.threads import one_torch_thread
from trainers.trainer import FitReport, ModelConfig
from trainers.training.loop import train
from trainers.training.validation import Validation

TABLES = ("entity", "relation")
"""Names of the tables."""

MANY = 50_000
"""Facts from which on there are many."""

PRODUCTS_A_SECOND = 5e10
"""Additions and products that any machine makes."""

_TOGETHER = 16
"""Queries answered together."""

_MOST = 1e30
"""In place of numbers without end."""


class EmbeddingModel(EntityTrainer):
    """Entities and relations as vectors; a `TailScorer` and an `Embedder`.

    The relation that asks for heads has a vector of its own; that of a symmetric relation is the relation's,
    whichever way it is asked.
    """

    Config = EmbeddingConfig

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        super().__init__(config, relations, seed=seed, device=device)
        settings = self.Config.model_validate(config.model_dump())
        assert isinstance(settings, EmbeddingConfig)
        self.settings = settings
        self.score = self.scored(self.settings)
        self.network = self._initial()

    @classmethod
    @abstractmethod
    def scored(cls, settings: EmbeddingConfig) -> Score:
        """The model's score."""

    @classmethod
    def default_config(cls, splits: Splits, *, epoch_seconds: float = 300.0) -> EmbeddingConfig:
        """Bigger steps and fewer epochs where there are many facts; a draw where all would take too long."""
        chosen: dict[str, Any] = {}
        if len(splits.known) >= MANY:
            chosen = {"epochs": 50, "patience": 5, "batch_size": 1024, "validate_at_most": 1000}
        config = cls.Config.model_validate(chosen)
        assert isinstance(config, EmbeddingConfig)
        products = 6 * 2 * len(splits.known) * splits.known.num_entities * 2 * config.dim
        if config.loss == "one_vs_all" and products > PRODUCTS_A_SECOND * epoch_seconds:
            chosen |= {"loss": "cross_entropy", "negatives": 512, "shared": 64}
            config = cls.Config.model_validate(chosen)
            assert isinstance(config, EmbeddingConfig)
        return config

    def cost(self, splits: Splits) -> Cost:
        """See `Trainer.cost`."""
        other = type(self)(self.config, self.relations, seed=self.seed, device=self.device)
        other.entities = tuple(splits.vocabulary.entities)
        other.bind(splits.known)
        other.network = other._initial()
        return cost_of(EmbeddingLearner.of(other, splits), other)

    @property
    def objective(self) -> Objective:
        """What it is learned by."""
        return Plain(self.settings)

    def chosen_by(self, validation: Validation) -> float | None:
        """Filtered, realistic MRR on validation; None without facts to validate on."""
        return validation.mrr(self)

    def _initial(self) -> Tables:
        """Vectors for all `entities`, drawn by the seed."""
        count = (len(self.entities), 2 * len(self.relations))
        return Tables(self.score, *count, self.settings, self.seed).to(self.device)

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        self.network = self._initial()
        report = train(EmbeddingLearner.of(self, splits), progress=progress, checkpoint=checkpoint)
        both = np.arange(len(self.relations))
        both = both[splits.vocabulary.inverse[both] == both]  # symmetric: asked one way, so one was learned
        with torch.no_grad():
            self.network.relation[both + len(self.relations)] = self.network.relation[both]
        return report

    @torch.no_grad()
    @one_torch_thread()
    def own_scores(self, heads: Ints, relations: Ints) -> Floats32:
        """See `EntityTrainer.own_scores`. A score that is no number is the lowest there is."""
        return self.scores_at((self.settings.dim,), heads, relations)[:, :, 0]

    @torch.no_grad()
    def scores_at(self, widths: Sequence[int], heads: Ints, relations: Ints) -> Floats32:
        """(B, N, n) scores of (B,) queries with all `entities`, at each of some widths, ascending."""
        network, parts = self.network, []
        everybody = np.arange(len(self.entities))[None]
        for start in range(0, len(heads), _TOGETHER):
            cut = slice(start, start + _TOGETHER)
            h, r = (torch.from_numpy(ids[cut]).to(self.device) for ids in (heads, relations))
            given = (self.score, network.entity[h], network.relation[r], network.entity)
            nobody = np.zeros(len(h), dtype=np.int64)
            parts.append(crop_scores(*given, nobody, everybody, widths)[:, 1:].cpu())
        found: Floats32 = torch.cat(parts).nan_to_num(-_MOST, _MOST, -_MOST).numpy()
        return found

    def embed(self) -> Floats32:
        """See `Embedder.embed`."""
        return _interleaved(self.network.entity)

    def embed_relations(self) -> Floats32:
        """See `RelationEmbedder.embed_relations`."""
        return _interleaved(self.network.relation)

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`."""
        return {name: value.detach().cpu() for name, value in self.network.state_dict().items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`. Tables of an earlier version had no axis for parts; there was one."""
        self.network = self._initial()
        whole = {name: t[:, None] if name in TABLES and t.ndim == 2 else t for name, t in tensors.items()}
        self.network.load_state_dict(whole)

    @property
    def widths(self) -> tuple[int, ...]:
        """See `Croppable.widths`."""
        return (self.settings.dim,)

    def cropped(self, width: int) -> EmbeddingModel:
        """The same model of the first coordinates alone. Args: width: 1 to `dim`."""
        settings = self.settings.model_copy(update={"dim": width})
        other = type(self)(settings, self.relations, seed=self.seed, device=self.device)
        return self.given_to(other, width)

    def given_to(self, other: EmbeddingModel, width: int) -> EmbeddingModel:
        """Another model, with the first coordinates of this one's vectors."""
        other.entities, other.own_ids = self.entities, self.own_ids
        other.network = Tables(other.score, 0, 0, other.settings, 0)
        for name in TABLES:
            first = getattr(self.network, name).detach()[:, :, :width].contiguous()
            setattr(other.network, name, nn.Parameter(first))
        return other


def _interleaved(table: Tensor) -> Floats32:
    """(N, d · c) of (N, c, d)."""
    found: Floats32 = table.detach().transpose(1, 2).reshape(len(table), -1).cpu().numpy()
    return found
