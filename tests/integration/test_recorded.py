"""What earlier versions computed comes out again, and what they wrote is still read."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kgplatform as kgp
from kgplatform import views
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs import promotion
from kgplatform.runs.registry import RunRegistry, run_statuses
from kgplatform.serving.loading import Serving
from kgplatform.store.bolt.names import quoted
from kgplatform.store.protocol import GraphStore
from tests.recorded.outputs import PUBLIC, RECORDED, arithmetic, outputs
from tests.small_graphs import silent

GRAPH = "family"
WRITTEN = RECORDED.with_name("store_1332a90.tar.gz")


def test_outputs_are_bit_for_bit_those_recorded(
    arcadedb_store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = json.loads(RECORDED.read_text("utf-8"))
    here = arithmetic()
    if here != recorded["arithmetic"]:
        pytest.skip(f"recorded with other arithmetic: {recorded['arithmetic']}, here {here}")
    monkeypatch.setenv("KGP_DATA", str(tmp_path))
    folder = os.environ.get("KGP_TEST_DATA")
    wanted = {k: v for k, v in recorded["graphs"].items() if folder or k not in PUBLIC}
    with kgp.open(arcadedb_store.url) as opened:
        found = dict(outputs(opened, Path(folder) if folder else None))
    for graph in arcadedb_store.graphs():
        if graph["name"].startswith("recorded-"):
            arcadedb_store.drop_graph(graph["name"])
    assert found == wanted


def _write(store: GraphStore, statement: str, rows: list[dict[str, Any]]) -> None:
    store.write(lambda t: t.run(statement, {"rows": rows}))


@pytest.fixture
def written(store: GraphStore, tmp_path: Path) -> Iterator[RunRegistry]:
    """A database and runs as commit 1332a90 wrote them: two runs promoted one after the other, one not."""
    with tarfile.open(WRITTEN) as packed:
        packed.extractall(tmp_path, filter="data")
    held = json.loads((tmp_path / "database.json").read_text("utf-8"))
    for label in {tuple(node["labels"]) for node in held["nodes"]}:
        rows = [node["properties"] for node in held["nodes"] if tuple(node["labels"]) == label]
        names = "".join(f":{quoted(name)}" for name in label)
        _write(store, f"UNWIND $rows AS row CREATE (n{names}) SET n = row", rows)
    for kind in sorted({r["type"] for r in held["relationships"]}):
        rows = [r for r in held["relationships"] if r["type"] == kind]
        statement = (
            "UNWIND $rows AS row MATCH (a:Entity {key: row.start}) MATCH (b:Entity {key: row.end}) "
            f"CREATE (a)-[r:{quoted(kind)}]->(b) SET r = row.properties"
        )
        _write(store, statement, rows)
    yield RunRegistry(tmp_path / "runs")
    store.drop_graph(GRAPH)


def test_a_store_and_runs_of_1332a90_are_read_promoted_and_rolled_back(
    store: GraphStore, written: RunRegistry
) -> None:
    baseline, first, second = sorted(r.id for r in written.all(GRAPH))
    (about,) = [g for g in views.graphs(store) if g["graph"] == GRAPH]
    assert (about["facts"], about["runs"], about["predictions"], about["stale"]) == (2856, 3, 16, 0)
    assert run_statuses(store, GRAPH) == {first: "retired", second: "promoted", baseline: "candidate"}
    kept = views.best_predictions(store, GRAPH, limit=100)
    assert {row["run"] for row in kept} == {second}
    assert all(row["paths"] for row in kept)

    served = Serving(store, written).serve(second)
    again = served.predict(relation=None, top=2, queries=8, per_query=True)
    assert {p.probability for p in again} == {None}, "its fit said nothing of relations"
    found = {(p.head, p.relation, p.tail): p.score for p in again}
    assert found == pytest.approx({(r["head"], r["relation"], r["tail"]): r["score"] for r in kept}, rel=1e-3)

    assert promotion.rollback(store, written, GRAPH).again == (first,)
    assert {row["run"] for row in views.best_predictions(store, GRAPH, limit=100)} == {first}
    promote(store, written, second, Promotion(top=2, queries=8, sample=0), progress=silent)
    assert run_statuses(store, GRAPH)[second] == "promoted"
    assert promotion.rollback(store, written, GRAPH).again == (first,)
