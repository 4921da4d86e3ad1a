"""The same questions to two servers: whether graphs and every view of them are equal, row for row."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from graph_schema.progress import Progress
from kgplatform import views
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs.promotion import promote as write_back
from kgplatform.runs.registry import RunRegistry
from kgplatform.store.protocol import GraphStore

Call = Callable[[GraphStore], Any]


def promote_on_both(
    one: GraphStore,
    other: GraphStore,
    registry: RunRegistry,
    run: str,
    promotion: Promotion,
    progress: Progress,
) -> int:
    """Predict on one server, and write the same predictions to both; returns how many."""
    predictions = promote(one, registry, run, promotion, progress=progress)
    record = registry.read(run)
    write_back(other, registry, record, predictions, version=version_of(other, record.graph))
    return len(predictions)


def version_of(store: GraphStore, graph: str) -> str:
    """The version of a graph as it stands."""
    (version,) = (g["version"] for g in store.graphs() if g["name"] == graph)
    return str(version)


def view_names() -> set[str]:
    """Names of all public functions of `kgplatform.views`."""
    return {
        name
        for name, value in vars(views).items()
        if inspect.isfunction(value)
        and value.__module__.startswith(views.__name__)
        and not name.startswith("_")
    }


def view_calls(store: GraphStore, graph: str) -> Mapping[str, Sequence[Call]]:
    """By view, calls whose answers must not be empty, about things that stand in the graph."""
    best = views.best_predictions(store, graph, limit=1_000)
    first, explained = best[0], [row for row in best if row["paths"]]
    between = [
        entity
        for row in best
        for path in row["paths"]
        for head, _, tail in path["facts"]
        for entity in (head, tail)
        if entity not in (row["head"], row["tail"])
    ]
    ids = sorted({row[end] for row in best for end in ("head", "tail")})
    statements = [[row[k] for k in ("head", "relation", "tail", "model")] for row in best[5:25]]
    sides = [
        (i, side["relation"], side["direction"])
        for i in ids[:5]
        for side in views.neighbour_counts(store, graph, i)
    ]
    pairs = [(h, t) for row in explained[:20] for path in row["paths"] for h, _, t in path["facts"]]
    return {
        "graphs": [lambda s: [_lasting(r) for r in views.graphs(s) if r["graph"] == graph]],
        "runs": [
            lambda s: views.runs(s, graph),
            lambda s: [r for r in views.runs(s) if r["graph"] == graph],
        ],
        "best_predictions": [
            lambda s: views.best_predictions(s, graph),
            lambda s: views.best_predictions(s, graph, limit=1_000),
            lambda s: views.best_predictions(s, graph, model=first["model"], limit=37),
            lambda s: views.best_predictions(s, graph, head=first["head"], relation=first["relation"]),
            lambda s: views.best_predictions(s, graph, tail=first["tail"]),
        ],
        "predictions_through": [
            lambda s: views.predictions_through(s, graph, between[0]),
            lambda s: views.predictions_through(s, graph, between[-1], limit=3),
            lambda s: views.best_predictions(s, graph, by=explained[0]["paths"][0]["facts"][0][1]),
        ],
        "evidence_of": [lambda s: views.evidence_of(s, graph)],
        "predictions_at": [lambda s: views.predictions_at(s, graph, statements)],
        "prediction": [_prediction_call(graph, row) for row in best[:20]],
        "relations": [lambda s: views.relations(s, graph)],
        "stamp": [lambda s: [run[:2] for run in json.loads(views.stamp(s, graph))[1]]],
        "entity": [partial(views.entity, graph=graph, id_=i) for i in ids[:10]],
        "neighbour_counts": [partial(views.neighbour_counts, graph=graph, id_=i) for i in ids[:10]],
        "neighbours": [
            partial(views.neighbours, graph=graph, id_=i, relation=relation, direction=direction)
            for i, relation, direction in sides
        ],
        "facts_between": [lambda s: views.facts_between(s, graph, pairs)],
        "names": [lambda s: views.names(s, graph)],
        "entities": [lambda s: list(views.entities(s, graph, ids).items())],
        "schema_of": [lambda s: views.schema_of(s, graph)],
    }


def _prediction_call(graph: str, row: dict[str, Any]) -> Call:
    return lambda s: views.prediction(s, graph, row["head"], row["relation"], row["tail"])


def compare_views(one: GraphStore, other: GraphStore, graph: str) -> tuple[dict[str, int], list[str]]:
    """Rows compared, by view, and what differs in words.

    A view without a call in `view_calls` and an empty answer count as differences: they compare nothing.
    """
    calls = view_calls(one, graph)
    faults = [f"view {name} has no call here" for name in sorted(view_names() - set(calls))]
    rows: dict[str, int] = {}
    for name in sorted(calls):
        rows[name] = 0
        for number, call in enumerate(calls[name]):
            mine, theirs = call(one), call(other)
            rows[name] += len(mine)
            if not mine:
                faults.append(f"{name}, call {number} on {graph}: no rows")
            elif mine != theirs:
                faults.append(f"{name}, call {number} on {graph}: {_first_difference(mine, theirs)}")
    return rows, faults


def compare_graphs(one: GraphStore, other: GraphStore, graph: str) -> list[str]:
    """What differs between the two servers' tables of a graph, in words."""
    mine, theirs = one.get_graph(graph), other.get_graph(graph)
    return [
        f"{graph}: the {name} differ ({len(getattr(mine, name))} and {len(getattr(theirs, name))} rows)"
        for name in ("nodes", "facts", "relations")
        if not getattr(mine, name).equals(getattr(theirs, name))
    ]


def _lasting(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `graphs` without the version, which is random."""
    return {key: value for key, value in row.items() if key != "version"}


def _first_difference(mine: Any, theirs: Any) -> str:
    if len(mine) != len(theirs):
        return f"{len(mine)} and {len(theirs)} rows"
    if isinstance(mine, dict):
        return str(next((k, mine[k], theirs.get(k)) for k in mine if mine[k] != theirs.get(k)))
    return str(next((i, a, b) for i, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b))
