"""Settings of KnowDDI."""

from __future__ import annotations

from pydantic import Field

from trainers.training.loop import TrainingConfig


class KnowDDIConfig(TrainingConfig):
    """Settings of KnowDDI; defaults suit graphs of a hundred thousand known pairs."""

    epochs: int = Field(default=60, ge=1)
    patience: int = Field(default=10, ge=1, description="epochs without a better validation before it stops")
    batch_size: int = Field(default=128, ge=1, description="pairs a step")
    learning_rate: float = Field(default=0.01, gt=0)
    decay: float = Field(default=0.95, gt=0, le=1, description="learning rate factor each epoch")
    weight_decay: float = Field(default=1e-5, ge=0, description="L2 weight")
    validate_at_most: int = Field(default=2000, ge=1, description="validation pairs judged each epoch")
    pairs_an_epoch: int = Field(default=5000, ge=1, description="known pairs drawn for an epoch at most")
    beside: int = Field(
        default=4096, ge=0, description="pairs a step that are learned by their ends alone, besides"
    )
    balance: float = Field(
        default=0.5, ge=0, le=1, description="a type of n known pairs is drawn with weight n^-balance each"
    )
    new_share: float = Field(
        default=0.0, ge=0, lt=1, description="share of drugs that have no known pair for an epoch"
    )
    dim: int = Field(default=32, ge=1, description="d, width of vectors")
    hidden: int = Field(default=32, ge=1, description="width of the network that gives signals")
    layers: int = Field(default=3, ge=1, le=8, description="L, rounds of learning on a subgraph")
    nodes: int = Field(default=48, ge=3, description="entities of a subgraph at most, the two ends included")
    mix: float = Field(default=0.5, ge=0, le=1, description="λ, what a fact counts beside its signal")
    least: float = Field(default=0.01, ge=0, lt=1, description="γ, signals up to it are none")
    dropout: float = Field(default=0.2, ge=0, lt=1)
