"""Who is like whom by vectors: exact, current with the graph, alike on both servers and at every width."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph_schema.errors import RunError, UnknownName, UsageError
from kgplatform.api import open_store
from kgplatform.cli import main
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.opening import registry_of
from kgplatform.runs.placing import carried_names
from kgplatform.runs.registry import RunRegistry
from kgplatform.serving.evaluating import evaluate_run
from kgplatform.serving.loading import Serving
from kgplatform.serving.similar import Neighbours, Similar, graph_of_entity, neighbours, run_with_vectors
from kgplatform.store.protocol import GraphStore
from tests.small_graphs import grandparents, silent

GRAPH = "alike"
WIDTHS = (2, 4, 9)
ANSWERS: dict[str, list[Any]] = {}
"""What each server said, to be held against the other's."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("alike")
    splits = grandparents()
    for name, facts in (("train", splits.known), ("valid", splits.valid), ("test", splits.test)):
        rows = ("\t".join(facts.names(row)) + "\n" for row in facts.triples)
        (at / f"{name}.tsv").write_text("".join(rows), "utf-8")
    return at


@pytest.fixture
def trained(
    store: GraphStore, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[GraphStore, RunRegistry, str]]:
    files = [folder / f"{s}.tsv" for s in ("train", "valid", "test")]
    import_files(store, files, graph=GRAPH, domain="triples")
    monkeypatch.setenv("KGP_RUNS", str(tmp_path / "runs"))
    registry = registry_of(store)
    settings = {"widths": WIDTHS, "epochs": 4, "batch_size": 32, "learning_rate": 0.05}
    wanted = Promotion(top=2, queries=5)
    run = retrain(
        store, registry, GRAPH, "med", settings=settings, promotion=wanted, progress=silent, run="nested"
    )
    yield store, registry, run.id
    store.drop_graph(GRAPH)


def _index(store: GraphStore, registry: RunRegistry, run: str) -> Neighbours:
    return neighbours(registry, pull(store, GRAPH), run)


def _said(found: Similar) -> list[tuple[str, float]]:
    return [(n.id, n.cosine) for n in found.found]


@pytest.mark.parametrize("dims", [*WIDTHS, None])
def test_neighbours_are_those_of_the_cut_vectors(
    trained: tuple[GraphStore, RunRegistry, str], dims: int | None
) -> None:
    store, registry, run = trained
    served = Serving(store, registry).serve(run)
    assert served.vectors is not None
    ids, width = list(served.vectors.ids), dims or WIDTHS[-1]
    some = served.vectors.values[:, : 2 * width].astype(np.float64)
    some /= np.linalg.norm(some, axis=1, keepdims=True)
    found = _index(store, registry, run).of(ids[3], dims=dims, top=7)
    assert (found.dims, found.floats, found.run, found.model) == (width, 2 * width, run, "med")
    cosines = some @ some[3]
    cosines[3] = -2
    order = np.argsort(-cosines)[:7]
    np.testing.assert_allclose([n.cosine for n in found.found], cosines[order], atol=1e-5)
    assert [n.id for n in found.found] == [ids[i] for i in order]
    ANSWERS.setdefault(f"{dims}", []).append(_said(found))
    assert ANSWERS[f"{dims}"][0] == ANSWERS[f"{dims}"][-1]


def test_the_vectors_that_stand_are_asked_by_default(trained: tuple[GraphStore, RunRegistry, str]) -> None:
    store, registry, run = trained
    assert run_with_vectors(store, GRAPH) == run
    assert graph_of_entity(store, "p010", {}) == GRAPH
    del registry


def test_who_left_the_graph_is_not_found_and_who_came_has_no_vector(
    trained: tuple[GraphStore, RunRegistry, str], tmp_path: Path
) -> None:
    store, registry, run = trained
    before = _index(store, registry, run).of("p010", top=500)
    gone = before.found[0].id
    store.write(
        lambda transaction: transaction.run(
            "MATCH (n:Entity {key: $key}) DETACH DELETE n", {"key": f"{GRAPH}/{gone}"}
        )
    )
    (tmp_path / "more.tsv").write_text("newcomer\tparent\tp010\n", "utf-8")
    import_files(store, [tmp_path / "more.tsv"], graph=GRAPH, domain="triples")
    now = _index(store, registry, run)
    assert _said(now.of("p010", top=500)) == _said(before)[1:]
    with pytest.raises(RunError, match=r"'newcomer'.*after its training"):
        now.of("newcomer")


def test_types_narrow_and_bad_questions_are_told(trained: tuple[GraphStore, RunRegistry, str]) -> None:
    store, registry, run = trained
    index = _index(store, registry, run)
    (kind,) = {n.type for n in index.of("p010").found}
    assert _said(index.of("p010", type_=kind.lower())) == _said(index.of("p010"))
    with pytest.raises(UnknownName, match="type 'Drug'"):
        index.of("p010", type_="Drug")
    with pytest.raises(UsageError, match="3 dimensions; wanted one that the run was trained to: 2, 4, 9"):
        index.of("p010", dims=3)
    with pytest.raises(UnknownName, match="nobody"):
        index.of("nobody")
    frequency = retrain(store, registry, GRAPH, "frequency", progress=silent)
    with pytest.raises(RunError, match="has no vectors"):
        neighbours(registry, pull(store, GRAPH), frequency.id)


def test_answers_and_figures_at_a_width(trained: tuple[GraphStore, RunRegistry, str]) -> None:
    store, registry, run = trained
    serving = Serving(store, registry)
    whole, cut = serving.serve(run), serving.serve(run, dims=4)
    assert serving.serve(run) is whole
    assert serving.serve(run, dims=9).model is not cut.model
    (some,) = cut.predict(head="p010", relation="parent", top=1)
    assert some.probability is None
    figures = {
        dims: evaluate_run(store, registry, run, dims=dims, progress=silent)[1].figures["mrr"]
        for dims in (2, 9, None)
    }
    assert figures[9] == figures[None] == whole.record.metrics["test"]["mrr"]
    assert figures[2] != figures[9]
    with pytest.raises(UsageError, match="5 dimensions of 'med'"):
        evaluate_run(store, registry, run, dims=5, progress=silent)
    counted = retrain(store, registry, GRAPH, "frequency", progress=silent)
    with pytest.raises(UsageError, match="wanted a model that has vectors"):
        serving.serve(counted.id, dims=4)


def test_a_croppable_run_has_a_card_in_its_record_and_in_cypher(
    trained: tuple[GraphStore, RunRegistry, str], capsys: pytest.CaptureFixture[str]
) -> None:
    store, registry, run = trained
    card = registry.read(run).card
    assert card is not None
    assert (card.dims, card.floats) == (WIDTHS, (4, 8, 18))
    for place, dims in enumerate(WIDTHS):
        report = evaluate_run(store, registry, run, dims=dims, by="relation", progress=silent)[1]
        assert card.figures["mrr"][place] == pytest.approx(report.figures["mrr"])
        for name, figures in report.slices.items():
            assert card.relations[name][place] == pytest.approx(figures["mrr"])
            for figure in ("hits@1", "hits@3", "hits@10"):
                assert card.relation_hits[figure][name][place] == pytest.approx(figures[figure])
    assert card.figures["overlap@10"][-1] == 1.0
    valid = card.figures["valid_mrr"]
    assert card.smallest == next(d for d, v in zip(WIDTHS, valid, strict=True) if v >= 0.99 * max(valid))
    (row,) = store.read(
        "MATCH (r:Run {id: $run}) RETURN r.card_dims AS dims, r.card_mrr AS mrr, r.card_smallest AS smallest",
        {"run": run},
    )
    assert tuple(row["dims"]) == WIDTHS
    assert row["mrr"] == pytest.approx(list(card.figures["mrr"]))
    assert row["smallest"] == card.smallest
    with pytest.raises(SystemExit):
        main(["--store", store.url, "runs", "--card", run])
    out = capsys.readouterr().out
    assert f"on validation: {card.smallest} dimensions" in out
    assert "test hits@10 of" in out
    counted = retrain(store, registry, GRAPH, "frequency", progress=silent)
    with pytest.raises(SystemExit) as refused:
        main(["--store", store.url, "runs", "--card", counted.id])
    assert refused.value.code == 2
    assert "several widths" in capsys.readouterr().err


def test_the_layout_is_made_anew_where_it_is_damaged(trained: tuple[GraphStore, RunRegistry, str]) -> None:
    store, registry, run = trained
    before = _said(_index(store, registry, run).of("p010"))
    (registry.path(run) / "search" / "header.json").write_text("{", "utf-8")
    assert _said(_index(store, registry, run).of("p010")) == before


def test_an_index_of_the_server_is_asked_on_request(trained: tuple[GraphStore, RunRegistry, str]) -> None:
    store, registry, run = trained
    near = _index(store, registry, run)
    if store.server().product != "Neo4j":
        with pytest.raises(UsageError, match="wanted Neo4j"):
            near.of_index(store, "p010", dims=4, progress=silent)
        return
    before = pull(store, GRAPH).fingerprint
    exact = near.of("p010", top=5)
    for _ in range(2):  # made, then there
        found = near.of_index(store, "p010", dims=4, top=5, progress=silent)
        assert (found.dims, found.by_index) == (4, True)
        # A hundred candidates are nearly everybody here, so putting them in order by all finds the same.
        assert _said(found) == _said(exact)
    assert near.of_index(store, "p010", dims=2, top=5, progress=silent).dims == 2
    indexes = store.read("SHOW VECTOR INDEXES YIELD name WHERE name STARTS WITH 'kgp_' RETURN name")
    assert len(indexes) == 2
    assert pull(store, GRAPH).fingerprint == before
    assert set(carried_names(store, GRAPH)) == {
        name for name in carried_names(store, GRAPH) if name.startswith("med__kgp_")
    }
    promote(store, registry, run, Promotion(top=2, queries=5), progress=silent)
    assert carried_names(store, GRAPH) == []
    assert _said(near.of_index(store, "p010", dims=2, top=5, progress=silent)) == _said(exact)
    again = retrain(
        store, registry, GRAPH, "med", settings={"widths": WIDTHS, "epochs": 1}, seed=1, progress=silent
    )
    _index(store, registry, again.id).of_index(store, "p010", dims=2, top=5, progress=silent)
    indexes = store.read("SHOW VECTOR INDEXES YIELD name WHERE name STARTS WITH 'kgp_' RETURN name")
    assert len(indexes) == 1, "those of the run before went"
    drop = f"DROP INDEX {indexes[0]['name']}"
    store.write(lambda transaction: transaction.run(drop))


def test_in_python_and_on_the_command_line(
    trained: tuple[GraphStore, RunRegistry, str], capsys: pytest.CaptureFixture[str]
) -> None:
    store, _, run = trained
    with open_store(store.url) as opened:
        alike = opened[GRAPH].similar("p010", dims=4, top=3)
        assert len(alike.found) == 3
        assert alike.run == run
    asked = ("--store", store.url, "similar", "p010", "--dims", "4", "--top", "3")
    with pytest.raises(SystemExit):
        main([*asked, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert [n["id"] for n in said["found"]] == [n.id for n in alike.found]
    with pytest.raises(SystemExit):
        main(asked)
    text = capsys.readouterr().out
    assert "first 4 dimensions (8 floats) of med" in text
    assert "also 2, 9" in text
