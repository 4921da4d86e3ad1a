"""The pipeline, top to bottom: prepare, fit, evaluate, finish. Each step can be begun again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph_schema.errors import GraphPlatformError
from graph_schema.progress import Progress
from graph_schema.records import RunRecord
from graph_schema.triples import Splits
from kgplatform.graphs.pulling import PulledGraph, keep_in_training, pull
from kgplatform.jobs.planning import EPOCH_SECONDS, Wish, planned
from kgplatform.jobs.preparing import check_device, check_id, new_record, resumable
from kgplatform.jobs.promoting import Promotion, write_predictions
from kgplatform.runs.gating import reason_against
from kgplatform.runs.owning import owning
from kgplatform.runs.properties import texts_of
from kgplatform.runs.registry import RunRegistry, write_run_node
from kgplatform.serving.evaluating import baseline_figures
from kgplatform.serving.loading import Serving
from kgplatform.store.protocol import GraphStore
from trainers.kernels.threads import kernel_threads
from trainers.registry import load_model, task_of
from trainers.task import Task
from trainers.trainer import Trainer


def retrain(
    store: GraphStore,
    registry: RunRegistry,
    graph: str,
    model: str,
    *,
    config: Path | str | None = None,
    settings: Mapping[str, Any] | None = None,
    relations: Sequence[str] = (),
    epoch_seconds: float = EPOCH_SECONDS,
    seed: int = 0,
    run: str | None = None,
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
        config, settings, relations, epoch_seconds: What is wanted of it; see `Wish`.
        seed: Decides everything random.
        run: The id that the run gets; one of that id that was interrupted is gone on with.
        resume: An interrupted run to go on with; its settings and seed hold.
        device: A torch device name.
        promotion: Promote afterwards, over the graph as it was pulled, unless something is against it; see
            `reason_against`, whose reason the record keeps.
        progress: Told of the work.

    Raises:
        UnknownName: no such graph, model or run, or no settings kept under that name.
        InputError: a setting is unknown or out of range, or there is too little to learn from.
        UsageError: there is no such device here, the model cannot do its task, or no run is called that.
        RunError: the graph has changed since the run to resume began; the loss was not finite.
    """
    started = time.monotonic()
    check_device(device)
    if run is not None:
        check_id(run)
        resume = resume or (run if run in registry.ids() else None)
    progress("pulling facts", 0, 1)
    pulled = pull(store, graph, progress=progress)
    task = task_of(model)
    for leak in pulled.division.mirrored:
        progress(f"warning: {leak}", 1, 1)
    if resume is None:
        wish = Wish(config, settings, relations, epoch_seconds)
        plan = planned(task, model, pulled, wish, progress)
        data, metric = plan.data, task.metric(plan.data)
        task.check(model, load_model(model)(plan.config, data.vocabulary.relations))
        progress(plan.said(), 1, 1)
        record = new_record(
            registry, pulled, model, plan.config, asked=data.asked, run=run, seed=seed, device=device,
            metric=metric,
        )  # fmt: skip
    else:
        record = resumable(registry, resume, pulled, model).model_copy(update={"device": device})
        data = task.data(pulled.dataset)
        data = data if record.asked is None else task.asking(data, record.asked)
    with (
        owning(registry.path(record.id), record.id),
        _said_if_it_fails(registry, record),
        kernel_threads(record.threads),
    ):
        registry.write(record)
        keep_in_training(store, pulled)
        work = _Work(store, registry, pulled, task, data, progress)
        trainer, record = work.fit(record, started)
        record = work.evaluate(trainer, record)
        return work.finish(trainer, record, promotion)


@dataclass(frozen=True)
class _Work:
    """The steps of one training after it was prepared."""

    store: GraphStore
    registry: RunRegistry
    pulled: PulledGraph
    task: Task
    data: Splits
    progress: Progress

    def fit(self, record: RunRecord, started: float) -> tuple[Trainer, RunRecord]:
        """Train, and keep the model; one that was kept before is read."""
        kind, folder = load_model(record.model), self.registry.path(record.id)
        if record.fitted:
            trainer = kind.load(folder, device=record.device)
            trainer.bind(self.data.known)
            return trainer, record
        config = kind.Config.model_validate(record.config)
        trainer = kind(config, self.data.vocabulary.relations, seed=record.seed, device=record.device)
        report = trainer.fit(self.data, progress=self.progress, checkpoint=folder / "checkpoint")
        trainer.save(folder)
        self.registry.keep_history(record.id, report.history)
        done = {
            "fitted": True,
            "epochs": report.epochs,
            "best_epoch": report.best_epoch,
            "seconds": record.seconds + time.monotonic() - started,
        }
        record = record.model_copy(update=done)
        self.registry.write(record)
        return trainer, record

    def evaluate(self, trainer: Trainer, record: RunRecord) -> RunRecord:
        """Measure the model and the task's baselines, and fit its probabilities."""
        began = time.monotonic()
        figures = {
            split: self.task.evaluate(trainer, self.data, split, progress=self.progress).figures
            for split in ("valid", "test")
        }
        baselines = {
            name: figures if name == record.model else baseline_figures(name, self.task, self.data)
            for name in self.task.baselines
        }
        asked = Promotion()
        calibration = self.task.calibrate(
            trainer, self.data, self.pulled.dataset, queries=asked.queries, top=asked.top
        )
        card = self.task.card(
            trainer, self.data, self.pulled.dataset,
            queries=asked.queries, top=asked.top, progress=self.progress,
        )  # fmt: skip
        notes = self.task.notes(self.data)
        return record.model_copy(
            update={
                "metrics": figures | ({"data": notes} if notes else {}),
                "baselines": baselines,
                "baseline": _strongest(baselines, record),
                "calibration": calibration,
                "card": card,
                "seconds": record.seconds + time.monotonic() - began,
            }
        )

    def finish(self, trainer: Trainer, record: RunRecord, promotion: Promotion | None) -> RunRecord:
        """Write the run down as a candidate, and promote it if that is wanted and nothing is against it."""
        store, registry = self.store, self.registry
        texts = texts_of(self.task.products(trainer, self.data.known))
        record = record.model_copy(update={"status": "candidate", "texts": texts})
        reason = reason_against(store, registry, record) if promotion is not None else None
        record = record.model_copy(update={"reason": reason or ""})
        write_run_node(store, record)  # first: a training killed between the two is resumed and writes both
        registry.write(record)
        if promotion is not None and reason is None:
            served = Serving(store, registry).serving(record, self.pulled, trainer)
            write_predictions(store, registry, served, promotion, self.progress, by="training")
            record = registry.read(record.id)
        elif reason:
            self.progress(f"not promoted: {reason}. `kgp promote {record.id}` does it by hand", 1, 1)
        shutil.rmtree(registry.path(record.id) / "checkpoint", ignore_errors=True)
        return record


def _strongest(
    baselines: Mapping[str, dict[str, dict[str, float]]], record: RunRecord
) -> dict[str, dict[str, float]]:
    """The figures of the baseline that does best on validation, rather another than the model itself."""
    best: dict[str, dict[str, float]] = {}
    others = [figures for name, figures in baselines.items() if name != record.model]
    for figures in others or baselines.values():
        mine, other = (f.get("valid", {}).get(record.metric.name) for f in (figures, best))
        if not best or (mine is not None and (other is None or record.metric.better(mine, other))):
            best = figures
    return best


@contextmanager
def _said_if_it_fails(registry: RunRegistry, record: RunRecord) -> Iterator[None]:
    """Keep with a run that it was interrupted, or why it failed."""
    try:
        yield
    except (KeyboardInterrupt, GraphPlatformError) as error:
        now = registry.read(record.id)
        if now.status == "running":  # not finished, and only then promoted
            interrupted = isinstance(error, KeyboardInterrupt)
            said = {"status": "interrupted"} if interrupted else {"status": "failed", "reason": str(error)}
            registry.write(now.model_copy(update=said))
        raise
