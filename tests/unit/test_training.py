"""The loop, on a learner whose validation is written down beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from graph_schema.errors import RunError
from tests.small_graphs import silent
from trainers.kernels.threads import kernel_threads, thread_count
from trainers.training.loop import Step, TrainingConfig, adam, train

STEPS = 4
"""Steps of an epoch."""


class Scripted:
    """Pulls one number towards what it draws; `said` is what its validations give.

    A step takes it a second, and a validation two.
    """

    criterion = "valid_score"

    def __init__(self, said: Sequence[float] = (), seed: int = 0, **settings: float | None) -> None:
        self.settings = TrainingConfig.model_validate({"epochs": 6} | settings)
        self.network, self.seed = nn.Linear(1, 1), seed
        nn.init.zeros_(self.network.weight)
        nn.init.zeros_(self.network.bias)
        self._said = list(said)
        self.kept: list[float] = []
        self.epochs, self.now = 0, 100.0

    def optimizer(self) -> torch.optim.Optimizer:
        return adam(self.network, self.settings)

    def steps(self, draw: np.random.Generator) -> Iterator[Step]:
        self.epochs += 1
        for number in range(STEPS):
            self.now += 1
            wanted = torch.full((1,), float(draw.normal()))
            yield Step((self.network(torch.ones(1)) - wanted).square().sum(), 1, (number + 1) / STEPS)

    def validate(self) -> float | None:
        self.now += 2
        self.kept.append(self.weight)
        return self._said[len(self.kept) - 1] if self._said else None

    @property
    def weight(self) -> float:
        return float(self.network.weight.detach())


def test_the_best_epoch_is_kept_and_patience_ends_training() -> None:
    learner = Scripted((-3, -1, -2, -2, -2, 9), patience=3)
    report = train(learner, progress=silent)
    assert (report.epochs, report.best_epoch) == (5, 2)
    assert learner.weight == learner.kept[1]
    assert [line["valid_score"] for line in report.history] == [-3, -1, -2, -2, -2]
    assert report.extra["threads"] >= 1


def test_without_validation_the_last_epoch_is_kept() -> None:
    learner = Scripted()
    report = train(learner, progress=silent)
    assert (report.epochs, report.best_epoch) == (6, 6)
    assert learner.weight == learner.kept[-1]
    assert set(report.history[0]) == {"epoch", "loss", "seconds"}


def test_the_seed_decides() -> None:
    weights: list[list[float]] = [[], [], []]
    for seed, found in zip((0, 0, 1), weights, strict=True):
        learner = Scripted(seed=seed)
        train(learner, progress=silent)
        found += learner.kept
    assert weights[0] == weights[1] != weights[2]


@pytest.mark.parametrize(
    ("budget", "took"), [(0.5, [3]), (4, [6]), (6, [6]), (7, [6, 3]), (19, [6, 6, 6, 3])]
)
def test_a_budget_ends_it_with_the_best_epoch(budget: float, took: list[float]) -> None:
    learner = Scripted((5, 4, 3, 2, 1, 0), budget=budget)
    report = train(learner, progress=silent, clock=lambda: learner.now)
    assert [line["seconds"] for line in report.history] == took
    assert (report.epochs, report.best_epoch) == (len(took), 1)
    assert learner.weight == learner.kept[0]


def test_a_budget_is_one_for_all_sessions_of_a_training(tmp_path: Path) -> None:
    first, again = Scripted(budget=20), Scripted(budget=20)
    began = train(first, progress=silent, checkpoint=tmp_path, clock=lambda: first.now)
    assert train(again, progress=silent, checkpoint=tmp_path, clock=lambda: again.now) == began
    assert again.epochs == 0
    assert again.weight == first.weight


def test_steps_are_a_limit_too() -> None:
    done: list[float] = []
    learner = Scripted(steps=STEPS + 1)
    report = train(learner, progress=lambda what, at, of: done.append(at))
    assert report.epochs == 2
    assert done == [0.25, 0.5, 0.75, 1.0, 1.0, 1.25, 2.0]


def test_an_interruption_passes_and_costs_only_the_epoch_it_came_in(tmp_path: Path) -> None:
    def stop(what: str, done: float, total: float) -> None:
        if done > 3.3:
            raise KeyboardInterrupt

    said = (1, 5, 2, 3, 3, 3)
    whole, broken, again = Scripted(said), Scripted(said), Scripted(said[3:])
    report = train(whole, progress=silent)
    with pytest.raises(KeyboardInterrupt):
        train(broken, progress=stop, checkpoint=tmp_path)
    assert broken.epochs == 4
    resumed = train(again, progress=silent, checkpoint=tmp_path)
    assert again.epochs == 3
    assert (resumed.epochs, resumed.best_epoch) == (report.epochs, report.best_epoch) == (6, 2)
    assert again.weight == whole.weight
    assert [x["loss"] for x in resumed.history] == [x["loss"] for x in report.history]


class Divided(Scripted):
    """As with kernels, what it learns depends on the number of threads: here a little more."""

    def steps(self, draw: np.random.Generator) -> Iterator[Step]:
        for step in super().steps(draw):
            more = thread_count() * 0.01 * self.network.weight.sum()
            yield Step(step.loss + more, step.terms, step.share)


@pytest.mark.parametrize("began", [1, 3])
def test_a_training_goes_on_with_as_many_threads_as_it_began_with(began: int, tmp_path: Path) -> None:
    def stop(what: str, done: float, total: float) -> None:
        if done > 2.3:
            raise KeyboardInterrupt

    whole, broken, again, other = (Divided() for _ in range(4))
    with kernel_threads(began):
        report = train(whole, progress=silent)
        with pytest.raises(KeyboardInterrupt):
            train(broken, progress=stop, checkpoint=tmp_path)
    with kernel_threads(2):
        resumed = train(again, progress=silent, checkpoint=tmp_path)
        assert thread_count() == 2
        train(other, progress=silent)
    assert resumed.extra["threads"] == report.extra["threads"] == began
    assert [x["loss"] for x in resumed.history] == [x["loss"] for x in report.history]
    assert again.weight == whole.weight != other.weight


def test_a_loss_that_is_no_number_ends_training() -> None:
    learner = Scripted(learning_rate=0.5)
    nn.init.constant_(learner.network.weight, float("nan"))
    with pytest.raises(RunError, match=r"epoch 1; wanted a finite number. Lower learning_rate \(now 0.5\)"):
        train(learner, progress=silent)
