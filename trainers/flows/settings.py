"""Settings of EmerGNN."""

from __future__ import annotations

from pydantic import Field

from trainers.training.loop import TrainingConfig


class EmerGNNConfig(TrainingConfig):
    """Settings of EmerGNN; defaults suit graphs of a hundred thousand known pairs."""

    epochs: int = Field(default=15, ge=1)
    patience: int = Field(default=5, ge=1, description="epochs without a better validation before it stops")
    batch_size: int = Field(default=64, ge=1, description="pairs a step whose walks are walked")
    learning_rate: float = Field(default=0.002, gt=0)
    decay: float = Field(default=0.85, gt=0, le=1, description="learning rate factor each epoch")
    weight_decay: float = Field(default=0.01, ge=0, description="decoupled, as in AdamW")
    validate_at_most: int = Field(default=3000, ge=1, description="validation pairs judged each epoch")
    pairs_an_epoch: tuple[int, int, int] = Field(
        default=(4000, 8000, 4000),
        description="pairs drawn for an epoch at most: of known drugs, with one simulated new, with two",
    )
    new_share: float = Field(default=0.2, ge=0, lt=1, description="drugs that are new for an epoch")
    beside: int = Field(
        default=512,
        ge=0,
        description="pairs a step that are learned by their two descriptions alone, besides",
    )
    balance: float = Field(
        default=0.3, ge=0, le=1, description="a type of n known pairs weighs n^-balance in the loss"
    )
    dim: int = Field(default=32, ge=1, description="d, width of what flows")
    describe: int = Field(default=256, ge=1, description="width of the description of a drug")
    hidden: int = Field(default=512, ge=1, description="width of the network on two descriptions")
    dropout: float = Field(default=0.2, ge=0, lt=1)
    fan_out: int = Field(default=64, ge=1, description="known pairs of either end that are walked at most")
    neighbours: int = Field(default=40, ge=1, description="analogues of each drug")
    power: float = Field(default=4.0, gt=0, description="an analogue counts for its likeness to this power")
    chemistry: bool = Field(default=True, description="whether structures count; false: known facts alone")
