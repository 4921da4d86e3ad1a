"""What a run learned, back into its graph: promoting a run and rolling it back, each in one transaction.

After an outage the transaction is begun again, and first looks whether it had taken effect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph_schema.errors import GraphBusy, RunError, UsageError
from graph_schema.records import EvidencePath, FactNames, Prediction, RunRecord, Vectors
from kgplatform.runs.registry import RunRegistry, run_properties
from kgplatform.runs.standing import (
    PREDICTIONS,
    VECTORS,
    Standing,
    adopt,
    begin,
    end,
    new_batch,
    promotion,
    standing,
    update_statuses,
)
from kgplatform.runs.vectors import check_vectors, clear_vectors, write_vectors
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

_DELETE = """
MATCH (:Entity {graph: $graph})-[p:PREDICTED {model: $model}]->()
WHERE p.relation IN $relations DELETE p
"""


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
    relations: Iterable[str] = (),
    vectors: Vectors | None = None,
    by: str = "hand",
    reason: str | None = None,
) -> tuple[str, ...]:
    """Make these the products of the run's model, replacing those that stood.

    The facts and the predictions of other relations are not touched. Everything happens in one transaction
    under the graph's lock, so that no reader sees parts of two runs.

    Args:
        store: Where the graph is.
        registry: Where what is written is kept, for rolling back to it.
        record: The run.
        predictions: What to write.
        version: Of the graph that they were made over.
        relations: What was asked; more of these than have predictions lose those that stood.
        vectors: Of entities, kept in the property named after the model; None: the model has none.
        by: Who promotes: "hand", "training".
        reason: Why, if there is more to say.

    Returns:
        Ids of the runs whose products stood before, if there were any.

    Raises:
        UsageError: more predictions or vectors than one transaction holds, or the graph's data has a property
            of the model's name.
        GraphBusy: somebody else writes to the graph, or it has changed since the predictions were made.
    """
    check_size(len(predictions))
    kept, batch = registry.keep_predictions(record.id, predictions), new_batch(record.id)
    properties = run_properties(record, "candidate") | {"predictions": kept, "graph_version": version}
    asked = sorted({*relations, *(p.relation for p in predictions)})
    products: list[tuple[str, str | None, dict[str, Any]]] = [
        (PREDICTIONS, relation, {"predictions": kept}) for relation in asked
    ]
    if vectors is not None:
        check_vectors(store, record.graph, record.model, vectors)
        about = {"predictions": registry.keep_vectors(record.id, vectors), "width": vectors.values.shape[1]}
        products.append((VECTORS, None, about))

    def work(transaction: Transaction) -> None:
        if any(p.batch == batch for p in standing(transaction.run, record.graph)):
            return  # an earlier attempt took effect, and its answer was lost
        (now,) = transaction.run(
            "MATCH (g:Graph {name: $graph}) RETURN g.version AS version", {"graph": record.graph}
        )
        if now["version"] != version:
            raise GraphBusy(
                f"graph {record.graph!r} changed while run {record.id!r} was predicting; promote again"
            )
        _write(transaction, record, asked, predictions, stale=False)
        if vectors is not None:
            write_vectors(transaction, record.graph, record.model, vectors)
        end(transaction, before.values())
        transaction.run(
            "MERGE (r:Run {id: $id}) SET r += $properties", {"id": record.id, "properties": properties}
        )
        rows = [
            _row(record, product, relation, version, before.get((product, relation))) | about
            for product, relation, about in products
        ]
        begin(transaction, record.graph, batch, rows, by=by, reason=reason)
        update_statuses(transaction, record.graph, [p.run for p in before.values()], as_="retired")
        lock.check(transaction)

    with store.lock(record.graph, f"promoting {record.id}") as lock:
        adopt(store, registry, record.graph)
        stood = standing(store.read, record.graph, record.model)
        written = {(product, relation) for product, relation, _ in products}
        before = {(p.product, p.relation): p for p in stood if (p.product, p.relation) in written}
        store.write(work)
        _forget_unreachable(store, registry, record.graph)
    return tuple(dict.fromkeys(p.run for p in before.values()))


@dataclass(frozen=True)
class RolledBack:
    """What a rollback did.

    Attributes:
        undone: The run whose products stand no more.
        relations: Of which relations' predictions.
        again: Runs whose products stand again; none where nothing stood before.
    """

    undone: str
    relations: tuple[str, ...]
    again: tuple[str, ...]


def rollback(
    store: GraphStore,
    registry: RunRegistry,
    graph: str,
    model: str | None = None,
    relation: str | None = None,
) -> RolledBack:
    """Undo the last promotion with all it wrote: what stood before stands again, if anything did.

    Its run is a candidate again unless predictions of other relations still stand.

    Args:
        store: Where the graph is.
        registry: Where the earlier run's predictions are kept.
        graph: Its name.
        model: Only this one's promotions.
        relation: Only this relation's predictions, of the last promotion that wrote them.

    Raises:
        RunError: nothing stands, or what stood before is not kept here.
    """
    with store.lock(graph, "rolling back") as lock:
        adopt(store, registry, graph)
        last = _last(store, graph, model, relation)
        stood = [promotion(store, p.replaces) for p in last if p.replaces]
        records = {p.run: registry.read(p.run) for p in stood}
        kept = {p.id: registry.predictions(p.run, p.kept) for p in stood if p.product == PREDICTIONS}
        vectors = {p.id: registry.vectors(p.run, p.kept) for p in stood if p.product == VECTORS}
        rows = [
            _row(records[p.run], p.product, p.relation, p.version, None)
            | {"predictions": p.kept, "replaces": p.replaces, "replaced": last[0].run}
            | ({"width": vectors[p.id].values.shape[1]} if p.id in vectors else {})
            for p in stood
        ]
        batch = new_batch(last[0].run)
        (about,) = store.read("MATCH (g:Graph {name: $graph}) RETURN g.version AS version", {"graph": graph})

        def work(transaction: Transaction) -> None:
            if not {p.id for p in last} & {p.id for p in standing(transaction.run, graph)}:
                return  # an earlier attempt took effect, and its answer was lost
            _delete(transaction, graph, last[0].model, [p.relation for p in last])
            if any(p.product == VECTORS for p in last):
                clear_vectors(transaction, graph, last[0].model)
            for p in stood:
                if p.product == VECTORS:
                    write_vectors(transaction, graph, p.model, vectors[p.id])
                    continue
                some = [found for found in kept[p.id] if found.relation == p.relation]
                stale = p.version != about["version"]
                _write(transaction, records[p.run], [p.relation], some, stale=stale)
            end(transaction, last)
            begin(transaction, graph, batch, rows, by="rollback", reason=f"rolled back {last[0].run}")
            update_statuses(transaction, graph, [last[0].run], as_="candidate")
            lock.check(transaction)

        store.write(work)
        _forget_unreachable(store, registry, graph)
    return RolledBack(
        last[0].run,
        tuple(p.relation for p in last if p.relation is not None),
        tuple(dict.fromkeys(p.run for p in stood)),
    )


def _last(store: GraphStore, graph: str, model: str | None, relation: str | None) -> list[Standing]:
    """What stands of the last promotion, of this model and relation if given. Raises: RunError."""
    every = standing(store.read, graph)
    found = [p for p in every if model in (None, p.model)]
    if relation is not None:
        exactly = [p for p in found if p.relation == relation]
        found = exactly or [p for p in found if (p.relation or "").casefold() == relation.casefold()]
    if not found:
        asked = ((what, name) for what, name in (("model", model), ("relation", relation)) if name)
        of = "".join(f" of {what} {name!r}" for what, name in asked)
        there = ", ".join(sorted({f"{p.relation or p.product} of {p.model}" for p in every})) or "nothing"
        raise RunError(
            f"found no promotion{of} to undo in graph {graph!r}; wanted one that stands. There stands {there}"
        )
    return [p for p in found if p.batch == found[0].batch]


def _row(
    record: RunRecord, product: str, relation: str | None, version: str, before: Standing | None
) -> dict[str, Any]:
    """The properties of one promotion, but for what was kept."""
    return {
        "model": record.model,
        "product": product,
        "relation": relation,
        "run": record.id,
        "version": version,
        "replaced": before.run if before else None,
        "replaces": before.id if before else None,
    }


def _forget_unreachable(store: GraphStore, registry: RunRegistry, graph: str) -> None:
    """Delete the kept products that no rollback can reach any more."""
    rows = store.read(
        "MATCH (p:Promotion {graph: $graph}) RETURN p.id AS id, p.replaces AS replaces, p.run AS run, "
        "p.predictions AS kept, p.until AS until ORDER BY id",
        {"graph": graph},
    )
    about = {row["id"]: row for row in rows}
    left, reached = [row["id"] for row in rows if row["until"] is None], set[str]()
    while left:
        at = left.pop()
        if at in about and at not in reached:
            reached.add(at)
            left += [about[at]["replaces"]] if about[at]["replaces"] else []
    every, needed = (
        {(about[id_]["run"], about[id_]["kept"]) for id_ in some} for some in (about.keys(), reached)
    )
    for run, kept in every - needed:
        registry.forget_predictions(run, [kept])


def _delete(transaction: Transaction, graph: str, model: str, relations: Sequence[str | None]) -> None:
    transaction.run(_DELETE, {"graph": graph, "model": model, "relations": list(relations)})


def _write(
    transaction: Transaction,
    record: RunRecord,
    relations: Sequence[str | None],
    predictions: Sequence[Prediction],
    *,
    stale: bool,
) -> None:
    """Write predictions in place of those of the same model and these relations."""
    _delete(transaction, record.graph, record.model, relations)
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
        "score": p.score,
        "probability": p.probability,
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
