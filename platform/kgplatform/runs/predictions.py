"""Predictions into their graph: a `PREDICTED` relationship each, with its evidence as properties."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from graph_schema.errors import UsageError
from graph_schema.records import EvidencePath, FactNames, Prediction, RunRecord
from kgplatform.store.keys import OF_GRAPH, of_graph
from kgplatform.store.protocol import Transaction, batches

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

_DELETE = f"""
MATCH (h:Entity)-[p:PREDICTED]->()
WHERE {OF_GRAPH.format("h")} AND p.model = $model AND p.relation IN $relations DELETE p
"""


def check_size(rows: int) -> None:
    """Refuse what one transaction cannot hold. Raises: UsageError, saying what to lower."""
    if rows > ROWS_AT_MOST:
        raise UsageError(
            f"{rows} predictions to write; one promotion holds at most {ROWS_AT_MOST}. "
            "Lower --top or --queries"
        )


def delete_predictions(transaction: Transaction, graph: str, model: str, relations: Sequence[str]) -> None:
    """No prediction of the model and these relations stands."""
    transaction.run(_DELETE, of_graph(graph) | {"model": model, "relations": list(relations)})


def write_predictions(
    transaction: Transaction,
    record: RunRecord,
    relations: Sequence[str],
    predictions: Sequence[Prediction],
    *,
    stale: bool,
) -> None:
    """Write predictions in place of those of the same model and these relations."""
    delete_predictions(transaction, record.graph, record.model, relations)
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


def _facts(p: Prediction) -> list[FactNames]:
    return [*(fact for path in p.paths for fact in path.facts), *(case.fact for case in p.cases)]


def _beside(p: Prediction) -> set[str]:
    """Whom the cases are about besides the two ends."""
    return {end for case in p.cases for end in (case.fact[0], case.fact[2])} - {p.head, p.tail}


def _properties(record: RunRecord, p: Prediction) -> dict[str, Any]:
    chains = [path.entities(p.head) for path in p.paths]
    return {
        "run_id": record.id,
        "model": record.model,
        "graph": record.graph,
        "relation": p.relation,
        "sentence": p.sentence,
        "score": p.score,
        "probability": p.probability,
        "interacts": p.interacts,
        "protocol": p.protocol,
        "rank_low": p.rank_low,
        "rank": p.rank,
        "rank_high": p.rank_high,
        "head_rank": p.head_rank,
        "evidence_paths": [json.dumps(path.facts, ensure_ascii=False) for path in p.paths],
        "evidence_weights": [path.weight for path in p.paths],
        **_rules(p.paths),
        "evidence_nodes": sorted({e for chain in chains for e in chain[1:-1]} | _beside(p)),
        "evidence_relations": sorted({relation for _, relation, _ in _facts(p)}),
        "evidence_cases": [json.dumps(case.fact, ensure_ascii=False) for case in p.cases],
        "case_weights": [case.weight for case in p.cases],
        "faithfulness": p.faithfulness,
        "held_out": p.held_out,
    }
