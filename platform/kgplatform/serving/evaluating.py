"""Measuring a kept run again, on a split or on another graph."""

from __future__ import annotations

import numpy as np

from graph_schema.errors import InputError, RunError
from graph_schema.progress import Progress
from graph_schema.records import RunRecord
from graph_schema.triples import Splits, TripleSet
from kgplatform.graphs.pulling import aligned, pull
from kgplatform.runs.registry import RunRegistry, run_statuses, write_run_node
from kgplatform.serving.loading import left_out
from kgplatform.store.protocol import GraphStore
from trainers.evaluation import rank
from trainers.registry import load_model
from trainers.trainer import TailScorer

Metrics = dict[str, float]

BASELINE = "frequency"


def evaluate_run(
    store: GraphStore,
    registry: RunRegistry,
    run: str,
    *,
    split: str = "test",
    by: str | None = None,
    on: str | None = None,
    progress: Progress,
) -> tuple[RunRecord, Metrics, dict[str, Metrics]]:
    """Rank the held-out facts of a split over the known facts of the same graph.

    Args:
        store, registry: Where graph and run are.
        run: Its id.
        split: "valid" or "test".
        by: "relation" or "degree" (how many known facts the answer stands in) for groups, None for none.
        on: Another graph with the same relations; None: the run's own.
        progress: Told of the work.

    Measured on another graph, the metrics and the baseline's are kept with the run as `SPLIT@GRAPH`.

    Returns:
        The run, its metrics, and metrics by group.

    Raises:
        RunError: the run's own graph has changed, so that numbers would not compare.
        UnknownName: no such run or graph.
        InputError: nothing is held out in that split.
    """
    record = registry.read(run)
    progress("pulling facts", 0, 1)
    model = load_model(record.model).load(registry.path(record.id))
    if not isinstance(model, TailScorer):
        raise RunError(f"model {record.model!r} does not score entities; nothing can be ranked")
    graph = aligned(pull(store, on or record.graph), model.relations)
    if graph.left_out:
        progress(left_out(graph.left_out), 1, 1)
    splits = graph.splits()
    if on is None and splits.fingerprint != record.fingerprint:
        raise RunError(
            f"graph {record.graph!r} has changed since run {record.id!r}; train it again to compare"
        )
    targets = splits.valid if split == "valid" else splits.test
    if not len(targets):
        raise InputError(f"no {split} facts in graph {on or record.graph!r}", wanted="facts held out")
    model.bind(splits.known)
    true = splits.all_true()
    ranks = rank(model, targets, true, progress=progress)
    if on is not None:
        mine, counted = ({f"{split}@{on}": m} for m in (ranks.metrics(), _baseline_metrics(splits, targets)))
        more = {"metrics": record.metrics | mine, "baseline": record.baseline | counted}
        record = record.model_copy(update=more)
        registry.write(record)
        write_run_node(store, record, run_statuses(store, record.graph).get(record.id, "candidate"))
    groups: dict[str, Metrics] = {}
    if by == "relation":
        groups = ranks.by_relation(splits.vocabulary.relations)
    elif by == "degree":
        ends = splits.known.triples[:, [0, 2]].ravel()
        groups = ranks.by_degree(np.bincount(ends, minlength=splits.known.num_entities))
    return record, ranks.metrics(), groups


def _baseline_metrics(splits: Splits, targets: TripleSet) -> Metrics:
    """The frequency baseline on the same facts."""
    kind = load_model(BASELINE)
    model = kind(kind.Config(), splits.vocabulary.relations)
    model.bind(splits.known)
    return rank(model, targets, splits.all_true()).metrics() if isinstance(model, TailScorer) else {}
