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
            "epochs": r.epochs,
            "valid_mrr": r.metrics.get("valid", {}).get("mrr"),
            "test_mrr": r.metrics.get("test", {}).get("mrr"),
            "test_hits@1": r.metrics.get("test", {}).get("hits@1"),
            "test_hits@10": r.metrics.get("test", {}).get("hits@10"),
            "baseline_mrr": r.baseline.get("test", {}).get("mrr"),
            "seconds": r.seconds,
            "on": _on_other_graphs(r),
        }
        for r in records
    ]


def _on_other_graphs(record: RunRecord) -> dict[str, dict[str, float | None]]:
    """Test MRR and the baseline's on other graphs the run was evaluated on, by graph."""
    return {
        name.removeprefix("test@"): {
            "test_mrr": values["mrr"],
            "baseline_mrr": record.baseline.get(name, {}).get("mrr"),
        }
        for name, values in record.metrics.items()
        if name.startswith("test@") and "mrr" in values
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
