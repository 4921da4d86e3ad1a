"""Whether a run may take the place of the one that stands promoted, without anybody looking."""

from __future__ import annotations

from graph_schema.errors import RunError, UnknownName
from graph_schema.records import RunRecord
from kgplatform.runs.registry import RunRegistry
from kgplatform.store.protocol import GraphStore

_PROMOTED = "MATCH (r:Run {graph: $graph, model: $model, status: 'promoted'}) RETURN r.id AS id ORDER BY id"


def reason_against(store: GraphStore, registry: RunRegistry, record: RunRecord) -> str | None:
    """Why a run is not promoted by itself, as a sentence; None where it may be.

    It may be where no run of its model stands promoted in its graph, or where it did at least as well on
    validation as the one that does. Runs that were trained on other facts do not compare, nor do runs without
    the metric. By hand any run can be promoted.
    """
    promoted = store.read(_PROMOTED, {"graph": record.graph, "model": record.model})
    for run in (row["id"] for row in promoted if row["id"] != record.id):
        try:
            other = registry.read(run)
        except (UnknownName, RunError):
            return f"run {run!r} stands promoted, and its record cannot be read here to compare"
        if other.fingerprint != record.fingerprint:
            return f"run {run!r} stands promoted and was trained on other facts, so that nothing compares"
        if other.asked != record.asked:
            return f"run {run!r} stands promoted and learned other relations, so that nothing compares"
        metric = record.metric
        mine, theirs = (r.metrics.get("valid", {}).get(metric.name) for r in (record, other))
        if mine is None or theirs is None:
            who = record.id if mine is None else run
            return (
                f"run {run!r} stands promoted, and there is no validation {metric.title} "
                f"of {who!r} to compare"
            )
        if metric.better(theirs, mine):
            return (
                f"run {run!r} stands promoted and did better on validation: "
                f"{metric.title} {theirs:.4f}, this {mine:.4f}"
            )
    return None
