"""RotatE: a relation turns each complex coordinate of the head, and an answer is near where it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from trainers.embedding.config import EmbeddingConfig, Loss
from trainers.embedding.model import EmbeddingModel
from trainers.embedding.scores import Score, uniform
from trainers.kernels.block_scores.loops import MODULUS
from trainers.trainer import Reference


class RotatEConfig(EmbeddingConfig):
    """Settings of RotatE; defaults suit graphs of some thousand facts."""

    learning_rate: float = Field(default=0.01, gt=0)
    optimizer: Literal["adagrad", "adam"] = "adam"
    loss: Loss = "self_adversarial"
    margin: float = Field(default=9.0, ge=0, description="γ, what a score is raised by")
    negatives: int = Field(default=64, ge=1, description="entities drawn against an answer")


class Rotation(Score):
    """−Σ |h · e^{iφ} − t|, of complex numbers as two parts; relations are angles φ."""

    entity_parts = 2
    kind = MODULUS

    def first_relations(
        self, shape: Sequence[int], draw: torch.Generator, settings: EmbeddingConfig
    ) -> Tensor:
        """Angles drawn from the whole circle."""
        del settings
        return uniform(shape, draw, math.pi)

    def relation_rate(self, settings: EmbeddingConfig) -> float:
        """π d / (γ + 2): the authors learn angles as multiples of the spread that entities begin with."""
        return math.pi * settings.dim / (settings.margin + 2)

    def moved(self, head: Tensor, relation: Tensor) -> Tensor:
        """See `Score.moved`."""
        (a, b), angle = head.unbind(dim=1), relation[:, 0]
        c, d = angle.cos(), angle.sin()
        return torch.stack([a * c - b * d, a * d + b * c], dim=1)


class RotatE(EmbeddingModel):
    """Scores (h, r, t) by −Σ |h · e^{iφ} − t|."""

    Config = RotatEConfig
    reference = Reference(
        title="RotatE: Knowledge Graph Embedding by Relational Rotation in Complex Space",
        venue="ICLR",
        year=2019,
        url="https://arxiv.org/abs/1902.10197",
    )

    @classmethod
    def scored(cls, settings: EmbeddingConfig) -> Score:
        """See `EmbeddingModel.scored`."""
        del settings
        return Rotation()
