"""Which run tells the types of a graph's pairs where nobody says which."""

from __future__ import annotations

from graph_schema.errors import RunError, UsageError
from graph_schema.records import RunRecord
from kgplatform.runs.registry import RunRegistry, run_statuses
from kgplatform.runs.standing import standing
from kgplatform.store.protocol import GraphStore

TASK = "pair_type"


def typed_run(store: GraphStore, registry: RunRegistry, graph: str, run: str | None = None) -> RunRecord:
    """A run of pair types: the one named, else the promoted one, else the best finished one on validation.

    Raises:
        UnknownName: no such run.
        UsageError: the run named learned something else.
        RunError: there is none.
    """
    if run is not None:
        record = registry.read(run)
        if record.task != TASK:
            raise UsageError(
                f"run {record.id!r} of {record.model!r} learned {record.task}; wanted one of {TASK}, such as "
                f"`kgp train analogue_vote {graph}` makes"
            )
        return record
    found = typed_runs(store, registry, graph)
    if not found:
        raise RunError(
            f"no run tells the types of pairs in graph {graph!r}; wanted one of {TASK}. "
            f"`kgp train analogue_vote {graph} --promote` makes one"
        )
    return found[0]


def typed_runs(store: GraphStore, registry: RunRegistry, graph: str) -> list[RunRecord]:
    """All runs of pair types of a graph: the promoted first, then the best on validation."""
    kept, records = set(registry.ids()), registry.all(graph)
    promoted = [
        registry.read(run) for run in dict.fromkeys(p.run for p in standing(store.read, graph)) if run in kept
    ]
    statuses = run_statuses(store, graph)
    able = [
        r
        for r in records
        if r.task == TASK and r.fitted and r.id in statuses and r.deciding("valid") is not None
    ]
    able.sort(key=lambda r: -(r.deciding("valid") or 0.0) * r.metric.sign)
    first = [r for r in promoted if r.task == TASK]
    return [*first, *(r for r in able if r.id not in {one.id for one in first})]
