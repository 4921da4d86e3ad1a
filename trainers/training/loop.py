"""The one training loop: epochs of steps, chosen on validation, within limits, safe to interrupt.

What is learned, and how a step is made of it, is the `Learner`'s; so the loop knows no graph and no task.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from graph_schema.errors import RunError
from graph_schema.progress import Progress
from trainers.kernels.threads import kernel_threads, one_torch_thread
from trainers.trainer import FitReport, ModelConfig
from trainers.training.checkpoint import State, load_checkpoint, save_checkpoint


class TrainingConfig(ModelConfig):
    """Settings of the loop."""

    epochs: int = Field(default=50, ge=1)
    steps: int | None = Field(default=None, ge=1, description="steps at most; None: what the epochs have")
    budget: float | None = Field(default=None, gt=0, description="seconds of training at most")
    patience: int = Field(default=10, ge=1, description="epochs without a better validation before it stops")
    batch_size: int = Field(default=20, ge=1, description="facts a step, one direction each")
    learning_rate: float = Field(default=0.003, gt=0)
    decay: float = Field(default=0.99, gt=0, le=1, description="learning rate factor each epoch")
    weight_decay: float = Field(
        default=1e-4, ge=0, description="L2 weight as published, divided by the step's size"
    )
    validate_at_most: int = Field(default=5000, ge=1, description="validation facts ranked each epoch")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an epoch.

    Attributes:
        loss: A differentiable scalar, the sum over the step's terms.
        terms: How many terms that sum has.
        share: The share of its epoch that is done with it, in (0, 1].
    """

    loss: Tensor
    terms: int
    share: float


class Learner(Protocol):
    """What the loop needs of what is trained."""

    @property
    def network(self) -> nn.Module:
        """Whose parameters are learned, on the device where they are."""
        ...

    @property
    def settings(self) -> TrainingConfig:
        """How."""
        ...

    @property
    def seed(self) -> int:
        """Decides, with its number, what is drawn in an epoch."""
        ...

    @property
    def criterion(self) -> str:
        """The name of the figure that `validate` gives, as it stands in the curve: `valid_mrr`."""
        ...

    def optimizer(self) -> torch.optim.Optimizer:
        """What takes the steps; a new one."""
        ...

    def steps(self, draw: np.random.Generator) -> Iterator[Step]:
        """The steps of one epoch, each made when the step before has been taken.

        Args:
            draw: The only source of randomness.
        """
        ...

    def validate(self) -> float | None:
        """How good the parameters are on facts held out, higher is better; None where there are none."""
        ...


def adam(network: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """Adam over all parameters at every step, with the settings' weight decay."""
    return torch.optim.Adam(
        network.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay / config.batch_size,
        fused=True,
    )


@one_torch_thread()
def train(
    learner: Learner,
    *,
    progress: Progress,
    checkpoint: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> FitReport:
    """Train until the epochs, steps, seconds or the patience are used up, and keep the best epoch.

    An epoch that steps or seconds cut short is validated as any other. Each epoch draws from its own number
    and the seed alone, and kernels use as many threads as when it began, so that a training gone on
    with, on whatever machine, ends as one that was never interrupted.

    Args:
        learner: What learns; afterwards its network holds the best epoch's parameters, without validation
            the last one's.
        progress: Told of every step; what it raises, and Ctrl-C, leaves the last epoch's checkpoint.
        checkpoint: Folder to resume from and to write to after each epoch.
        clock: Seconds since some moment.

    Returns:
        The curve: for each epoch `epoch`, `loss`, the learner's criterion and `seconds`; and in `extra` the
        number of `threads`, without which two trainings cannot be compared to the last bit.

    Raises:
        RunError: the loss is no longer finite.
    """
    config, network = learner.settings, learner.network
    optimizer = learner.optimizer()
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, config.decay)
    state, best = State(), {k: v.clone() for k, v in network.state_dict().items()}
    if checkpoint and (checkpoint / "training.json").exists():
        state, best = load_checkpoint(checkpoint, network, optimizer, scheduler)
    with kernel_threads(state.threads):
        while not _finished(config, state):
            began = clock()
            loss = _epoch(learner, optimizer, state, progress, clock)
            scheduler.step()
            state.epoch += 1
            line = {"epoch": float(state.epoch), "loss": loss}
            value = learner.validate()
            if value is not None:
                line[learner.criterion] = value
            line["seconds"] = clock() - began
            state.history.append(line)
            reached = float(state.epoch) if value is None else value
            if state.best_epoch == 0 or reached > state.best:
                state.best, state.best_epoch = reached, state.epoch
                best = {k: v.clone() for k, v in network.state_dict().items()}
            if checkpoint:
                save_checkpoint(checkpoint, network, optimizer, scheduler, state, best)
            shown = ", ".join(f"{k} {v:.4f}" for k, v in line.items() if k in {"loss", learner.criterion})
            progress(f"epoch {state.epoch}: {shown}", state.epoch, config.epochs)
    network.load_state_dict(best)
    extra = {"threads": float(state.threads)}
    return FitReport(state.epoch, state.best_epoch, tuple(state.history), extra)


def _finished(config: TrainingConfig, state: State) -> bool:
    waited = state.epoch - state.best_epoch
    return state.epoch >= config.epochs or waited >= config.patience or _spent(config, state, 0.0)


def _spent(config: TrainingConfig, state: State, seconds: float) -> bool:
    """Whether the steps or seconds are used up. Args: seconds: Since the last whole epoch."""
    steps_spent = config.steps is not None and state.steps >= config.steps
    return steps_spent or (config.budget is not None and state.seconds + seconds >= config.budget)


def _epoch(
    learner: Learner,
    optimizer: torch.optim.Optimizer,
    state: State,
    progress: Progress,
    clock: Callable[[], float],
) -> float:
    """The mean loss of a term over the steps of the next epoch, or over those that the limits allow."""
    config, began = learner.settings, clock()
    total, terms = 0.0, 0
    for step in learner.steps(np.random.default_rng([learner.seed, state.epoch])):
        value = float(step.loss.detach())
        if not np.isfinite(value):
            raise RunError(
                f"the loss became {value} in epoch {state.epoch + 1}; wanted a finite number. "
                f"Lower learning_rate (now {config.learning_rate})"
            )
        step.loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        state.steps, total, terms = state.steps + 1, total + value, terms + step.terms
        progress(
            f"epoch {state.epoch + 1}: loss {total / terms:.4f}", state.epoch + step.share, config.epochs
        )
        if _spent(config, state, clock() - began):
            break
    return total / max(terms, 1)
