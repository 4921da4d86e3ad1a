"""The pipeline in one function: pull, split, fit, evaluate, record, gate, promote."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graph_schema.errors import GraphPlatformError, InputError, RunError, UsageError
from graph_schema.progress import Progress
from graph_schema.records import RunRecord
from graph_schema.triples import Splits
from kgplatform.graphs.naming import find_relations
from kgplatform.graphs.pulling import PulledGraph, keep_in_training, pull
from kgplatform.jobs.promoting import Promotion, write_predictions
from kgplatform.runs.gating import reason_against
from kgplatform.runs.owning import owning
from kgplatform.runs.registry import RunRegistry, write_run_node
from kgplatform.serving.evaluating import BASELINE
from kgplatform.serving.loading import Serving
from kgplatform.store.protocol import GraphStore
from trainers.answers import Candidates
from trainers.calibration import calibrate
from trainers.devices import fault_of
from trainers.evaluation import rank
from trainers.registry import load_model
from trainers.settings import read_settings, settings_called, settings_for
from trainers.trainer import ModelConfig, TailScorer, Trainer

_RECORDED = ("kg-platform", "torch", "numpy", "numba", "neo4j")


def retrain(
    store: GraphStore,
    registry: RunRegistry,
    graph: str,
    model: str,
    *,
    config: Path | str | None = None,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    resume: str | None = None,
    device: str = "cpu",
    promotion: Promotion | None = None,
    progress: Progress,
) -> RunRecord:
    """Train a model on a graph as it stands, and keep the run; with `promotion`, promote it if it is better.

    Args:
        store: Where the graph is.
        registry: Where the run is kept.
        graph: Its name.
        model: One of `available_models()`.
        config: File of settings, or the name of kept ones; None takes those kept for a graph with these very
            facts, or defaults by size.
        settings: Single settings that win over the file's.
        seed: Decides everything random.
        resume: An interrupted run to go on with; its settings and seed hold.
        device: A torch device name.
        promotion: Promote afterwards, over the graph as it was pulled, unless something is against it; see
            `reason_against`, whose reason the record keeps.
        progress: Told of the work.

    Raises:
        UnknownName: no such graph, model or run, or no settings kept under that name.
        InputError: a setting is unknown or out of range, or there is too little to learn from.
        UsageError: there is no such device here.
        RunError: the graph has changed since the run to resume began; the loss was not finite.
    """
    started = time.monotonic()
    _check_device(device)
    progress("pulling facts", 0, 1)
    pulled = pull(store, graph, progress=progress)
    splits = pulled.splits()
    for leak in pulled.division.mirrored:
        progress(f"warning: {leak}", 1, 1)
    if resume is None:
        record = _new(registry, pulled, model, _config(model, splits, config, settings), seed, device)
    else:
        record = _resumable(registry, resume, pulled, model).model_copy(update={"device": device})
    with owning(registry.path(record.id), record.id), _said_if_it_fails(registry, record):
        registry.write(record)
        keep_in_training(store, pulled)
        return _trained(store, registry, record, pulled, splits, promotion, progress, started)


def _trained(
    store: GraphStore,
    registry: RunRegistry,
    record: RunRecord,
    pulled: PulledGraph,
    splits: Splits,
    promotion: Promotion | None,
    progress: Progress,
    started: float,
) -> RunRecord:
    model, folder = record.model, registry.path(record.id)
    trainer = _trainer(record, splits, record.device)
    report = trainer.fit(splits, progress=progress, checkpoint=folder / "checkpoint")
    metrics = _evaluate(trainer, splits, progress)
    baseline = metrics if model == BASELINE else _baseline(splits, progress)
    candidates = Candidates(splits.known, pulled.allowed_ends)
    first = [splits.vocabulary.relation(name) for name in find_relations(pulled, None)]
    asked = Promotion()
    calibration = calibrate(
        _scorer(trainer),
        candidates,
        splits.valid,
        queries=asked.queries,
        top=asked.top,
        aside=splits.test,
        first=first,
    )
    trainer.save(folder)
    registry.keep_history(record.id, report.history)
    record = record.model_copy(
        update={
            "status": "candidate",
            "metrics": metrics,
            "baseline": baseline,
            "calibration": calibration,
            "epochs": report.epochs,
            "best_epoch": report.best_epoch,
            "seconds": record.seconds + time.monotonic() - started,
            "artefact": str(folder),
        }
    )
    reason = reason_against(store, registry, record) if promotion is not None else None
    record = record.model_copy(update={"reason": reason or ""})
    write_run_node(store, record)  # first: a training killed between the two is resumed and writes both
    registry.write(record)
    if promotion is not None and reason is None:
        served = Serving(store, registry).serving(record, pulled, trainer)
        write_predictions(store, registry, served, promotion, progress, by="training")
        record = registry.read(record.id)
    elif reason:
        progress(f"not promoted: {reason}. `kgp promote {record.id}` does it by hand", 1, 1)
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return record


def _check_device(device: str) -> None:
    fault = fault_of(device)
    if fault:
        raise UsageError(f"device {device!r} cannot be used: {fault}. Wanted cpu, or cuda with a GPU")


def _config(
    model: str, splits: Splits, given: Path | str | None, settings: Mapping[str, Any] | None
) -> ModelConfig:
    trainer = load_model(model)
    file = Path(given) if given is not None and (isinstance(given, Path) or Path(given).exists()) else None
    if file is not None:
        values = read_settings(file)
    elif given is not None:
        values = settings_called(model, str(given))
    else:
        values = settings_for(model, splits.fingerprint) or trainer.default_config(splits).model_dump()
    try:
        return trainer.Config.model_validate({**values, **(settings or {})})
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"setting {'.'.join(map(str, first['loc']))!r} = {first['input']!r} ({first['msg']})",
            wanted=f"settings of {model}: {', '.join(trainer.Config.model_fields)}",
            file=file,
        ) from None


@contextmanager
def _said_if_it_fails(registry: RunRegistry, record: RunRecord) -> Iterator[None]:
    """Keep with a run that it was interrupted, or why it failed."""
    try:
        yield
    except (KeyboardInterrupt, GraphPlatformError) as error:
        if registry.read(record.id).status == "running":  # not finished, and only then promoted
            interrupted = isinstance(error, KeyboardInterrupt)
            said = {"status": "interrupted"} if interrupted else {"status": "failed", "reason": str(error)}
            registry.write(record.model_copy(update=said))
        raise


def _new(
    registry: RunRegistry, pulled: PulledGraph, model: str, config: ModelConfig, seed: int, device: str
) -> RunRecord:
    import torch

    return RunRecord(
        id=registry.new(model, pulled.name, seed),
        model=model,
        graph=pulled.name,
        domain=pulled.schema.domain,
        seed=seed,
        config=config.model_dump(),
        fingerprint=pulled.fingerprint,
        schema_fingerprint=pulled.schema.fingerprint(),
        created=datetime.now(UTC),
        device=device,
        threads=torch.get_num_threads(),
        versions={"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in _RECORDED},
        status="running",
    )


def _resumable(registry: RunRegistry, run: str, pulled: PulledGraph, model: str) -> RunRecord:
    record = registry.read(run)
    if record.status not in ("running", "interrupted", "failed"):
        raise RunError(f"run {record.id!r} is finished; there is nothing to resume")
    if (record.model, record.graph) != (model, pulled.name):
        raise RunError(f"run {record.id!r} is of {record.model} on {record.graph!r}; resume it as such")
    if record.fingerprint != pulled.fingerprint:
        raise RunError(f"graph {pulled.name!r} has changed since run {record.id!r} began; train afresh")
    return record.model_copy(update={"status": "running", "reason": ""})


def _trainer(record: RunRecord, splits: Splits, device: str) -> Trainer:
    model = load_model(record.model)
    config = model.Config.model_validate(record.config)
    return model(config, splits.vocabulary.relations, seed=record.seed, device=device)


def _scorer(trainer: Trainer) -> TailScorer:
    if not isinstance(trainer, TailScorer):
        raise RunError(f"{type(trainer).__name__} does not score entities; nothing can be ranked")
    return trainer


def _evaluate(trainer: Trainer, splits: Splits, progress: Progress) -> dict[str, dict[str, float]]:
    true = splits.all_true()
    return {
        name: rank(_scorer(trainer), targets, true, progress=progress).metrics()
        for name, targets in (("valid", splits.valid), ("test", splits.test))
    }


def _baseline(splits: Splits, progress: Progress) -> dict[str, dict[str, float]]:
    model = load_model(BASELINE)
    trainer = model(model.Config(), splits.vocabulary.relations)
    trainer.bind(splits.known)
    return _evaluate(trainer, splits, progress)
