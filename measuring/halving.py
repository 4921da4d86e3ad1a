"""Settings chosen on validation by successive halving: all are tried a little, the better half longer.

Jamieson and Talwalkar (AISTATS 2016). Every round begins afresh, so a choice depends on nothing but the seed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.triples import Splits
from trainers.registry import load_model
from trainers.trainer import FitReport, Trainer

Settings = dict[str, Any]

ROUNDS = (5, 10, 20)
"""Epochs of each round: with eight to choose from the last has two."""

_PRODUCT = {"learning_rate": (0.03, 0.1, 0.3, 1.0), "n3": (0.01, 0.1)}
_DISTANCE = {"learning_rate": (0.003, 0.01, 0.03, 0.1), "margin": (3.0, 9.0)}

GRIDS: dict[str, Mapping[str, Sequence[Any]]] = {
    "complex": _PRODUCT,
    "distmult": _PRODUCT,
    "simple": _PRODUCT,
    "rotate": _DISTANCE,
    "transe": _DISTANCE,
    "pair_re": _DISTANCE,
}
"""What is chosen among, by model: four learning rates, and two margins or weights of N3."""


def grid(axes: Mapping[str, Sequence[Any]]) -> list[Settings]:
    """Every way to take one value of each. Args: axes: Values by the name of a setting."""
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def halve(
    candidates: Sequence[Settings], tried: Callable[[Settings, int], float], rounds: Sequence[int] = ROUNDS
) -> Settings:
    """The best of some settings after every round but the last left the worse half out.

    Args:
        candidates: At least one. Of two that do alike the earlier one wins.
        tried: How good some settings are after so many epochs, higher is better; what raises RunError, or
            gives no number, ranks last.
        rounds: Epochs of each round, ascending.

    Raises:
        RunError: none of them came to a number in the last round.
    """
    left = list(candidates)
    for number, epochs in enumerate(rounds):
        found = [_value(tried, settings, epochs) for settings in left]
        order = sorted(range(len(left)), key=lambda place: -found[place])
        last = number == len(rounds) - 1
        if last and found[order[0]] == -math.inf:
            raise RunError(
                f"the last {len(left)} of {len(candidates)} settings diverged; wanted one that does not"
            )
        kept = 1 if last else math.ceil(len(left) / 2)
        left = [left[place] for place in order[:kept]]
    return left[0]


def _value(tried: Callable[[Settings, int], float], settings: Settings, epochs: int) -> float:
    try:
        value = tried(settings, epochs)
    except RunError:
        return -math.inf
    return value if math.isfinite(value) else -math.inf


def best_settings(
    model: str,
    splits: Splits,
    axes: Mapping[str, Sequence[Any]],
    base: Mapping[str, Any],
    *,
    rounds: Sequence[int] = ROUNDS,
    seed: int = 0,
    progress: Progress,
) -> Settings:
    """What of some axes is best on validation; test facts are neither looked at nor filtered by.

    Args:
        model: Its name.
        splits: The divided graph.
        axes: Values by the name of a setting.
        base: All other settings.
        rounds: Epochs of each round.
        seed: Of every training.
        progress: Told of the work.
    """
    unseen = splits.without_test()

    def tried(settings: Settings, epochs: int) -> float:
        asked = {**base, **settings, "epochs": epochs, "patience": epochs}
        return best_mrr(fitted(model, unseen, asked, seed=seed, progress=progress)[1])

    return halve(grid(axes), tried, rounds)


def fitted(
    model: str, splits: Splits, settings: Mapping[str, Any], *, seed: int, progress: Progress
) -> tuple[Trainer, FitReport]:
    """A model trained with some settings. Raises: RunError: it diverged."""
    kind = load_model(model)
    trainer = kind(kind.Config.model_validate(dict(settings)), splits.vocabulary.relations, seed=seed)
    return trainer, trainer.fit(splits, progress=progress)


def best_mrr(report: FitReport) -> float:
    """MRR on validation in the epoch that was kept; no number where there was nothing to validate on."""
    return max((line["valid_mrr"] for line in report.history if "valid_mrr" in line), default=math.nan)
