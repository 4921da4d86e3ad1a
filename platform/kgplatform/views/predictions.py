"""Views of predictions: the likeliest, those whose evidence passes somewhere, one statement."""

from __future__ import annotations

import json

from kgplatform.store.keys import OF_GRAPH, of_graph
from kgplatform.store.protocol import GraphStore, Row

_PREDICTION = """
h.id AS head, coalesce(h.name, h.id) AS head_name, p.relation AS relation,
t.id AS tail, coalesce(t.name, t.id) AS tail_name, p.probability AS probability, p.score AS score,
p.interacts AS interacts, p.protocol AS protocol,
p.rank_low AS rank_low, p.rank AS rank, p.rank_high AS rank_high, p.head_rank AS head_rank,
p.faithfulness AS faithfulness, p.held_out AS held_out, p.stale AS stale,
p.model AS model, p.run_id AS run, p.evidence_paths AS evidence_paths, p.evidence_weights AS evidence_weights,
p.evidence_cases AS evidence_cases, p.case_weights AS case_weights,
p.evidence_support AS evidence_support, p.evidence_pairs AS evidence_pairs, p.evidence_heads AS evidence_heads
"""

_BEST = (
    "ORDER BY coalesce(p.interacts, p.probability, -1.0) DESC, coalesce(p.probability, -1.0) DESC, "
    "coalesce(p.rank, 0), p.score DESC, h.key, p.relation, t.key"
)


def best_predictions(
    store: GraphStore,
    graph: str,
    *,
    model: str | None = None,
    head: str | None = None,
    relation: str | None = None,
    tail: str | None = None,
    through: str | None = None,
    by: str | None = None,
    held_out: bool | None = None,
    limit: int = 10,
) -> list[Row]:
    """The likeliest predictions in a graph with their evidence, `paths` best first.

    Args:
        store: Where the graph is.
        graph: Its name.
        model: Of this model only.
        head, tail: Ids; of this entity only.
        relation: Of this relation only.
        through: Id; only if a path visits this entity between the ends.
        by: Only if a path has a fact of this relation.
        held_out: Only those that are facts held out, or only those that are none.
        limit: Rows at most.
    """
    start, within = "MATCH (h:Entity)-[p:PREDICTED]->(t:Entity)", OF_GRAPH.format("h")
    if head is not None:
        start = "MATCH (h:Entity {key: $head})-[p:PREDICTED]->(t:Entity)"
    elif tail is not None:
        start = "MATCH (t:Entity {key: $tail})<-[p:PREDICTED]-(h:Entity)"
    rows = store.read(
        f"{start} WHERE {within} AND ($model IS NULL OR p.model = $model) "
        "AND ($relation IS NULL OR p.relation = $relation) AND ($tail IS NULL OR t.key = $tail) "
        "AND ($held_out IS NULL OR p.held_out = $held_out) "
        "AND ($through IS NULL OR $through IN p.evidence_nodes) "
        f"AND ($by IS NULL OR $by IN p.evidence_relations) RETURN {_PREDICTION} {_BEST} LIMIT $limit",
        of_graph(graph)
        | {
            "model": model,
            "head": None if head is None else f"{graph}/{head}",
            "relation": relation,
            "tail": None if tail is None else f"{graph}/{tail}",
            "through": through,
            "by": by,
            "held_out": held_out,
            "limit": limit,
        },
    )
    return [_with_paths(row) for row in rows]


def evidence_of(store: GraphStore, graph: str) -> list[Row]:
    """Every prediction of a graph in short, with the entities on its paths; likeliest first."""
    return store.read(
        f"MATCH (h:Entity)-[p:PREDICTED]->(t:Entity) WHERE {OF_GRAPH.format('h')} "
        "RETURN h.id AS head, p.relation AS relation, t.id AS tail, p.model AS model, "
        f"p.evidence_nodes AS nodes {_BEST}",
        of_graph(graph),
    )


def predictions_at(store: GraphStore, graph: str, statements: list[list[str]]) -> list[Row]:
    """Predictions, likeliest first. Args: statements: which, as [head, relation, tail, model]."""
    rows = store.read(
        "UNWIND $rows AS row MATCH (h:Entity {key: row[0]}) "
        "MATCH (h)-[p:PREDICTED]->(t:Entity {key: row[2]}) WHERE p.relation = row[1] AND p.model = row[3] "
        f"RETURN {_PREDICTION} {_BEST}",
        {"rows": [[f"{graph}/{h}", r, f"{graph}/{t}", m] for h, r, t, m in statements]},
    )
    return [_with_paths(row) for row in rows]


def predictions_through(store: GraphStore, graph: str, entity: str, *, limit: int = 100) -> list[Row]:
    """Predictions whose evidence passes through an entity between its ends, likeliest first."""
    return best_predictions(store, graph, through=entity, limit=limit)


def prediction(store: GraphStore, graph: str, head: str, relation: str, tail: str) -> list[Row]:
    """What every promoted model says of one statement, by model; empty if none predicts it."""
    rows = store.read(
        "MATCH (h:Entity {key: $head})-[p:PREDICTED {relation: $relation}]->(t:Entity {key: $tail}) "
        f"RETURN {_PREDICTION} ORDER BY p.model",
        {"head": f"{graph}/{head}", "relation": relation, "tail": f"{graph}/{tail}"},
    )
    return [_with_paths(row) for row in rows]


def _with_paths(row: Row) -> Row:
    """Replace the stored strings by `paths` and `cases`.

    A path has weight, facts as (head, relation, tail) and its rule's counts: `support`, `pairs` and `heads`
    are those of `EvidencePath`, None where nothing was counted. A case has weight and fact.
    """
    chains = [json.loads(chain) for chain in row.pop("evidence_paths") or []]
    weights = row.pop("evidence_weights") or []
    support, pairs, heads = (
        row.pop(f"evidence_{part}") or [None] * len(chains) for part in ("support", "pairs", "heads")
    )
    paths = [
        {"weight": w, "facts": [tuple(f) for f in chain], "support": s, "pairs": p, "heads": h or None}
        for chain, w, s, p, h in zip(chains, weights, support, pairs, heads, strict=True)
    ]
    facts = [tuple(json.loads(fact)) for fact in row.pop("evidence_cases") or []]
    cases = [
        {"weight": weight, "fact": fact}
        for weight, fact in zip(row.pop("case_weights") or [], facts, strict=True)
    ]
    return row | {"paths": paths, "cases": cases}
