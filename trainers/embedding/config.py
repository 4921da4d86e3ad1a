"""Settings that all embedding models have."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trainers.training.loop import TrainingConfig

Loss = Literal["self_adversarial", "cross_entropy", "one_vs_all", "k_vs_all"]


class EmbeddingConfig(TrainingConfig):
    """Settings of an embedding model; defaults suit graphs of some thousand facts."""

    epochs: int = Field(default=200, ge=1)
    patience: int = Field(default=20, ge=1)
    batch_size: int = Field(default=256, ge=1, description="queries a step, each with one answer")
    learning_rate: float = Field(default=0.1, gt=0)
    weight_decay: float = Field(default=0.0, ge=0, description="L2 weight of the vectors of a step's facts")
    dim: int = Field(default=128, ge=1, description="d, coordinates of a vector")
    loss: Loss = Field(
        default="one_vs_all",
        description="self_adversarial or cross_entropy against entities drawn; one_vs_all or k_vs_all "
        "(all answers of a query at once) cross-entropy against all",
    )
    optimizer: Literal["adagrad", "adam"] = Field(
        default="adagrad", description="of the rows that a step touches"
    )
    negatives: int = Field(default=64, ge=1, description="entities drawn against an answer")
    shared: int = Field(default=1, ge=1, description="queries that share the entities drawn")
    sampling: Literal["uniform", "bernoulli"] = Field(
        default="uniform",
        description="each fact asked in both directions, or in one, drawn by how many answers each has",
    )
    margin: float = Field(
        default=0.0, ge=0, description="γ, what a score is raised by before self_adversarial"
    )
    adversarial: float = Field(default=1.0, ge=0, description="α, weight of hard negatives; 0: all alike")
    smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="share of k_vs_all's target spread over all"
    )
    n3: float = Field(default=0.0, ge=0, description="weight of the cubes of the vectors of a step's facts")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="of the numbers of entities' vectors")
    relation_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="of the numbers of relations' vectors"
    )
    init_scale: float = Field(default=0.1, gt=0, description="spread of the vectors that scores multiply")
