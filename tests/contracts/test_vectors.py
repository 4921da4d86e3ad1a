"""Vectors written back are read as they were, and change nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from graph_schema.errors import UnknownName, UsageError
from kgplatform.runs.vectors import write_embeddings
from kgplatform.store.protocol import GraphStore
from tests.contracts.graphs import SCHEMA, small

_READ = "MATCH (n:Entity {graph: $graph}) RETURN n.id AS id, n.med AS med ORDER BY id"


def test_vectors_come_back_and_facts_stay(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    before = store.get_graph(graph)
    ids = before.nodes["id"].to_pylist()[:2]
    vectors = np.array([[0.5, -1.25], [3.0, 1e-9]])
    write_embeddings(store, graph, "med", ids, vectors)
    rows = {row["id"]: row["med"] for row in store.read(_READ, {"graph": graph})}
    assert [rows.pop(i) for i in ids] == vectors.tolist()
    assert set(rows.values()) == {None}
    after = store.get_graph(graph)
    assert (after.nodes, after.facts) == (before.nodes, before.facts)
    write_embeddings(store, graph, "med", ids[:1], np.array([[1.0, 2.0, 3.0]]))
    assert store.read(_READ, {"graph": graph})[0]["med"] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("name", "ids", "vectors", "message"),
    [
        ("med", ["d1"], np.zeros((2, 3)), "wanted \\(1, d\\)"),
        ("med", ["d1", "d1"], np.zeros((2, 3)), "stand twice"),
        ("med", ["d1"], np.array([[np.nan]]), "finite"),
        ("M E D", ["d1"], np.zeros((1, 3)), "lower-case"),
        ("name", ["d1"], np.zeros((1, 3)), "another name"),
    ],
)
def test_bad_vectors_are_refused(
    store: GraphStore, graph: str, name: str, ids: list[str], vectors: np.ndarray, message: str
) -> None:
    store.put_graph(graph, SCHEMA, small())
    with pytest.raises(UsageError, match=message):
        write_embeddings(store, graph, name, ids, vectors)


def test_an_unknown_id_writes_nothing(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    with pytest.raises(UnknownName, match="nobody"):
        write_embeddings(store, graph, "med", ["d1", "nobody"], np.zeros((2, 3)))
    assert {row["med"] for row in store.read(_READ, {"graph": graph})} == {None}


def test_vectors_of_an_earlier_training_are_replaced_and_data_is_not(store: GraphStore, graph: str) -> None:
    """Whether a name is free is asked of the entities, not of everything that the graph holds."""
    store.put_graph(graph, SCHEMA, small())
    store.get_graph = None  # type: ignore[method-assign,assignment]
    try:
        write_embeddings(store, graph, "med", ["d1"], np.ones((1, 2)))
        write_embeddings(store, graph, "med", ["d1"], np.zeros((1, 2)))
        with pytest.raises(UsageError, match="another name"):
            write_embeddings(store, graph, "smiles", ["d1"], np.zeros((1, 2)))
    finally:
        del store.get_graph
