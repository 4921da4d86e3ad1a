"""Typed predictions, from the files of a graph of interactions to Cypher, on both servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_schema.errors import UsageError
from graph_schema.records import Temperature
from graph_schema.wording import Phrasebook
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs import promotion
from kgplatform.runs.registry import RunRegistry
from kgplatform.serving.evaluating import evaluate_run
from kgplatform.serving.loading import Serving
from kgplatform.store.protocol import GraphStore
from tests.small_graphs import silent
from tests.typed_pairs import write_interactions

GRAPH = "typed"


@pytest.fixture(params=[False, True], ids=["one type", "several types"])
def graph(store: GraphStore, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    folder = write_interactions(tmp_path / "ddi", several=request.param)
    import_files(store, [folder], graph=GRAPH, domain="drug")
    yield GRAPH
    store.drop_graph(GRAPH)


def test_types_are_learned_promoted_read_and_rolled_back(
    store: GraphStore, graph: str, tmp_path: Path
) -> None:
    registry = RunRegistry(tmp_path / "runs")
    first = retrain(store, registry, graph, "naive_bayes", promotion=Promotion(), progress=silent)
    assert (first.task, first.status, first.reason) == ("pair_type", "candidate", "")
    assert isinstance(first.calibration, Temperature)
    assert set(first.baselines) == {"majority", "naive_bayes"}
    mine, other = (first.baselines[name]["valid"][first.metric.name] for name in ("naive_bayes", "majority"))
    assert mine > other
    rows = views.best_predictions(store, graph, limit=500)
    assert rows
    assert {row["run"] for row in rows} == {first.id}
    assert {row["rank"] for row in rows} == {None}
    assert any(row["held_out"] for row in rows)
    fitted = first.calibration.interacting
    assert fitted is not None
    assert fitted.said("both known") == f"at {fitted.share:.2g} of all pairs known"
    assert {row["protocol"] for row in rows} == {"both known"}
    chances = [row["interacts"] for row in rows]
    assert all(0 < chance < 1 for chance in chances)
    assert chances == sorted(chances, reverse=True)
    for row in rows:
        assert row["cases"]
        assert all(case["fact"][1] == row["relation"] for case in row["cases"])
        assert row["faithfulness"] > 0
    phrases = Phrasebook(views.relations(store, graph))
    said = store.read(
        "MATCH (a:Entity)-[p:PREDICTED {graph: $graph}]->(b:Entity) RETURN a.name AS head, b.name AS tail, "
        "p.relation AS relation, p.sentence AS sentence",
        {"graph": graph},
    )
    assert len(said) == len(rows)
    assert all(r["sentence"] == phrases[r["relation"]].fact(r["head"], r["tail"]) for r in said)
    known = store.read(
        "MATCH (a:Entity {graph: $graph})-[f]->(b:Entity) WHERE type(f) <> 'PREDICTED' AND f.split = 'train' "
        "RETURN a.id AS head, b.id AS tail ORDER BY head, tail",
        {"graph": graph},
    )
    there = {tuple(sorted((r["head"], r["tail"]))) for r in known}
    assert not there & {tuple(sorted((r["head"], r["tail"]))) for r in rows}
    asked = store.query(
        "MATCH (a:Drug)-[p:PREDICTED]->(b:Drug) WHERE a.graph = $graph AND p.evidence_nodes IS NOT NULL "
        "RETURN p.evidence_cases AS cases, p.relation AS relation "
        "ORDER BY p.probability DESC, a.id, b.id LIMIT 1",
        {"graph": graph},
    )
    assert json.loads(asked.rows[0][0][0])[1] == asked.rows[0][1]

    second = retrain(
        store, registry, graph, "naive_bayes", settings={"form": "posterior", "smoothing": 5}, progress=silent
    )
    promote(store, registry, second.id, Promotion(top=2, queries=5), progress=silent)
    assert {row["run"] for row in views.best_predictions(store, graph, limit=500)} == {second.id}
    promotion.rollback(store, registry, graph)
    again = views.best_predictions(store, graph, limit=500)
    assert [{**row, "run": ""} for row in again] == [{**row, "run": ""} for row in rows]


def test_a_pair_is_explained_without_itself(store: GraphStore, graph: str, tmp_path: Path) -> None:
    registry = RunRegistry(tmp_path / "runs")
    run = retrain(store, registry, graph, "naive_bayes", progress=silent)
    record, report = evaluate_run(store, registry, run.id, by="protocol", progress=silent)
    assert report.figures == pytest.approx(record.metrics["test"])
    assert report.slices
    with pytest.raises(UsageError, match="type, protocol"):
        evaluate_run(store, registry, run.id, by="degree", progress=silent)
    served = Serving(store, registry).serve(run.id)
    head, relation, tail = served.graph.known.names(served.graph.known.triples[0])
    said = served.explain(head, relation, tail)
    assert (head, relation, tail) not in {case.fact for case in said.cases}
    assert said.cases
    both = served.predict(head=head, tail=tail)
    assert len({p.relation for p in both}) == len(both) > 1
    partners = served.predict(tail=tail, top=3)
    assert {p.tail for p in partners} == {tail}
    fewer = served.what_if(head, relation, tail, without=[case.fact for case in said.cases])
    assert fewer.probability is not None
    assert said.probability is not None
    assert fewer.probability < said.probability


def test_no_task_for_the_graph_is_said_before_training(store: GraphStore, tmp_path: Path) -> None:
    registry = RunRegistry(tmp_path / "runs")
    (tmp_path / "sky.tsv").write_text("".join(f"a{i}\tknows\tb{i}\n" for i in range(9)), "utf-8")
    import_files(store, [tmp_path / "sky.tsv"], graph="untyped", domain="triples")
    try:
        with pytest.raises(Exception, match="at least 2 relations"):
            retrain(store, registry, "untyped", "naive_bayes", progress=silent)
        assert registry.ids() == []
    finally:
        store.drop_graph("untyped")
