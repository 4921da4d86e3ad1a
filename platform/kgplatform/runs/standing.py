"""What stands promoted in a graph: a `(:Promotion)` node for each product and relation, kept ever after.

A node says which run's predictions of a relation, vectors, values or texts stand (`product`, `run`), what
they took the place of (`replaced`, a run), who put them there and why (`by`, `reason`), over which facts they
were made (`version`) and when they stood (`since`, `until`; UTC). What was written together has one `batch`.
Nothing is deleted: the nodes are the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from graph_schema.errors import RunError
from kgplatform.runs.registry import RunRegistry
from kgplatform.store.keys import OF_GRAPH, of_graph
from kgplatform.store.protocol import GraphStore, Transaction

Read = Callable[[str, dict[str, Any]], list[dict[str, Any]]]

PREDICTIONS, VECTORS, VALUES, TEXTS = "predictions", "vectors", "values", "texts"
"""What promotions put into a graph: the products of a run."""

_STANDING = """
MATCH (p:Promotion {graph: $graph}) WHERE p.until IS NULL
RETURN p.id AS id, p.batch AS batch, p.product AS product, p.model AS model,
p.relation AS relation, p.property AS name, p.stored_as AS stored_as, p.run AS run,
p.replaces AS replaces, coalesce(p.predictions, '') AS kept, p.version AS version, p.since AS since
ORDER BY since DESC, id
"""
_ONE = _STANDING.replace("{graph: $graph}) WHERE p.until IS NULL", "{id: $id})")


@dataclass(frozen=True)
class Standing:
    """One promotion: of a run's predictions of one relation, of a property of entities, or of its texts.

    Attributes:
        id: Its own.
        batch: The same for all that were written together.
        product: `PREDICTIONS`, `VECTORS`, `VALUES` or `TEXTS`.
        model: Which model's.
        relation: Of which relation; None for other products.
        name: Of vectors and values the property of entities, as people know it; else None, and
        stored_as: what it is called on the nodes: another name where it was staged.
        run: Whose.
        replaces: Id of the promotion whose place it took; None: there was none.
        kept: Name of the file with what was written, in the run's folder; "" of texts, which its record has.
        version: Of the graph they were made over.
        since: When it was written.
    """

    id: str
    batch: str
    product: str
    model: str
    relation: str | None
    name: str | None
    stored_as: str | None
    run: str
    replaces: str | None
    kept: str
    version: str
    since: str

    @property
    def place(self) -> tuple[str, str | None]:
        """What it is of, which one promotion of a model has at a time."""
        return (self.product, self.relation or self.name)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Standing:
        """A promotion as it is read; an earlier version did not say where vectors stand."""
        if row["product"] == VECTORS and row["name"] is None:
            row = row | {"name": row["model"], "stored_as": row["model"]}
        return cls(**row)


def new_batch(run: str) -> str:
    """A name for what is written together, later ones after earlier ones."""
    return f"{now()} {run}"


def now() -> str:
    """The time as it is stored: UTC, to the microsecond."""
    return _text(datetime.now(UTC))


def _text(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")


def standing(read: Read, graph: str, model: str | None = None) -> list[Standing]:
    """The promotions that stand in a graph, the last one first.

    Args:
        read: A store's `read`, or a transaction's `run`.
        graph: Its name.
        model: Only this one's.
    """
    rows = [Standing.of(row) for row in read(_STANDING, {"graph": graph})]
    return [row for row in rows if model in (None, row.model)]


def promotion(store: GraphStore, id_: str) -> Standing:
    """One promotion, whether it stands or stood. Raises: RunError: there is none of that id."""
    rows = store.read(_ONE, {"id": id_})
    if not rows:
        raise RunError(f"the promotion {id_!r} is not in the database any more")
    return Standing.of(rows[0])


def end(transaction: Transaction, some: Iterable[Standing]) -> None:
    """These stand no more."""
    rows = [p.id for p in some]
    transaction.run(
        "MATCH (p:Promotion) WHERE p.id IN $rows SET p.until = $now", {"rows": rows, "now": now()}
    )


def begin(
    transaction: Transaction,
    graph: str,
    batch: str,
    some: Sequence[dict[str, Any]],
    *,
    by: str,
    reason: str | None = None,
) -> None:
    """Write promotions that stand from now on, after all others; the graph remembers the batch.

    Args:
        transaction: In which.
        graph: Where.
        batch: What is written together.
        some: The properties in which they differ; none where a rollback leaves nothing.
        by: Who writes them.
        reason: Why.
    """
    (last,) = transaction.run(
        "MATCH (p:Promotion {graph: $graph}) RETURN max(p.since) AS since", {"graph": graph}
    )
    since = now()
    if last["since"] and last["since"] >= since:  # somebody has set the clock back
        since = _text(datetime.fromisoformat(last["since"]) + timedelta(microseconds=1))
    shared = {
        "batch": batch,
        "graph": graph,
        "by": by,
        "reason": reason,
        "since": since,
    }
    rows = [{"id": _id(batch, row), **shared, **row} for row in some]
    transaction.run("UNWIND $rows AS row CREATE (p:Promotion) SET p += row", {"rows": rows})
    transaction.run(
        "MATCH (g:Graph {name: $graph}) SET g.promoted = $batch", {"graph": graph, "batch": batch}
    )


def _id(batch: str, row: dict[str, Any]) -> str:
    """An id: of predictions it begins with the batch, and so with a time, of other products with a word."""
    if row["product"] == PREDICTIONS:
        return f"{batch} {row['relation']}"
    return f"{row['product']} {row.get('property') or ''} {batch}"


def update_statuses(transaction: Transaction, graph: str, left: Iterable[str], *, as_: str) -> None:
    """Runs of which a promotion stands are `promoted`.

    Args:
        transaction: In which promotions were written.
        graph: Where.
        left: Runs that may have lost their last one, and are `as_` then.
        as_: A status.
    """
    runs = {p.run for p in standing(transaction.run, graph)}
    for status, ids in (("promoted", runs), (as_, set(left) - runs)):
        transaction.run(
            "MATCH (r:Run) WHERE r.id IN $ids SET r.status = $status", {"ids": sorted(ids), "status": status}
        )


def adopt(store: GraphStore, registry: RunRegistry, graph: str) -> None:
    """Write the promotions of a graph whose runs were promoted before there were such nodes.

    The graph's lock is held. What stands is read off the graph; of runs before, those whose kept predictions
    are here can be rolled back to.
    """
    if store.read("MATCH (p:Promotion {graph: $graph}) RETURN p.id AS id LIMIT 1", {"graph": graph}):
        return
    rows = store.read(
        "MATCH (r:Run {graph: $graph}) WHERE r.predictions IS NOT NULL "
        "RETURN r.id AS run, r.model AS model, r.status AS status, r.replaced AS replaced, "
        "r.predictions AS predictions, r.graph_version AS version, r.created AS created "
        "ORDER BY created, run",
        {"graph": graph},
    )
    about = {row["run"]: row for row in rows}
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for top in (row for row in rows if row["status"] == "promoted"):
        chain = [top]
        while (before := about.get(chain[-1]["replaced"])) and before not in chain:
            chain.append(before)
        for row in reversed(chain):
            for relation in _relations(store, registry, graph, row, stands=row is top):
                earlier = made.get((row["replaced"] or "", relation), {})
                made[row["run"], relation] = {
                    "id": f"{row['run']} {relation}",
                    "batch": row["run"],
                    "product": PREDICTIONS,
                    "relation": relation,
                    **{key: row[key] for key in ("run", "model", "predictions", "version", "replaced")},
                    "replaces": earlier.get("id"),
                    "since": row["created"],
                    "until": None if row is top else now(),
                }
    rows = list(made.values())
    store.write(lambda transaction: begin(transaction, graph, "", rows, by="an earlier version"))


def _relations(
    store: GraphStore, registry: RunRegistry, graph: str, run: dict[str, Any], *, stands: bool
) -> list[str]:
    """Of which relations a run promoted predictions, in an earlier version."""
    if stands:
        rows = store.read(
            f"MATCH (h:Entity)-[p:PREDICTED]->() WHERE {OF_GRAPH.format('h')} AND p.run_id = $run "
            "RETURN DISTINCT p.relation AS relation ORDER BY relation",
            of_graph(graph) | {"run": run["run"]},
        )
        return [row["relation"] for row in rows]
    try:
        return sorted({p.relation for p in registry.predictions(run["run"], run["predictions"])})
    except RunError:
        return []
