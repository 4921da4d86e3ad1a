"""Checks that what stands in the database agrees with itself and with the kept runs."""

from __future__ import annotations

from kgplatform.runs.registry import RunRegistry
from kgplatform.store.keys import OF_GRAPH, of_graph
from kgplatform.store.protocol import GraphStore


def faults(store: GraphStore, registry: RunRegistry, graph: str) -> list[str]:
    """What is wrong with a graph, one sentence each; empty if nothing is."""
    out = []
    (record,) = [g for g in store.graphs() if g["name"] == graph]
    data = store.get_graph(graph)
    for what, found in (("nodes", len(data.nodes)), ("facts", len(data.facts))):
        if found != record[what]:
            out.append(f"found {found} {what}; the graph says {record[what]}. Import it again")
    predicted = store.read(
        f"MATCH (h:Entity)-[p:PREDICTED]->() WHERE {OF_GRAPH.format('h')} "
        "RETURN p.run_id AS run, count(p) AS predictions ORDER BY run",
        of_graph(graph),
    )
    runs = store.read(
        "MATCH (r:Run {graph: $graph}) RETURN r.id AS run, r.status AS status ORDER BY run", {"graph": graph}
    )
    status = {row["run"]: row["status"] for row in runs}
    for row in predicted:
        if status.get(row["run"]) != "promoted":
            out.append(f"{row['predictions']} predictions are of run {row['run']!r}, which is not promoted")
    kept = set(registry.ids())
    out += [
        f"run {run!r} has no artefacts here; it cannot predict or be rolled back to"
        for run in sorted(status.keys() - kept)
    ]
    return out
