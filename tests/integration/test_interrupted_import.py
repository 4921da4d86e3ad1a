"""An import that ends halfway: readers find what was written, and doing it again completes it."""

from __future__ import annotations

import pytest

from graph_schema.domains import sample_folder
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.store.protocol import GraphStore


class _Stop(Exception):  # noqa: N818
    pass


def _stop_after_nodes(what: str, done: float, total: float) -> None:
    if what == "writing nodes":
        raise _Stop


def test_it_leaves_a_graph_that_can_be_read_and_completed(store: GraphStore, graph: str) -> None:
    files = [sample_folder("drug")]
    with pytest.raises(_Stop):
        import_files(store, files, graph=graph, domain="drug", progress=_stop_after_nodes)
    (row,) = [g for g in views.graphs(store) if g["graph"] == graph]
    assert row["facts"] == 0
    half = pull(store, graph)
    assert len(half.known) == 0
    assert half.data.nodes.num_rows > 0
    again = import_files(store, files, graph=graph, domain="drug")
    assert again.changes["nodes"].added == 0
    assert again.changes["facts"].added > 1000
    whole = pull(store, graph)
    assert whole.data.facts.num_rows == again.changes["facts"].added
    assert whole.version != half.version
    (row,) = [g for g in views.graphs(store) if g["graph"] == graph]
    assert (row["nodes"], row["facts"]) == (whole.data.nodes.num_rows, whole.data.facts.num_rows)
