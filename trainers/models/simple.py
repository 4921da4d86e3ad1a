"""SimplE: every entity has a vector as head and one as tail, every relation one for each direction."""

from __future__ import annotations

import torch
from torch import Tensor

from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.model import EmbeddingModel
from trainers.embedding.scores import Score
from trainers.trainer import Reference


class BothWays(Score):
    """½ Σ (h as head · r · t as tail + t as head · r' · h as tail); the parts are head and tail."""

    entity_parts = 2
    relation_parts = 2

    def moved(self, head: Tensor, relation: Tensor) -> Tensor:
        """See `Score.moved`: what t as head is multiplied by, and what t as tail."""
        (as_head, as_tail), (forth, back) = head.unbind(dim=1), relation.unbind(dim=1)
        return torch.stack([back * as_tail, forth * as_head], dim=1) / 2


class SimplE(EmbeddingModel):
    """Scores (h, r, t) by the mean of both directions' products."""

    reference = Reference(
        title="SimplE Embedding for Link Prediction in Knowledge Graphs",
        venue="NeurIPS",
        year=2018,
        url="https://arxiv.org/abs/1802.04868",
    )

    @classmethod
    def scored(cls, settings: EmbeddingConfig) -> Score:
        """See `EmbeddingModel.scored`."""
        del settings
        return BothWays()
