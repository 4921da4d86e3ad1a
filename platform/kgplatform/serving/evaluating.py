"""Measuring a kept run again, on a split or on another graph."""

from __future__ import annotations

from graph_schema.errors import InputError, RunError, UsageError
from graph_schema.progress import Progress
from graph_schema.records import RunRecord
from graph_schema.triples import Splits
from kgplatform.graphs.pulling import aligned, pull
from kgplatform.runs.given import check_trained
from kgplatform.runs.registry import RunRegistry, run_statuses, write_run_node
from kgplatform.serving.loading import left_out
from kgplatform.store.protocol import GraphStore
from trainers.cropping import at_width
from trainers.registry import load_model, load_task
from trainers.task import Figures, Report, Task


def evaluate_run(
    store: GraphStore,
    registry: RunRegistry,
    run: str,
    *,
    split: str = "test",
    by: str | None = None,
    on: str | None = None,
    dims: int | None = None,
    progress: Progress,
) -> tuple[RunRecord, Report]:
    """Judge a run by the held-out facts of a split over the known facts of the same graph.

    Args:
        store, registry: Where graph and run are.
        run: Its id.
        split: "valid" or "test".
        by: One of the `slices` of the run's task, None for none.
        on: Another graph with the same relations; None: the run's own.
        dims: Coordinates that the model's vectors are cut to; None: all.
        progress: Told of the work.

    Measured whole on another graph, the figures and the baseline's are kept with the run as `SPLIT@GRAPH`.

    Returns:
        The run, and how it did.

    Raises:
        RunError: the run's own graph has changed, so that numbers would not compare; or it has no model.
        UnknownName: no such run or graph.
        UsageError: the task knows no such slices, or the model was not trained to that width.
        InputError: nothing is held out in that split.
    """
    record = registry.read(run)
    check_trained(record)
    task = load_task(record.task)
    if by is not None and by not in task.slices:
        raise UsageError(f"--by {by!r}; of {record.task} wanted one of: {', '.join(task.slices)}")
    progress("pulling facts", 0, 1)
    model = at_width(record.model, load_model(record.model).load(registry.path(record.id)), dims)
    graph = aligned(pull(store, on or record.graph), model.relations)
    if graph.left_out:
        progress(left_out(graph.left_out), 1, 1)
    data = task.data(graph.dataset)
    data = data if record.asked is None else task.asking(data, record.asked)
    if on is None and data.fingerprint != record.fingerprint:
        raise RunError(
            f"graph {record.graph!r} has changed since run {record.id!r}; train it again to compare"
        )
    if not len(data.valid if split == "valid" else data.test):
        raise InputError(f"no {split} facts in graph {on or record.graph!r}", wanted="facts held out")
    model.bind(data.known)
    report = task.evaluate(model, data, split, by=by, progress=progress)
    if on is not None and dims is None:
        where = f"{split}@{on}"
        others = [figures_of(name, task, data, split) for name in task.baselines]
        best = max(others, key=lambda f: f.get(record.metric.name, 0.0) * record.metric.sign)
        more = {
            "metrics": record.metrics | {where: report.figures},
            "baseline": record.baseline | {where: best},
        }
        record = record.model_copy(update=more)
        registry.write(record)
        write_run_node(store, record, run_statuses(store, record.graph).get(record.id, "candidate"))
    return record, report


def baseline_figures(name: str, task: Task, data: Splits) -> dict[str, Figures]:
    """A baseline's figures on validation and test."""
    return {split: figures_of(name, task, data, split) for split in ("valid", "test")}


def figures_of(name: str, task: Task, data: Splits, split: str) -> Figures:
    """How a baseline does on a split, learned from the same known facts with the settings it comes with."""
    kind = load_model(name)
    model = kind(kind.default_config(data), data.vocabulary.relations)
    model.fit(data, progress=_silent)
    return task.evaluate(model, data, split).figures


def _silent(what: str, done: float, total: float) -> None:
    del what, done, total
