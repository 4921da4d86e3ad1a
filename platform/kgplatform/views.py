"""All that pages may ask of the graph: plain rows, totally ordered, the same from every server."""

from __future__ import annotations

import json
from typing import Any

from graph_schema.errors import UnknownName
from kgplatform.store.base import GraphStore

Row = dict[str, Any]

_PREDICTION = """
h.id AS head, coalesce(h.name, h.id) AS head_name, p.relation AS relation,
t.id AS tail, coalesce(t.name, t.id) AS tail_name, p.probability AS probability, p.score AS score,
p.rank_low AS rank_low, p.rank AS rank, p.rank_high AS rank_high, p.head_rank AS head_rank,
p.faithfulness AS faithfulness, p.held_out AS held_out, p.stale AS stale,
p.model AS model, p.run_id AS run, p.evidence_paths AS evidence_paths, p.evidence_weights AS evidence_weights
"""

_BEST = "ORDER BY coalesce(p.probability, -1.0) DESC, p.rank, p.score DESC, h.key, p.relation, t.key"


def graphs(store: GraphStore) -> list[Row]:
    """Every graph with its counts, promoted runs and predictions, by name."""
    predicted = {
        row["graph"]: row
        for row in store.read(
            "MATCH (h:Entity)-[p:PREDICTED]->() RETURN h.graph AS graph, count(p) AS predictions, "
            "sum(CASE WHEN p.stale THEN 1 ELSE 0 END) AS stale ORDER BY graph"
        )
    }
    runs_of = {
        row["graph"]: row["runs"]
        for row in store.read("MATCH (r:Run) RETURN r.graph AS graph, count(r) AS runs ORDER BY graph")
    }
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
                "nodes": graph["nodes"],
                "facts": graph["facts"],
                "version": graph["version"],
                "runs": runs_of.get(name, 0),
                "predictions": counts["predictions"],
                "stale": counts["stale"],
            }
        )
    return out


def runs(store: GraphStore, graph: str | None = None) -> list[Row]:
    """Finished runs with their metrics and the baseline's, newest first."""
    return store.read(
        "MATCH (r:Run) WHERE $graph IS NULL OR r.graph = $graph "
        "RETURN r.id AS run, r.graph AS graph, r.model AS model, r.seed AS seed, r.status AS status, "
        "r.created AS created, r.valid_mrr AS valid_mrr, r.test_mrr AS test_mrr, "
        "r.test_hits_at_10 AS test_hits_at_10, r.baseline_test_mrr AS baseline_mrr, r.seconds AS seconds "
        "ORDER BY created DESC, run",
        {"graph": graph},
    )


def best_predictions(
    store: GraphStore, graph: str, *, model: str | None = None, limit: int = 10
) -> list[Row]:
    """The likeliest predictions in a graph with their evidence, `paths` best first."""
    rows = store.read(
        "MATCH (h:Entity {graph: $graph})-[p:PREDICTED]->(t:Entity) "
        f"WHERE $model IS NULL OR p.model = $model RETURN {_PREDICTION} {_BEST} LIMIT $limit",
        {"graph": graph, "model": model, "limit": limit},
    )
    return [_with_paths(row) for row in rows]


def predictions_through(store: GraphStore, graph: str, entity: str, *, limit: int = 100) -> list[Row]:
    """Predictions whose evidence passes through an entity between its ends, likeliest first."""
    rows = store.read(
        "MATCH (h:Entity {graph: $graph})-[p:PREDICTED]->(t:Entity) "
        f"WHERE $entity IN p.evidence_nodes RETURN {_PREDICTION} {_BEST} LIMIT $limit",
        {"graph": graph, "entity": entity, "limit": limit},
    )
    return [_with_paths(row) for row in rows]


def prediction(store: GraphStore, graph: str, head: str, relation: str, tail: str) -> list[Row]:
    """What every promoted model says of one statement, by model; empty if none predicts it."""
    rows = store.read(
        "MATCH (h:Entity {key: $head})-[p:PREDICTED {relation: $relation}]->(t:Entity {key: $tail}) "
        f"RETURN {_PREDICTION} ORDER BY p.model",
        {"head": f"{graph}/{head}", "relation": relation, "tail": f"{graph}/{tail}"},
    )
    return [_with_paths(row) for row in rows]


def relations(store: GraphStore, graph: str) -> list[Row]:
    """Relations of a graph with their types, sentences and numbers of facts, by name."""
    return store.read(
        "MATCH (r:RelationType {graph: $graph}) RETURN r.name AS relation, r.type AS type, "
        "r.description AS description, r.template AS template, r.facts AS facts ORDER BY relation",
        {"graph": graph},
    )


def entities(store: GraphStore, graph: str, ids: list[str]) -> dict[str, Row]:
    """Name and type of entities, by id."""
    keys = [f"{graph}/{i}" for i in ids]
    rows = store.read(
        "UNWIND $keys AS key MATCH (n:Entity {key: key}) "
        "RETURN n.id AS id, n.name AS name, labels(n) AS labels ORDER BY n.key",
        {"keys": keys},
    )
    return {
        row["id"]: {"name": row["name"], "type": next(x for x in sorted(row["labels"]) if x != "Entity")}
        for row in rows
    }


def schema_of(store: GraphStore, graph: str) -> Row:
    """The schema a graph was imported with. Raises: UnknownName."""
    found = {g["name"]: g for g in store.graphs()}
    if graph not in found:
        raise UnknownName("graph", graph, found)
    values: Row = json.loads(found[graph]["schema"])
    return values


def _with_paths(row: Row) -> Row:
    """Replace the stored strings by `paths`: weight and facts as (head, relation, tail)."""
    chains = [json.loads(chain) for chain in row.pop("evidence_paths") or []]
    weights = row.pop("evidence_weights") or []
    paths = [{"weight": w, "facts": [tuple(f) for f in c]} for w, c in zip(weights, chains, strict=True)]
    return row | {"paths": paths}
