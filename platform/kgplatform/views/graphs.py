"""Views of whole graphs: counts, schema, relations, runs."""

from __future__ import annotations

import json

from graph_schema.errors import UnknownName
from graph_schema.records import RunRecord, status_now
from graph_schema.schema import GraphSchema
from graph_schema.wording import said_by
from kgplatform.store.keys import OF_GRAPH, of_graph
from kgplatform.store.protocol import GraphStore, Row


def graphs(store: GraphStore) -> list[Row]:
    """Every graph with its counts, promoted runs and predictions, by name."""
    runs_of = {
        row["graph"]: row
        for row in store.read(
            "MATCH (r:Run) RETURN r.graph AS graph, count(r) AS runs, "
            "collect(DISTINCT r.status) AS statuses ORDER BY graph"
        )
    }
    promoted = [name for name, row in runs_of.items() if "promoted" in map(status_now, row["statuses"])]
    predicted = {name: _predicted(store, name) for name in promoted}
    out = []
    for graph in store.graphs():
        name = graph["name"]
        counts = predicted.get(name, {"predictions": 0, "stale": 0})
        schema = json.loads(graph["schema"])
        out.append(
            {
                "graph": name,
                "domain": graph["domain"],
                "title": schema["title"],
                "disclaimer": schema["disclaimer"],
                "place": schema.get("place", 100),
                "nodes": graph["nodes"],
                "facts": graph["facts"],
                "version": graph["version"],
                "runs": runs_of[name]["runs"] if name in runs_of else 0,
                "predictions": counts["predictions"],
                "stale": counts["stale"],
            }
        )
    return out


def _predicted(store: GraphStore, graph: str) -> Row:
    """How many predictions stand in a graph, and how many of them are stale."""
    (row,) = store.read(
        f"MATCH (h:Entity)-[p:PREDICTED]->() WHERE {OF_GRAPH.format('h')} RETURN count(p) AS predictions, "
        "sum(CASE WHEN p.stale THEN 1 ELSE 0 END) AS stale",
        of_graph(graph),
    )
    return row


def stamp(store: GraphStore, graph: str | None = None) -> str:
    """Changes whenever anything that views show may have changed: versions and promotions.

    Args:
        store: Where the graphs are.
        graph: Of this graph only; None for all.
    """
    versions = store.read(
        "MATCH (g:Graph) WHERE $graph IS NULL OR g.name = $graph "
        "RETURN g.name AS name, g.version AS version, g.promoted AS promoted ORDER BY name",
        {"graph": graph},
    )
    runs = store.read(
        "MATCH (r:Run) WHERE $graph IS NULL OR r.graph = $graph "
        "RETURN r.id AS id, r.status AS status, r.predictions AS kept ORDER BY id",
        {"graph": graph},
    )
    return json.dumps([[list(row.values()) for row in rows] for rows in (versions, runs)])


def runs(store: GraphStore, graph: str | None = None) -> list[Row]:
    """Finished runs, newest first: the figure that decides, the baseline's, and whether it beats that.

    `metric` is what people call the figure; `valid`, `test` and `baseline` (on the test) are its values.
    """
    rows = store.read(
        "MATCH (r:Run) WHERE $graph IS NULL OR r.graph = $graph "
        "RETURN r.id AS run, r.graph AS graph, r.model AS model, r.seed AS seed, r.status AS status, "
        "r.created AS created, r.seconds AS seconds, r.record AS record ORDER BY created DESC, run",
        {"graph": graph},
    )
    return [row | {"status": status_now(row["status"])} | _figures(row.pop("record")) for row in rows]


def _figures(text: str) -> Row:
    record = RunRecord.model_validate_json(text)
    return {
        "task": record.task,
        "metric": record.metric.title,
        "valid": record.deciding("valid"),
        "test": record.deciding("test"),
        "baseline": record.deciding("test", baseline=True),
        "below_baseline": record.below_baseline(),
    }


def relations(store: GraphStore, graph: str) -> list[Row]:
    """Relations of a graph by name: type, words, sentence, number of facts, whether they are symmetric.

    `display` stands between two names; of a type of many, only the relation named like it is symmetric.
    """
    schema = GraphSchema.model_validate_json(_graph(store, graph)["schema"])
    rows = store.read(
        "MATCH (r:RelationType {graph: $graph}) RETURN r.name AS relation, r.type AS type, "
        "r.description AS description, r.template AS template, r.facts AS facts ORDER BY relation",
        {"graph": graph},
    )
    return [said_by(schema, row["relation"], row["type"]) | row for row in rows]


def schema_of(store: GraphStore, graph: str) -> Row:
    """The schema a graph was imported with. Raises: UnknownName."""
    values: Row = json.loads(_graph(store, graph)["schema"])
    return values


def _graph(store: GraphStore, graph: str) -> Row:
    found = {g["name"]: g for g in store.graphs()}
    if graph not in found:
        raise UnknownName("graph", graph, found)
    return found[graph]
