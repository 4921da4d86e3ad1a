"""PairRE: a relation weighs the coordinates of head and tail apart, and compares them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field
from torch import Generator, Tensor

from trainers.embedding.config import EmbeddingConfig, Loss
from trainers.embedding.model import EmbeddingModel
from trainers.embedding.scores import Score, uniform
from trainers.kernels.block_scores.loops import SCALED
from trainers.trainer import Reference


class PairREConfig(EmbeddingConfig):
    """Settings of PairRE; defaults suit graphs of some thousand facts."""

    learning_rate: float = Field(default=0.01, gt=0)
    optimizer: Literal["adagrad", "adam"] = "adam"
    loss: Loss = "self_adversarial"
    margin: float = Field(default=6.0, ge=0, description="γ, what a score is raised by")


class Paired(Score):
    """−‖ĥ ∘ r − t̂ ∘ r'‖₁, ĥ and t̂ of unit length; at each width anew, so no sum over coordinates."""

    relation_parts = 2
    kind = SCALED
    additive = False

    def first_relations(self, shape: Sequence[int], draw: Generator, settings: EmbeddingConfig) -> Tensor:
        """Weights within (γ + 2) / d of each other's."""
        return uniform(shape, draw, (settings.margin + 2) / settings.dim)

    def moved(self, head: Tensor, relation: Tensor) -> Tensor:
        """See `Score.moved`."""
        return head * relation[:, :1]

    def scale(self, relation: Tensor) -> Tensor:
        """See `Score.scale`."""
        return relation[:, 1:]


class PairRE(EmbeddingModel):
    """Scores (h, r, t) by −‖ĥ ∘ r − t̂ ∘ r'‖₁, with vectors of entities scaled to unit length."""

    Config = PairREConfig
    reference = Reference(
        title="PairRE: Knowledge Graph Embeddings via Paired Relation Vectors",
        venue="ACL",
        year=2021,
        url="https://arxiv.org/abs/2011.03798",
    )

    @classmethod
    def scored(cls, settings: EmbeddingConfig) -> Score:
        """See `EmbeddingModel.scored`."""
        del settings
        return Paired()
