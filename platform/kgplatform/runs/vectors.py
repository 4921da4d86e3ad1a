"""Embeddings into their graph: a vector property of the entities, named after the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from graph_schema.errors import UnknownName, UsageError
from graph_schema.progress import Progress
from graph_schema.records import Vectors
from graph_schema.reserved import RESERVED_PROPERTIES
from kgplatform.store.bolt.names import quoted
from kgplatform.store.protocol import GraphStore, Transaction, batches

NUMBERS_AT_MOST = 200_000 * 128
"""Vectors are promoted in one transaction, held in the server's memory; beyond, they are refused."""

_BATCH = 2_000


def check_vectors(store: GraphStore, graph: str, model: str, vectors: Vectors) -> None:
    """Refuse vectors that cannot be written. Raises: UsageError: see `promotion.promote`."""
    _check(model, vectors.ids, vectors.values)
    if vectors.values.size > NUMBERS_AT_MOST:
        raise UsageError(
            f"{len(vectors.ids)} vectors of {vectors.values.shape[1]} numbers; one promotion holds at most "
            f"{NUMBERS_AT_MOST} numbers. Train with a smaller dim"
        )
    if _is_data(store, graph, model):
        raise UsageError(f"{model!r} is a property that the data of graph {graph!r} have; rename it there")


def write_vectors(transaction: Transaction, graph: str, model: str, vectors: Vectors) -> None:
    """Vectors in place of those of the same model; whoever is not in the graph any more gets none."""
    clear_vectors(transaction, graph, model)
    statement = f"UNWIND $rows AS row MATCH (n:Entity {{key: row.key}}) SET n.{quoted(model)} = row.vector"
    for start, stop in batches(len(vectors.ids), _BATCH):
        values = vectors.values[start:stop].astype(np.float64).tolist()
        rows = [
            {"key": f"{graph}/{i}", "vector": v} for i, v in zip(vectors.ids[start:stop], values, strict=True)
        ]
        transaction.run(statement, {"rows": rows})


def clear_vectors(transaction: Transaction, graph: str, model: str) -> None:
    """No entity of the graph has a vector of the model."""
    transaction.run(
        f"MATCH (n:Entity) WHERE n.key >= $first AND n.key < $after AND n.{quoted(model)} IS NOT NULL "
        f"SET n.{quoted(model)} = null",  # ArcadeDB takes no notice of REMOVE with a quoted name
        {"first": f"{graph}/", "after": f"{graph}0"},
    )


def write_embeddings(
    store: GraphStore,
    graph: str,
    model: str,
    ids: Sequence[str],
    vectors: npt.NDArray[np.floating[Any]],
    *,
    progress: Progress | None = None,
) -> None:
    """Set the vectors of entities, batch by batch, under the graph's lock; facts are not touched.

    Args:
        store: Where the graph is.
        graph: Its name.
        model: Name of the property, in lower case with underscores: `med`.
        ids: (N,) ids of the entities, each once.
        vectors: (N, d), finite; kept as lists of 64-bit floats. Complex parts stand interleaved.
        progress: Told of each batch.

    Raises:
        UsageError: shapes that do not fit, values that are not finite, a name that is none.
        UnknownName: an id is not in the graph, or there is no such graph. Nothing is written then.
        GraphBusy: somebody else writes to the graph.
    """
    _check(model, ids, vectors)
    statement = f"UNWIND $rows AS row MATCH (n:Entity {{key: row.key}}) SET n.{quoted(model)} = row.vector"
    with store.lock(graph, f"writing embeddings of {model}") as lock:
        _check_entities(store, graph, ids)
        if _is_data(store, graph, model):
            raise UsageError(f"{model!r} is a property the graph's data has; give the embedding another name")
        for start, stop in batches(len(ids), _BATCH):
            rows = [
                {"key": f"{graph}/{i}", "vector": v}
                for i, v in zip(ids[start:stop], vectors[start:stop].tolist(), strict=True)
            ]

            def work(transaction: Transaction, rows: list[dict[str, Any]] = rows) -> None:
                transaction.run(statement, {"rows": rows})
                lock.check(transaction)

            store.write(work)
            if progress:
                progress("writing embeddings", stop, len(ids))


def _check_entities(store: GraphStore, graph: str, ids: Sequence[str]) -> None:
    """Look the ids up, and nothing else of the graph. Raises: UnknownName: one is not there."""
    for start, stop in batches(len(ids), _BATCH):
        asked = [f"{graph}/{i}" for i in ids[start:stop]]
        rows = store.read(
            "UNWIND $keys AS key MATCH (n:Entity {key: key}) RETURN n.key AS key ORDER BY key",
            {"keys": asked},
        )
        there = {row["key"] for row in rows}
        for id_, key in zip(ids[start:stop], asked, strict=True):
            if key not in there:
                raise UnknownName("entity", id_, None, hint=f"look for it in graph {graph!r} with Search")


def _is_data(store: GraphStore, graph: str, name: str) -> bool:
    """Whether an entity of the graph has a property of that name that is no vector."""
    if name in RESERVED_PROPERTIES:
        return True
    rows = store.read(
        f"MATCH (n:Entity) WHERE n.key >= $first AND n.key < $after AND n.{quoted(name)} IS NOT NULL "
        f"RETURN n.{quoted(name)} AS value LIMIT 1",
        {"first": f"{graph}/", "after": f"{graph}0"},
    )
    return any(not isinstance(row["value"], list) for row in rows)


def _check(model: str, ids: Sequence[str], vectors: npt.NDArray[np.floating[Any]]) -> None:
    if not model.isidentifier() or model != model.lower():
        raise UsageError(f"embedding name {model!r}; wanted lower-case letters, digits and underscores")
    if vectors.ndim != 2 or len(vectors) != len(ids):
        raise UsageError(
            f"vectors of shape {vectors.shape} for {len(ids)} ids; wanted ({len(ids)}, d), a row for each id"
        )
    if len(set(ids)) != len(ids):
        raise UsageError(f"{len(ids) - len(set(ids))} ids stand twice; wanted each once")
    if not np.isfinite(vectors).all():
        raise UsageError("vectors with values that are not finite; wanted finite numbers only")
