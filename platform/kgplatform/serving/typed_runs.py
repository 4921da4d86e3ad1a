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
    kept = set(registry.ids())
    for promoted in dict.fromkeys(p.run for p in standing(store.read, graph)):
        if promoted in kept and (record := registry.read(promoted)).task == TASK:
            return record
    statuses = run_statuses(store, graph)
    able = [
        r
        for r in registry.all(graph)
        if r.task == TASK and r.fitted and r.id in statuses and r.deciding("valid") is not None
    ]
    if not able:
        raise RunError(
            f"no run tells the types of pairs in graph {graph!r}; wanted one of {TASK}. "
            f"`kgp train analogue_vote {graph} --promote` makes one"
        )
    return max(able, key=lambda r: (r.deciding("valid") or 0.0) * r.metric.sign)
