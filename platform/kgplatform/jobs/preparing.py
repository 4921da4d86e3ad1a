"""Before a training: its settings, its record, and the run that it goes on with."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graph_schema.errors import InputError, RunError, UsageError
from graph_schema.records import Metric, RunRecord
from graph_schema.triples import Splits
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.runs.registry import RunRegistry
from trainers.devices import fault_of
from trainers.registry import load_model
from trainers.settings import read_settings, settings_called
from trainers.trainer import ModelConfig

_RECORDED = ("kg-platform", "torch", "numpy", "numba", "neo4j")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def check_device(device: str) -> None:
    """Raises: UsageError: there is no such device here."""
    fault = fault_of(device)
    if fault:
        raise UsageError(f"device {device!r} cannot be used: {fault}. Wanted cpu, or cuda with a GPU")


def check_id(run: str) -> None:
    """Raises: UsageError: no run can be called that."""
    if not _RUN.fullmatch(run):
        raise UsageError(f"run id {run!r}; wanted letters, digits, '.', '_' and '-', at most 200")


def settings_of(
    model: str,
    data: Splits,
    given: Path | str | None,
    settings: Mapping[str, Any] | None,
    *,
    kept: Mapping[str, Any] | None = None,
    epoch_seconds: float,
) -> ModelConfig:
    """Settings for a training: of a file or kept by name, else those kept for its facts, else by a sample.

    Args:
        model: Its name.
        data: What it learns from.
        given: File of settings, or the name of kept ones.
        settings: Single ones that win over the others.
        kept: Those kept for these facts.
        epoch_seconds: What an epoch may take with settings by a sample.

    Raises:
        InputError: one is unknown or out of range.
        UnknownName: none are kept under that name.
    """
    trainer = load_model(model)
    file = Path(given) if given is not None and (isinstance(given, Path) or Path(given).exists()) else None
    if file is not None:
        values = read_settings(file)
    elif given is not None:
        values = settings_called(model, str(given))
    else:
        chosen = kept or trainer.default_config(data, epoch_seconds=epoch_seconds).model_dump(
            exclude_unset=True
        )
        values = dict(chosen)
    try:
        return trainer.Config.model_validate({**values, **(settings or {})})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(
            f"setting {where!r} = {first['input']!r} ({first['msg']})"
            if where
            else f"settings: {first['msg']}",
            wanted=f"settings of {model}: {', '.join(trainer.Config.model_fields) or 'it has none'}",
            file=file,
        ) from None


def new_record(
    registry: RunRegistry,
    pulled: PulledGraph,
    model: str,
    config: ModelConfig,
    *,
    asked: Sequence[str] | None,
    run: str | None,
    seed: int,
    device: str,
    metric: Metric,
) -> RunRecord:
    """The record of a training that begins, with a folder of its own.

    Args:
        registry: Where it is kept.
        pulled: The graph.
        model, config: What is trained.
        asked: Relations that are learned; None for all.
        run: Its id; None: a new one.
        seed, device: As they are.
        metric: What decides.
    """
    from trainers.kernels.threads import thread_count

    return RunRecord(
        id=registry.new(model, pulled.name, seed, run),
        model=model,
        graph=pulled.name,
        domain=pulled.schema.domain,
        seed=seed,
        config=config.model_dump(),
        fingerprint=pulled.fingerprint,
        schema_fingerprint=pulled.schema.fingerprint(),
        created=datetime.now(UTC),
        device=device,
        threads=thread_count(),
        versions=versions(),
        task=load_model(model).task,
        asked=None if asked is None else tuple(asked),
        metric=metric,
        status="running",
    )


def versions() -> dict[str, str]:
    """What a record says of the software it was made with."""
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in _RECORDED
    }


def resumable(registry: RunRegistry, run: str, pulled: PulledGraph, model: str) -> RunRecord:
    """The record of a run that is gone on with. Raises: RunError: it cannot be."""
    record = registry.read(run)
    if record.status not in ("running", "interrupted", "failed"):
        raise RunError(f"run {record.id!r} is finished; there is nothing to resume")
    if (record.model, record.graph) != (model, pulled.name):
        raise RunError(f"run {record.id!r} is of {record.model} on {record.graph!r}; resume it as such")
    if record.fingerprint != pulled.fingerprint:
        raise RunError(f"graph {pulled.name!r} has changed since run {record.id!r} began; train afresh")
    return record.model_copy(update={"status": "running", "reason": ""})
