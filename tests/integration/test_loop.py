"""The closed loop on real servers: what is written back, what stays as it was, what can be undone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from graph_schema.domains import sample_folder
from graph_schema.errors import GraphBusy, InputError, RunError, UnknownName, UsageError
from graph_schema.records import Prediction
from graph_schema.triples import TripleSet
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs import promotion
from kgplatform.runs.comparing import run_rows, seed_rows
from kgplatform.runs.gating import reason_against
from kgplatform.runs.health import faults
from kgplatform.runs.owning import owning
from kgplatform.runs.predictions import ROWS_AT_MOST, check_size
from kgplatform.runs.registry import run_statuses
from kgplatform.serving.evaluating import evaluate_run
from kgplatform.serving.loading import Serving
from tests.conftest import Loop
from tests.small_graphs import silent
from tests.unit.dense import excluded
from trainers.trainer import TailScorer

_PREDICTED = "MATCH (h:Entity {graph: 'drug'})-[p:PREDICTED]->(t:Entity) "


def _kept(loop: Loop, run: str) -> list[Prediction]:
    (row,) = loop.store.read("MATCH (r:Run {id: $id}) RETURN r.predictions AS name", {"id": run})
    return loop.registry.predictions(run, row["name"])


def _roll_back_everything(loop: Loop) -> None:
    for _ in range(50):
        promotion.rollback(loop.store, loop.registry, "drug")


def test_predictions_are_candidates_of_the_right_types_and_no_known_facts(loop: Loop) -> None:
    promote(loop.store, loop.registry, loop.runs[0].id, Promotion(top=3, queries=15), progress=silent)
    rows = loop.store.read(
        _PREDICTED + "RETURN h.id AS h, p.relation AS r, t.id AS t, labels(h) AS hl, labels(t) AS tl, "
        "p.rank_low AS low, p.rank AS rank, p.rank_high AS high, p.probability AS probability"
    )
    assert len(rows) > 20
    graph = pull(loop.store, "drug")
    known = {graph.known.names(row) for row in graph.known.triples}
    for row in rows:
        assert (row["h"], row["r"], row["t"]) not in known
        assert (row["t"], row["r"], row["h"]) not in known
        assert row["h"] != row["t"]
        assert "Drug" in row["hl"]
        assert "Drug" in row["tl"]
        assert 1 <= row["low"] <= row["rank"] <= row["high"]
        assert 0 <= row["probability"] <= 1
    unordered = {frozenset((row["h"], row["t"])) for row in rows}
    assert len(unordered) == len(rows), "a symmetric statement is predicted once"


def test_every_path_is_a_chain_of_stored_facts(loop: Loop) -> None:
    promote(loop.store, loop.registry, loop.runs[0].id, Promotion(top=3, queries=15), progress=silent)
    known = pull(loop.store, "drug").known
    facts = {known.names(row) for row in known.triples}
    checked = 0
    for row in views.best_predictions(loop.store, "drug", limit=1000):
        others = [p["weight"] for p in row["paths"][1:]]  # the first may convince a little less and hold more
        assert others == sorted(others, reverse=True)
        assert all(0 <= p["support"] <= p["pairs"] for p in row["paths"])
        for path in row["paths"]:
            at = row["head"]
            for fact in path["facts"]:
                assert fact in facts
                at = fact[2] if at == fact[0] else fact[0]
            assert at == row["tail"]
            checked += 1
    assert checked > 20


def test_pull_is_the_same_before_and_after_a_promotion(loop: Loop) -> None:
    before = pull(loop.store, "drug")
    promote(loop.store, loop.registry, loop.runs[1].id, Promotion(top=2, queries=5), progress=silent)
    after = pull(loop.store, "drug")
    assert after.fingerprint == before.fingerprint
    assert after.version == before.version
    np.testing.assert_array_equal(after.known.triples, before.known.triples)


def test_one_run_is_promoted_and_the_one_before_comes_back(loop: Loop) -> None:
    first, second = (r.id for r in loop.runs)
    for run in (first, second):
        promote(loop.store, loop.registry, run, Promotion(top=3, queries=15), progress=silent)
    rows = loop.store.read(_PREDICTED + "RETURN DISTINCT p.run_id AS run")
    assert [r["run"] for r in rows] == [second]
    assert faults(loop.store, loop.registry, "drug") == []
    wanted = [p.model_dump(exclude={"random_faithfulness"}) for p in _kept(loop, first)]
    assert promotion.rollback(loop.store, loop.registry, "drug").again == (first,)
    rows = loop.store.read(_PREDICTED + "RETURN DISTINCT p.run_id AS run")
    assert [r["run"] for r in rows] == [first]
    back = views.best_predictions(loop.store, "drug", limit=1000)
    assert {(r["head"], r["tail"], r["rank"]) for r in back} == {
        (w["head"], w["tail"], w["rank"]) for w in wanted
    }
    with pytest.raises(RunError, match="There stands nothing"):
        _roll_back_everything(loop)
    assert loop.store.read(_PREDICTED + "RETURN count(p) AS left") == [{"left": 0}]
    promote(loop.store, loop.registry, first, Promotion(top=3, queries=15), progress=silent)


def test_a_promotion_that_fails_leaves_everything_as_it_was(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(loop.store, loop.registry, loop.runs[0].id, Promotion(top=3, queries=15), progress=silent)
    before = views.best_predictions(loop.store, "drug", limit=1000)
    predictions = _kept(loop, loop.runs[0].id)
    broken = [*predictions, predictions[0].model_copy(update={"rank_low": 10**30})]  # no 64-bit integer
    monkeypatch.setattr("kgplatform.runs.predictions._BATCH", 5)
    version = pull(loop.store, "drug").version
    with pytest.raises(OverflowError):
        promotion.promote(loop.store, loop.registry, loop.runs[0], broken, version=version)
    assert views.best_predictions(loop.store, "drug", limit=1000) == before
    with pytest.raises(GraphBusy, match="promote again"):
        promotion.promote(loop.store, loop.registry, loop.runs[0], predictions, version="another")
    assert views.best_predictions(loop.store, "drug", limit=1000) == before


def test_too_many_predictions_are_refused_before_any_work() -> None:
    with pytest.raises(UsageError, match="Lower --top or --queries"):
        check_size(ROWS_AT_MOST + 1)


def test_the_database_knows_runs_with_metrics_and_the_whole_record(loop: Loop) -> None:
    rows = loop.store.read(
        "MATCH (r:Run {graph: 'drug'}) RETURN r.id AS id, r.test_mrr AS mrr, r.record AS record ORDER BY id"
    )
    for row in rows:
        kept = loop.registry.read(row["id"])
        assert row["mrr"] == pytest.approx(kept.metrics["test"]["mrr"])
        assert json.loads(row["record"])["config"] == kept.config
        assert kept.baseline["test"]["mrr"] > 0
        assert kept.calibration is not None
    groups = seed_rows(run_rows(loop.store, loop.registry.all("drug")))
    assert any(g["seeds"] == [0, 1] and g["spread"] is not None for g in groups)


def test_evaluating_again_gives_the_recorded_numbers(loop: Loop) -> None:
    record, report = evaluate_run(loop.store, loop.registry, loop.runs[0].id, by="relation", progress=silent)
    assert report.figures == pytest.approx(record.metrics["test"])
    assert sum(g["answers"] for g in report.slices.values()) == report.figures["answers"]


def test_a_run_is_measured_on_another_graph_and_remembers_it(loop: Loop) -> None:
    graph = "drug-elsewhere"
    import_files(loop.store, [sample_folder("drug")], graph=graph, domain="drug", hold_out=0.2)
    record, report = evaluate_run(loop.store, loop.registry, loop.runs[0].id, on=graph, progress=silent)
    assert record.metrics[f"test@{graph}"] == report.figures
    assert loop.registry.read(record.id).baseline[f"test@{graph}"]["mrr"] > 0
    rows = run_rows(loop.store, loop.registry.all("drug"))
    assert graph in {g["graph"] for g in seed_rows(rows)}
    loop.store.drop_graph(graph)


def test_asking_from_either_end_gives_the_same_prediction(loop: Loop) -> None:
    served = Serving(loop.store, loop.registry).serve(loop.runs[0].id)
    best = served.predict(head="Warfarin", top=1)[0]
    assert best.head_name == "Warfarin"
    both = served.predict(head="warfarin", relation="interacts_with", tail=best.tail, top=1)[0]
    assert both.tail == best.tail
    assert both.score == pytest.approx(best.score, rel=1e-4)
    assert both.rank == best.rank
    other = served.predict(tail=best.tail, top=100, paths=0)
    assert {p.tail for p in other} == {best.tail}
    assert best.head in {p.head for p in other}


def test_a_run_answers_on_the_processor_where_its_device_is_not_here(loop: Loop) -> None:
    record = loop.registry.read(loop.runs[0].id)
    loop.registry.write(record.model_copy(update={"device": "cuda:97"}))
    try:
        served = Serving(loop.store, loop.registry).serve(record.id)
        assert served.predict(head="Warfarin", top=1, paths=0)
    finally:
        loop.registry.write(record)


def test_a_known_fact_is_explained_without_itself(loop: Loop) -> None:
    served = Serving(loop.store, loop.registry).serve(loop.runs[0].id)
    known = served.graph.known
    relation = known.vocabulary.relation("INTERACTS_WITH")
    row = known.triples[known.triples[:, 1] == relation][0]
    head, name, tail = known.names(row)
    found = served.explain(head, name, tail)
    mirrored = served.explain(tail, name, head)
    for p in (found, mirrored):
        assert p.paths
        for path in p.paths:
            assert (head, name, tail) not in path.facts
    asked = served.predict(head=head, relation=name, tail=tail, top=1)[0]
    assert (asked.score, asked.rank, asked.head_rank) == (found.score, found.rank, found.head_rank)
    assert all((head, name, tail) not in path.facts for path in asked.paths)
    others = known.triples[(known.triples != row).any(axis=1)]
    model = served.model
    assert isinstance(model, TailScorer)
    model.bind(TripleSet.of(known.vocabulary, others))
    heads, kind = np.array([row[0], row[2]]), np.array([relation, relation])
    clean = model.score_tails(heads, kind)
    model.bind(known)
    assert found.score == pytest.approx(clean[0, row[2]], rel=1e-3)
    assert model.score_tails(heads, kind)[0, row[2]] != pytest.approx(found.score, rel=1e-6)
    better = (clean[1] > clean[1, row[0]]) & ~excluded(served.candidates, heads[1:], kind[1:])[0]
    assert found.head_rank == 1 + better.sum()
    without = served.what_if(head, name, tail, without=found.paths[0].facts)
    assert without.score != found.score


def test_unknown_names_list_what_there_is(loop: Loop) -> None:
    served = Serving(loop.store, loop.registry).serve(loop.runs[0].id)
    with pytest.raises(UnknownName, match="Warfarin"):
        served.predict(head="Warfarine")
    with pytest.raises(UnknownName, match="INTERACTS_WITH"):
        served.predict(relation="INTERACTS")
    with pytest.raises(UnknownName, match="drug"):
        pull(loop.store, "drugs")
    with pytest.raises(InputError, match=r"settings of red_gnn: .*layers"):
        retrain(loop.store, loop.registry, "drug", "red_gnn", settings={"depth": 3}, progress=silent)


def test_an_interrupted_run_is_resumed_and_not_promoted_before(loop: Loop) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    def stop(what: str, done: float, total: float) -> None:
        if what.startswith("epoch 2") and "valid_mrr" in what:
            raise Stop

    settings = {"epochs": 3, "layers": 2, "dim": 8}
    known = set(loop.registry.ids())
    with pytest.raises(Stop):
        retrain(loop.store, loop.registry, "drug", "red_gnn", settings=settings, seed=5, progress=stop)
    (run,) = set(loop.registry.ids()) - known
    assert loop.registry.read(run).status == "interrupted"
    with owning(loop.registry.path(run), run):
        assert loop.registry.read(run).status == "running"
        assert [r["status"] for r in run_rows(loop.store, [loop.registry.read(run)])] == ["running"]
        with pytest.raises(RunError, match=f"has worked on run '{run}' since"):
            retrain(loop.store, loop.registry, "drug", "red_gnn", resume=run, progress=silent)
    with pytest.raises(RunError, match="--resume"):
        promote(loop.store, loop.registry, run, Promotion(), progress=silent)
    with pytest.raises(RunError, match="resume it as such"):
        retrain(loop.store, loop.registry, "drug", "frequency", resume=run, progress=silent)
    done = retrain(loop.store, loop.registry, "drug", "red_gnn", resume=run, progress=silent)
    assert (done.id, done.epochs, done.status) == (run, 3, "candidate")
    whole = retrain(loop.store, loop.registry, "drug", "red_gnn", settings=settings, seed=5, progress=silent)
    assert done.metrics == whole.metrics
    assert not (loop.registry.path(run) / "checkpoint").exists()
    curve = loop.registry.history(run)
    assert [line["epoch"] for line in curve] == [1, 2, 3]
    assert curve[done.best_epoch - 1]["valid_mrr"] == max(line.get("valid_mrr", 0.0) for line in curve)


def test_a_run_that_an_error_ended_says_so(loop: Loop) -> None:
    known = set(loop.registry.ids())
    with pytest.raises(RunError, match="Lower learning_rate"):
        retrain(
            loop.store, loop.registry, "drug", "red_gnn", progress=silent,
            settings={"epochs": 2, "layers": 2, "dim": 4, "learning_rate": 1e30},
        )  # fmt: skip
    (run,) = set(loop.registry.ids()) - known
    record = loop.registry.read(run)
    assert record.status == "failed"
    assert "Lower learning_rate" in record.reason
    with pytest.raises(RunError, match="ended by an error"):
        promote(loop.store, loop.registry, run, Promotion(), progress=silent)


def test_a_run_is_promoted_by_itself_only_where_it_compares_and_does_as_well(loop: Loop) -> None:
    """Another better run, other facts and a missing metric keep it a candidate, with the reason."""
    small = {"epochs": 1, "layers": 2, "dim": 4}
    best = loop.runs[0]
    promote(loop.store, loop.registry, best.id, Promotion(top=1, queries=5), progress=silent)
    said: list[str] = []

    def listen(what: str, done: float, total: float) -> None:
        said.append(what)

    tiny = Promotion(top=1, queries=5, paths=1)
    worse = retrain(
        loop.store, loop.registry, "drug", "red_gnn", settings=small, seed=3, promotion=tiny, progress=listen
    )
    assert worse.metrics["valid"]["mrr"] < best.metrics["valid"]["mrr"]
    assert "did better on validation" in worse.reason
    assert any(what.startswith("not promoted: ") and worse.id in what for what in said)
    assert run_statuses(loop.store, "drug")[worse.id] == "candidate"
    assert loop.registry.read(worse.id).reason == worse.reason

    def against(**changed: object) -> str | None:
        return reason_against(loop.store, loop.registry, best.model_copy(update={"id": "other", **changed}))

    assert against() is None
    assert "other facts" in (against(fingerprint="0") or "")
    assert "no validation MRR of 'other'" in (against(metrics={}) or "")
    assert against(metrics={}, model="another") is None
    promotion.rollback(loop.store, loop.registry, "drug")
