"""Embeddings from elsewhere into a graph, batch by batch: `n.med`. Those of a run are promoted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from graph_schema.errors import UnknownName
from graph_schema.progress import Progress
from kgplatform.runs.placing import write_rows
from kgplatform.runs.properties import BATCH, EntityProperty, check_free, check_shape
from kgplatform.runs.standing import VECTORS
from kgplatform.store.protocol import GraphStore, Row, Transaction, batches


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
    check_shape(model, ids, vectors, ndim=2)
    what = EntityProperty(VECTORS, model, tuple(ids), vectors)
    with store.lock(graph, f"writing embeddings of {model}") as lock:
        _check_entities(store, graph, ids)
        check_free(store, graph, model, what)
        done = 0
        for rows in what.rows(graph):

            def work(transaction: Transaction, rows: list[Row] = rows) -> None:
                write_rows(transaction, model, rows)
                lock.check(transaction)

            store.write(work)
            done += len(rows)
            if progress:
                progress("writing embeddings", done, len(ids))


def _check_entities(store: GraphStore, graph: str, ids: Sequence[str]) -> None:
    """Look the ids up, and nothing else of the graph. Raises: UnknownName: one is not there."""
    for start, stop in batches(len(ids), BATCH):
        asked = [f"{graph}/{i}" for i in ids[start:stop]]
        rows = store.read(
            "UNWIND $keys AS key MATCH (n:Entity {key: key}) RETURN n.key AS key ORDER BY key",
            {"keys": asked},
        )
        there = {row["key"] for row in rows}
        for id_, key in zip(ids[start:stop], asked, strict=True):
            if key not in there:
                raise UnknownName("entity", id_, None, hint=f"look for it in graph {graph!r} with Search")
