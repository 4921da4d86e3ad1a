"""Vectors are products of a run: promoted and rolled back with it, and kept with their entities."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph_schema.errors import RunError
from graph_schema.records import RunRecord
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs import promotion
from kgplatform.runs.registry import RunRegistry
from kgplatform.serving.loading import Serving
from kgplatform.store.protocol import GraphStore
from tests.small_graphs import grandparents, silent

GRAPH = "vectors"
QUICK = {"epochs": 6, "dim": 8, "learning_rate": 0.02}
READ = (
    "MATCH (n:Entity {graph: $graph}) WHERE n.transe IS NOT NULL RETURN n.id AS id, n.transe AS v ORDER BY id"
)


def _vectors(store: GraphStore) -> dict[str, list[float]]:
    return {row["id"]: row["v"] for row in store.read(READ, {"graph": GRAPH})}


def _of_relations(store: GraphStore) -> dict[str, Any]:
    rows = store.read(
        "MATCH (r:RelationType {graph: $graph}) "
        "RETURN r.name AS name, r.transe AS forth, r.transe_inverse AS back ORDER BY name",
        {"graph": GRAPH},
    )
    return {row["name"]: [row["forth"], row["back"]] for row in rows}


def _write(store: GraphStore, statement: str, key: str) -> None:
    store.write(lambda transaction: transaction.run(statement, {"key": key}))


@pytest.fixture
def family(store: GraphStore, tmp_path: Path) -> Iterator[Path]:
    splits = grandparents()
    for name, facts in (("train", splits.known), ("valid", splits.valid), ("test", splits.test)):
        rows = ("\t".join(facts.names(row)) + "\n" for row in facts.triples)
        (tmp_path / f"{name}.tsv").write_text("".join(rows), "utf-8")
    import_files(
        store, [tmp_path / f"{s}.tsv" for s in ("train", "valid", "test")], graph=GRAPH, domain="triples"
    )
    yield tmp_path
    store.drop_graph(GRAPH)


def _trained(store: GraphStore, folder: Path, seed: int) -> tuple[RunRegistry, RunRecord]:
    registry = RunRegistry(folder / "runs")
    return registry, retrain(store, registry, GRAPH, "transe", settings=QUICK, seed=seed, progress=silent)


def test_vectors_are_promoted_read_and_rolled_back(store: GraphStore, family: Path) -> None:
    before = pull(store, GRAPH).fingerprint
    registry, first = _trained(store, family, 0)
    promote(store, registry, first.id, Promotion(top=2, queries=5), progress=silent)
    one = _vectors(store)
    served = Serving(store, registry).serve(first.id)
    assert served.vectors is not None
    assert sorted(one) == sorted(served.vectors.ids)
    np.testing.assert_allclose([one[i] for i in served.vectors.ids], served.vectors.values, rtol=1e-6)
    assert pull(store, GRAPH).fingerprint == before
    of_relations = _of_relations(store)
    assert served.vectors.relations is not None
    for name, forth, back in zip(
        served.vectors.relations.names,
        served.vectors.relations.values,
        served.vectors.relations.inverse,
        strict=True,
    ):
        np.testing.assert_allclose(of_relations[name], [forth, back], rtol=1e-6)
    _, second = _trained(store, family, 1)
    promote(store, registry, second.id, Promotion(top=2, queries=5), progress=silent)
    assert _vectors(store) != one
    assert _of_relations(store) != of_relations
    rows = store.query(
        "MATCH (p:Promotion {graph: $graph, product: 'vectors'}) WHERE p.until IS NULL "
        "RETURN p.run AS run, p.width AS width",
        {"graph": GRAPH},
    )
    assert rows.rows == ((second.id, 8),)
    done = promotion.rollback(store, registry, GRAPH)
    assert (done.undone, done.again) == (second.id, (first.id,))
    assert _vectors(store) == one
    assert _of_relations(store) == of_relations
    assert {row["run"] for row in views.best_predictions(store, GRAPH, limit=99)} == {first.id}
    promotion.rollback(store, registry, GRAPH)
    assert _vectors(store) == {}
    assert views.best_predictions(store, GRAPH, limit=99) == []
    assert not list(registry.path(first.id).glob("vectors-*")), "no rollback can reach them any more"


def test_vectors_stay_with_their_entities_when_the_graph_changes(store: GraphStore, family: Path) -> None:
    registry, run = _trained(store, family, 0)
    promote(store, registry, run.id, Promotion(top=2, queries=5), progress=silent)
    serving = Serving(store, registry)
    before, kept = serving.serve(run.id), _vectors(store)
    scores = {(p.head, p.relation, p.tail): p.score for p in before.predict(top=500, queries=60)}
    removed, renamed, gone = "p010", "p011", "p012"
    more = family / "more.tsv"
    more.write_text("a first\tparent\tp013\np014\tparent\tp012 again\n", "utf-8")
    import_files(store, [more], graph=GRAPH, domain="triples")
    statements = (
        ("MATCH (n:Entity {key: $key}) SET n.name = 'somebody else'", renamed),
        ("MATCH (n:Entity {key: $key}) DETACH DELETE n", removed),
        ("MATCH (n:Entity {key: $key}) DETACH DELETE n", gone),  # as when its id becomes another
    )
    for statement, entity in statements:
        _write(store, statement, f"{GRAPH}/{entity}")
    _write(store, "MATCH (g:Graph {name: $key}) SET g.version = 'changed'", GRAPH)
    assert _vectors(store) == {k: v for k, v in kept.items() if k not in (removed, gone)}
    served = serving.serve(run.id)
    assert served.graph.vocabulary.entities[0] == "a first"
    again = {(p.head, p.relation, p.tail): p.score for p in served.predict(top=500, queries=60)}
    shared = scores.keys() & again.keys()
    assert len(shared) > 100
    assert all(again[p] == pytest.approx(scores[p], rel=1e-5) for p in shared)
    assert not {"a first", "p012 again", removed} & {e for h, _, t in again for e in (h, t)}
    for stranger in ("a first", "p012 again"):
        with pytest.raises(RunError, match=r"came to graph[\s\S]*Train again"):
            served.predict(head=stranger, relation="parent")
        with pytest.raises(RunError, match="Train again"):
            served.explain("p013", "parent", stranger)
    promote(store, registry, run.id, Promotion(top=2, queries=5), progress=silent)
    assert _vectors(store) == {k: v for k, v in kept.items() if k not in (removed, gone)}
