"""Measuring kept runs: again on a split or another graph, and side by side."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

from graph_schema.errors import InputError, RunError
from graph_schema.progress import Progress
from graph_schema.records import RunRecord, RunStatus
from graph_schema.triples import Splits, TripleSet
from kgplatform.graphs.pulling import aligned, pull
from kgplatform.runs.registry import RunRegistry, run_statuses, write_run_node
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
        UnknownName: no such run or graph, or a relation the run never met.
        InputError: nothing is held out in that split.
    """
    record = registry.read(run)
    progress("pulling facts", 0, 1)
    model = load_model(record.model).load(registry.path(record.id))
    if not isinstance(model, TailScorer):
        raise RunError(f"model {record.model!r} does not score entities; nothing can be ranked")
    splits = aligned(pull(store, on or record.graph), model.relations).splits()
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
        mine, counted = ({f"{split}@{on}": m} for m in (ranks.metrics(), _counted(splits, targets)))
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


def _counted(splits: Splits, targets: TripleSet) -> Metrics:
    """The frequency baseline on the same facts."""
    kind = load_model(BASELINE)
    model = kind(kind.Config(), splits.vocabulary.relations)
    model.bind(splits.known)
    return rank(model, targets, splits.all_true()).metrics() if isinstance(model, TailScorer) else {}


def run_rows(store: GraphStore, registry: RunRegistry, graph: str | None = None) -> list[dict[str, Any]]:
    """One row a run, oldest first; the status is the database's where it knows the run."""
    statuses: dict[str, RunStatus] = {}
    for name in {r.graph for r in registry.all(graph)}:
        statuses |= run_statuses(store, name)
    return [
        {
            "run": r.id,
            "model": r.model,
            "graph": r.graph,
            "seed": r.seed,
            "status": statuses.get(r.id, r.status),
            "created": r.created.isoformat(),
            "fingerprint": r.fingerprint,
            "config": r.config,
            "epochs": r.epochs,
            "valid_mrr": r.metrics.get("valid", {}).get("mrr"),
            "test_mrr": r.metrics.get("test", {}).get("mrr"),
            "test_hits@1": r.metrics.get("test", {}).get("hits@1"),
            "test_hits@10": r.metrics.get("test", {}).get("hits@10"),
            "baseline_mrr": r.baseline.get("test", {}).get("mrr"),
            "seconds": r.seconds,
            "on": _elsewhere(r),
        }
        for r in registry.all(graph)
    ]


def _elsewhere(record: RunRecord) -> dict[str, dict[str, float]]:
    """Test MRR and the baseline's on other graphs the run was evaluated on, by graph."""
    return {
        name.removeprefix("test@"): {"test_mrr": values["mrr"], "baseline_mrr": record.baseline[name]["mrr"]}
        for name, values in record.metrics.items()
        if name.startswith("test@")
    }


def seed_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Finished runs that differ only in their seed, together: mean and sample standard deviation.

    The newest run of each seed counts. `spread` is None for a single seed.
    """
    groups: dict[str, dict[int, tuple[dict[str, Any], dict[str, float]]]] = {}
    for row in rows:
        if row["test_mrr"] is None:
            continue
        own = {"test_mrr": row["test_mrr"], "baseline_mrr": row["baseline_mrr"]}
        for where, values in {row["graph"]: own, **row["on"]}.items():
            same = repr((where, row["model"], row["fingerprint"], sorted(row["config"].items())))
            groups.setdefault(same, {})[row["seed"]] = ({**row, "graph": where}, values)
    out = []
    for members in groups.values():
        first, values = next(iter(members.values()))
        mrr = [v["test_mrr"] for _, v in members.values()]
        out.append(
            {
                "graph": first["graph"],
                "model": first["model"],
                "seeds": sorted(members),
                "mean": statistics.fmean(mrr),
                "spread": statistics.stdev(mrr) if len(mrr) > 1 else None,
                "baseline_mrr": values["baseline_mrr"],
            }
        )
    return out
