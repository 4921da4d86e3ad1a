"""ComplEx: DistMult with complex numbers, so that the order of head and tail matters."""

from __future__ import annotations

import torch
from torch import Tensor

from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.model import EmbeddingModel
from trainers.embedding.scores import Score
from trainers.trainer import Reference


class Hermitian(Score):
    """Re Σ h · r · conj(t), of complex numbers as two parts."""

    entity_parts = 2
    relation_parts = 2

    def moved(self, head: Tensor, relation: Tensor) -> Tensor:
        """See `Score.moved`: the complex product, whose parts are compared with those of t."""
        (a, b), (c, d) = head.unbind(dim=1), relation.unbind(dim=1)
        return torch.stack([a * c - b * d, a * d + b * c], dim=1)


class ComplEx(EmbeddingModel):
    """Scores (h, r, t) by Re Σ h · r · conj(t)."""

    reference = Reference(
        title="Complex Embeddings for Simple Link Prediction",
        venue="ICML",
        year=2016,
        url="https://arxiv.org/abs/1606.06357",
    )

    @classmethod
    def scored(cls, settings: EmbeddingConfig) -> Score:
        """See `EmbeddingModel.scored`."""
        del settings
        return Hermitian()
