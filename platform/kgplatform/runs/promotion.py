"""What a run learned, back into its graph: promoting a run and rolling it back, each in one transaction.

After an outage the transaction is begun again, and first looks whether it had taken effect.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from graph_schema.errors import GraphBusy, RunError, UnknownName, UsageError
from graph_schema.records import EvidencePath, Prediction, RunRecord
from kgplatform.runs.registry import RunRegistry, run_properties
from kgplatform.store.protocol import GraphStore, Transaction, batches

ROWS_AT_MOST = 200_000
"""A promotion is one transaction, held in the server's memory; above this many predictions it is refused."""

_BATCH = 2_000

_CREATE = """
UNWIND $rows AS row
MATCH (h:Entity {key: row.head})
MATCH (t:Entity {key: row.tail})
CREATE (h)-[p:PREDICTED]->(t)
SET p += row.properties
"""

_DELETE = "MATCH (:Entity {graph: $graph})-[p:PREDICTED {model: $model}]->() DELETE p"


def check_size(rows: int) -> None:
    """Refuse what one transaction cannot hold. Raises: UsageError, saying what to lower."""
    if rows > ROWS_AT_MOST:
        raise UsageError(
            f"{rows} predictions to write; one promotion holds at most {ROWS_AT_MOST}. "
            "Lower --top or --queries"
        )


def promote(
    store: GraphStore,
    registry: RunRegistry,
    record: RunRecord,
    predictions: Sequence[Prediction],
    *,
    version: str,
) -> str | None:
    """Make these the predictions of the run's model in its graph, replacing those of the run before.

    The facts are not touched. Everything happens in one transaction under the graph's lock.

    Args:
        store: Where the graph is.
        registry: Where what is written is kept, for rolling back to it.
        record: The run.
        predictions: What to write.
        version: Of the graph that they were made over.

    Returns:
        Id of the run that was promoted before, if there was one.

    Raises:
        UsageError: more predictions than one transaction holds.
        GraphBusy: somebody else writes to the graph, or it has changed since the predictions were made.
    """
    check_size(len(predictions))
    kept = registry.keep_predictions(record.id, predictions)
    properties = run_properties(record, "promoted") | {"predictions": kept, "graph_version": version}

    def work(transaction: Transaction) -> str | None:
        (now,) = transaction.run(
            "MATCH (g:Graph {name: $graph}) OPTIONAL MATCH (r:Run {id: $id}) "
            "RETURN g.version AS version, r.predictions AS predictions, r.replaced AS replaced",
            {"graph": record.graph, "id": record.id},
        )
        if now["predictions"] == kept:  # an earlier attempt took effect, and its answer was lost
            replaced: str | None = now["replaced"]
            return replaced
        if now["version"] != version:
            raise GraphBusy(
                f"graph {record.graph!r} changed while run {record.id!r} was predicting; promote again"
            )
        before = promoted_run(transaction, record.graph, record.model)
        _write(transaction, record, predictions, stale=False)
        replacing = {} if before in (None, record.id) else {"replaced": before}
        if replacing:
            transaction.run("MATCH (r:Run {id: $id}) SET r.status = 'retired'", {"id": before})
        transaction.run(
            "MERGE (r:Run {id: $id}) SET r += $properties",
            {"id": record.id, "properties": properties | replacing},
        )
        lock.check(transaction)
        return before

    with store.lock(record.graph, f"promoting {record.id}") as lock:
        return store.write(work)


def rollback(store: GraphStore, registry: RunRegistry, graph: str, model: str | None = None) -> RunRecord:
    """Put back the predictions of the run promoted before; the run rolled back is a candidate again.

    Args:
        store: Where the graph is.
        registry: Where the earlier run's predictions are kept.
        graph: Its name.
        model: Which model's; may be left out while only one has a promoted run.

    Returns:
        The record of the run that now stands promoted.

    Raises:
        RunError: there is no run before.
    """
    with store.lock(graph, "rolling back") as lock:
        now = _replacement(store, graph, model)
        record = registry.read(now["replaced"])
        predictions = registry.predictions(record.id, now["predictions"])

        def work(transaction: Transaction) -> None:
            if promoted_run(transaction, graph, record.model) == record.id:
                return  # an earlier attempt took effect, and its answer was lost
            _write(transaction, record, predictions, stale=now["made_over"] != now["version"])
            transaction.run(
                "MATCH (r:Run {id: $id}) SET r.status = 'candidate', r.replaced = null", {"id": now["id"]}
            )
            transaction.run("MATCH (r:Run {id: $id}) SET r.status = 'promoted'", {"id": record.id})
            lock.check(transaction)

        store.write(work)
    return record


def _replacement(store: GraphStore, graph: str, model: str | None) -> dict[str, Any]:
    """The promoted run of a graph (and model) and the run it replaced. Raises: RunError, UnknownName."""
    promoted = store.read(
        "MATCH (g:Graph {name: $graph}) MATCH (r:Run {graph: $graph, status: 'promoted'}) "
        "OPTIONAL MATCH (b:Run {id: r.replaced}) "
        "RETURN r.id AS id, r.model AS model, b.id AS replaced, b.predictions AS predictions, "
        "b.graph_version AS made_over, g.version AS version ORDER BY id",
        {"graph": graph},
    )
    chosen = [r for r in promoted if model in (None, r["model"])]
    if not chosen:
        raise RunError(f"no promoted run{f' of model {model!r}' if model else ''} in graph {graph!r}")
    if len(chosen) > 1:
        raise UnknownName("model", model or "", [r["model"] for r in chosen], hint="name one with --model")
    if not chosen[0]["replaced"]:
        raise RunError(
            f"run {chosen[0]['id']!r} replaced none; there is nothing to roll back to in {graph!r}"
        )
    return chosen[0]


def promoted_run(transaction: Transaction, graph: str, model: str) -> str | None:
    """Id of the run whose predictions of that model stand in the graph."""
    rows = transaction.run(
        "MATCH (r:Run {graph: $graph, model: $model, status: 'promoted'}) RETURN r.id AS id ORDER BY id",
        {"graph": graph, "model": model},
    )
    return rows[0]["id"] if rows else None


def _write(
    transaction: Transaction, record: RunRecord, predictions: Sequence[Prediction], *, stale: bool
) -> None:
    transaction.run(_DELETE, {"graph": record.graph, "model": record.model})
    for start, stop in batches(len(predictions), _BATCH):
        rows = [
            {
                "head": f"{record.graph}/{p.head}",
                "tail": f"{record.graph}/{p.tail}",
                "properties": _properties(record, p) | {"stale": stale},
            }
            for p in predictions[start:stop]
        ]
        transaction.run(_CREATE, {"rows": rows})


def _rules(paths: Sequence[EvidencePath]) -> dict[str, Any]:
    """How often each path's rule holds; lists hold no nulls, so 0 heads stands for all of them."""
    if any(path.support is None for path in paths):
        return dict.fromkeys(("evidence_support", "evidence_pairs", "evidence_confidence", "evidence_heads"))
    return {
        "evidence_support": [path.support for path in paths],
        "evidence_pairs": [path.pairs for path in paths],
        "evidence_confidence": [path.confidence for path in paths],
        "evidence_heads": [path.heads or 0 for path in paths],
    }


def _properties(record: RunRecord, p: Prediction) -> dict[str, Any]:
    chains = [path.entities(p.head) for path in p.paths]
    return {
        "run_id": record.id,
        "model": record.model,
        "graph": record.graph,
        "relation": p.relation,
        "score": p.score,
        "probability": p.probability,
        "rank_low": p.rank_low,
        "rank": p.rank,
        "rank_high": p.rank_high,
        "head_rank": p.head_rank,
        "evidence_paths": [json.dumps(path.facts, ensure_ascii=False) for path in p.paths],
        "evidence_weights": [path.weight for path in p.paths],
        **_rules(p.paths),
        "evidence_nodes": sorted({e for chain in chains for e in chain[1:-1]}),
        "evidence_relations": sorted({relation for path in p.paths for _, relation, _ in path.facts}),
        "faithfulness": p.faithfulness,
        "held_out": p.held_out,
    }
