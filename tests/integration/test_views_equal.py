"""Both servers give the same answer to every view, row for row."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph_schema.domains import sample_folder
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion
from kgplatform.runs import promotion
from kgplatform.runs.registry import RunRegistry
from kgplatform.store.protocol import GraphStore
from measuring.differential import (
    compare_graphs,
    compare_views,
    promote_on_both,
    version_of,
    view_calls,
    view_names,
)
from tests.conftest import ServerName
from tests.small_graphs import silent

Both = tuple[GraphStore, GraphStore, str]


@pytest.fixture(scope="module")
def both(
    store_on: Callable[[ServerName], GraphStore], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    """The drug sample on both servers, with predictions of two models, some without a probability."""
    one, other = store_on("arcadedb"), store_on("neo4j")
    graph = f"test-{secrets.token_hex(4)}"
    registry = RunRegistry(tmp_path_factory.mktemp("runs"))
    for store in (one, other):
        import_files(store, [sample_folder("drug")], graph=graph, domain="drug", hold_out=0.1)
    settings = {"epochs": 1, "layers": 3, "dim": 8}
    for model, wanted, seed in (("frequency", {}, 0), ("red_gnn", settings, 0), ("red_gnn", settings, 1)):
        run = retrain(one, registry, graph, model, settings=wanted, seed=seed, progress=silent)
        promote_on_both(one, other, registry, run.id, Promotion(top=3, queries=15, sample=3), silent)
    (name,) = (r["name"] for r in one.read(
        "MATCH (r:Run {id: $id}) RETURN r.predictions AS name", {"id": run.id}
    ))  # fmt: skip
    kept = registry.predictions(run.id, name)
    unsure = [p.model_copy(update={"probability": None}) if i % 3 == 0 else p for i, p in enumerate(kept)]
    for store in (one, other):
        version = version_of(store, graph)
        promotion.promote(store, registry, registry.read(run.id), unsure, version=version)
    yield one, other, graph
    for store in (one, other):
        store.drop_graph(graph)


def test_every_view_has_calls(both: Both) -> None:
    assert set(view_calls(both[0], both[2])) == view_names()


def test_graphs_are_equal(both: Both) -> None:
    assert compare_graphs(*both) == []


def test_every_view_is_equal(both: Both) -> None:
    rows, faults = compare_views(*both)
    assert faults == []
    assert rows["best_predictions"] > 60


def test_a_difference_is_found(both: Both, tmp_path: Path) -> None:
    one, other, graph = both
    head = views.best_predictions(one, graph)[0]["head"]
    name = views.entities(one, graph, [head])[head]["name"]
    statement = "MATCH (n:Entity {key: $key}) SET n.name = $name"
    with other.transaction() as transaction:
        transaction.run(statement, {"key": f"{graph}/{head}", "name": "somebody else"})
    try:
        assert [f for f in compare_views(one, other, graph)[1] if f.startswith("best_predictions")]
        assert compare_graphs(one, other, graph) == [f"{graph}: the nodes differ (147 and 147 rows)"]
    finally:
        with other.transaction() as transaction:
            transaction.run(statement, {"key": f"{graph}/{head}", "name": name})
