"""DistMult: an answer is like the head, each coordinate weighed by the relation."""

from __future__ import annotations

from torch import Tensor

from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.model import EmbeddingModel
from trainers.embedding.scores import Score
from trainers.trainer import Reference


class Diagonal(Score):
    """Σ h · r · t."""

    def moved(self, head: Tensor, relation: Tensor) -> Tensor:
        """See `Score.moved`."""
        return head * relation


class DistMult(EmbeddingModel):
    """Scores (h, r, t) by Σ h · r · t; with reciprocal relations it need not be symmetric."""

    reference = Reference(
        title="Embedding Entities and Relations for Learning and Inference in Knowledge Bases",
        venue="ICLR",
        year=2015,
        url="https://arxiv.org/abs/1412.6575",
    )

    @classmethod
    def scored(cls, settings: EmbeddingConfig) -> Score:
        """See `EmbeddingModel.scored`."""
        del settings
        return Diagonal()
