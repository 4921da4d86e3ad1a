"""What a training learns, with which settings, and how long it will take: decided before it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from graph_schema.errors import InputError
from graph_schema.progress import Progress
from graph_schema.triples import Splits
from kgplatform.graphs.naming import find_relations
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.jobs.preparing import settings_of
from trainers.cost import Cost
from trainers.registry import load_model
from trainers.settings import settings_for
from trainers.task import Task
from trainers.trainer import ModelConfig

EPOCH_SECONDS = 300.0
"""What an epoch may take where nobody says."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants of a training.

    Attributes:
        config: File of settings, or the name of kept ones; None takes those kept for a graph with these very
            facts where an epoch of them ends in time, or defaults.
        settings: Single settings that win over the others.
        relations: That are learned; none: all, or the graph's targets where an epoch of all takes too long.
        epoch_seconds: What an epoch may take, where settings are chosen.
    """

    config: Path | str | None = None
    settings: Mapping[str, Any] | None = None
    relations: Sequence[str] = ()
    epoch_seconds: float = EPOCH_SECONDS


@dataclass(frozen=True)
class Plan:
    """What is learned, how, and what an epoch takes; None where the model does not say."""

    data: Splits
    config: ModelConfig
    cost: Cost | None
    whole: Cost | None = None

    def said(self, *, now: datetime | None = None) -> str:
        """The plan as a line. Args: now: when it begins."""
        asked, cost = self.data.asked, self.cost
        what = "all relations" if asked is None else _listed(asked)
        if self.whole is not None:
            what += f" (of all relations an epoch would take {_duration(self.whole.seconds)})"
        if cost is None:
            return f"learning {what}"
        epochs = getattr(self.config, "epochs", 1)
        seconds, budget = epochs * cost.seconds, getattr(self.config, "budget", None)
        ends = (now or datetime.now()) + timedelta(seconds=min(seconds, budget or seconds))
        when = f"{ends:%H:%M}" if ends.date() == (now or datetime.now()).date() else f"{ends:%Y-%m-%d %H:%M}"
        return (
            f"learning {what}: {cost.queries:,} queries an epoch, {cost.messages:,.0f} {cost.unit} a query, "
            f"about {_duration(cost.seconds)} an epoch, {_memory(cost.memory)}; "
            f"{epochs} epochs at most, done by {when}"
        )


def planned(task: Task, model: str, pulled: PulledGraph, wish: Wish, progress: Progress) -> Plan:
    """Decide. Args: task: the model's; pulled: the graph; wish: what is wanted; progress: told of the work.

    Raises:
        InputError: a setting is unknown or out of range, or there is too little to learn from.
        UnknownName: no such relation, or no settings kept under that name.
        UsageError: the task learns no single relations.
    """
    data = task.data(pulled.dataset)
    named = sorted({name for text in wish.relations for name in find_relations(pulled, text)})
    if named:
        data = task.asking(data, named)
        _check(data)
    progress("looking what an epoch takes", 0, 1)
    plan = _plan(model, data, wish)
    targets = pulled.targets
    too_long = plan.cost is not None and plan.cost.seconds > wish.epoch_seconds
    # One with vectors of all entities learns from all facts, whatever it is asked.
    fewer_facts = not load_model(model).per_entity and set(targets) < set(data.vocabulary.relations)
    if too_long and not named and fewer_facts:
        fewer = task.asking(data, targets)
        if len(fewer.valid):
            plan = _plan(model, fewer, wish, plan.cost)
    progress("looking what an epoch takes", 1, 1)
    return plan


def _plan(model: str, data: Splits, wish: Wish, whole: Cost | None = None) -> Plan:
    """With the settings kept for these facts where there are any and an epoch of them ends in time."""
    kind, kept = load_model(model), None
    if wish.config is None and data.asked is None:
        kept = settings_for(model, data.fingerprint)
    for values in (kept, None):
        config = settings_of(
            model, data, wish.config, wish.settings, kept=values, epoch_seconds=wish.epoch_seconds
        )
        cost = kind(config, data.vocabulary.relations).cost(data)
        if values is None or cost is None or cost.seconds <= wish.epoch_seconds:
            break
    return Plan(data, config, cost, whole)


def _check(data: Splits) -> None:
    """Raises: InputError: of what is asked nothing is known."""
    assert data.asked is not None
    known = set(data.known.triples[:, 1].tolist())
    for name in data.asked:
        if data.vocabulary.relation(name) not in known:
            raise InputError(f"no known fact of {name!r} to learn from", wanted="at least one")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _memory(size: int) -> str:
    return f"{size / 2**20:.0f} MiB" if size < 2**30 else f"{size / 2**30:.1f} GiB"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 else "a second"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
