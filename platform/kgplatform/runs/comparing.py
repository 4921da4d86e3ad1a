"""Runs side by side: a row each, and those that differ only in their seed together."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from graph_schema.records import RunRecord, RunStatus
from kgplatform.runs.registry import run_statuses
from kgplatform.store.protocol import GraphStore


def run_rows(store: GraphStore, records: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """One row a run, in their order; the status is the database's where it knows the run."""
    statuses: dict[str, RunStatus] = {}
    for name in {r.graph for r in records}:
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
            "asked": r.asked,
            "epochs": r.epochs,
            "task": r.task,
            "metric": r.metric.name,
            "metric_title": r.metric.title,
            "valid": r.deciding("valid"),
            "test": r.deciding("test"),
            "baseline": r.deciding("test", baseline=True),
            "below_baseline": r.below_baseline(),
            "figures": r.metrics.get("test", {}),
            "seconds": r.seconds,
            "on": _on_other_graphs(r),
            "texts": r.texts,
        }
        for r in records
    ]


def _on_other_graphs(record: RunRecord) -> dict[str, dict[str, Any]]:
    """What decides on the tests of other graphs the run was evaluated on, and the baseline's, by graph."""
    return {
        split.removeprefix("test@"): _figures(record, split)
        for split in record.metrics
        if split.startswith("test@") and record.deciding(split) is not None
    }


def _figures(record: RunRecord, split: str) -> dict[str, Any]:
    return {
        "test": record.deciding(split),
        "baseline": record.deciding(split, baseline=True),
        "below_baseline": record.below_baseline(split),
    }


def seed_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Finished runs that differ only in their seed, together: mean and sample standard deviation.

    The newest run of each seed counts. `spread` is None for a single seed; `below_baseline` says whether the
    most of them are.
    """
    groups: dict[str, dict[int, tuple[dict[str, Any], dict[str, Any]]]] = {}
    for row in rows:
        if row["test"] is None:
            continue
        own = {key: row[key] for key in ("test", "baseline", "below_baseline")}
        for where, values in {row["graph"]: own, **row["on"]}.items():
            what = (where, row["model"], row["fingerprint"], row["asked"])
            same = repr((*what, sorted(row["config"].items())))
            groups.setdefault(same, {})[row["seed"]] = ({**row, "graph": where}, values)
    out = []
    for members in groups.values():
        first, values = next(iter(members.values()))
        figures = [v["test"] for _, v in members.values()]
        out.append(
            {
                "graph": first["graph"],
                "model": first["model"],
                "metric_title": first["metric_title"],
                "seeds": sorted(members),
                "mean": statistics.fmean(figures),
                "spread": statistics.stdev(figures) if len(figures) > 1 else None,
                "baseline": values["baseline"],
                "below_baseline": 2 * sum(v["below_baseline"] for _, v in members.values()) > len(members),
            }
        )
    return out
