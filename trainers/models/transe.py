"""TransE: a relation is a translation, and an answer is near the head moved by it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from torch import Tensor

from graph_schema.triples import Splits
from trainers.embedding.config import EmbeddingConfig, Loss
from trainers.embedding.model import EmbeddingModel
from trainers.embedding.scores import Score
from trainers.kernels.block_scores.loops import L1, L2
from trainers.trainer import Reference


class TransEConfig(EmbeddingConfig):
    """Settings of TransE; defaults suit graphs of some thousand facts."""

    learning_rate: float = Field(default=0.003, gt=0)
    optimizer: Literal["adagrad", "adam"] = "adam"
    loss: Loss = "cross_entropy"
    negatives: int = Field(default=512, ge=1, description="entities drawn against an answer")
    shared: int = Field(default=256, ge=1, description="queries that share the entities drawn")
    norm: Literal[1, 2] = Field(default=1, description="p of the distance")


class Translation(Score):
    """−‖h + r − t‖. Args: norm: p."""

    def __init__(self, norm: int) -> None:
        self.kind = L1 if norm == 1 else L2

    def moved(self, head: Tensor, relation: Tensor) -> Tensor:
        """See `Score.moved`."""
        return head + relation


class TransE(EmbeddingModel):
    """Scores (h, r, t) by −‖h + r − t‖.

    Unless said otherwise learned by cross-entropy between each answer and entities drawn for a whole step
    instead of by a margin.
    """

    Config = TransEConfig
    reference = Reference(
        title="Translating Embeddings for Modeling Multi-relational Data",
        venue="NIPS",
        year=2013,
        url="https://papers.nips.cc/paper/5071-translating-embeddings-for-modeling-multi-relational-data",
    )

    @classmethod
    def scored(cls, settings: EmbeddingConfig) -> Score:
        """See `EmbeddingModel.scored`."""
        return Translation(TransEConfig.model_validate(settings.model_dump()).norm)

    @classmethod
    def default_config(cls, splits: Splits, *, epoch_seconds: float = 300.0) -> EmbeddingConfig:
        """What is drawn is shared by a whole step."""
        found = super().default_config(splits, epoch_seconds=epoch_seconds)
        chosen = found.model_dump(exclude_unset=True)
        return TransEConfig.model_validate(chosen | {"shared": found.batch_size})
