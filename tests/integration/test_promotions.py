"""Promotions of several relations, one after the other, undone together or alone, and their history."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph_schema.domains import sample_folder
from graph_schema.errors import RunError
from graph_schema.records import RunRecord
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs import standing
from kgplatform.runs.promotion import rollback
from kgplatform.runs.registry import RunRegistry, run_statuses
from kgplatform.store.protocol import GraphStore
from tests.small_graphs import silent

Place = tuple[GraphStore, RunRegistry, str, list[RunRecord]]


@pytest.fixture
def place(store: GraphStore, tmp_path: Path) -> Iterator[Place]:
    graph, registry = f"test-{secrets.token_hex(4)}", RunRegistry(tmp_path / "runs")
    import_files(store, [sample_folder("family")], graph=graph, domain="family", hold_out=0.1)
    runs = [retrain(store, registry, graph, "frequency", seed=seed, progress=silent) for seed in (0, 1)]
    yield store, registry, graph, runs
    store.drop_graph(graph)


def _promote(place: Place, run: int, relation: str, top: int = 2) -> None:
    asked = Promotion(relation=relation, top=top, queries=5, sample=0)
    promote(place[0], place[1], place[3][run].id, asked, progress=silent)


def _standing(place: Place) -> dict[tuple[str, str], int]:
    """How many predictions there are, by relation and run, held against the promotions that stand."""
    store, _, graph, _ = place
    found = store.read(
        "MATCH (:Entity {graph: $graph})-[p:PREDICTED]->() "
        "RETURN p.relation AS relation, p.run_id AS run, count(p) AS n ORDER BY relation, run",
        {"graph": graph},
    )
    nodes = store.read(
        "MATCH (p:Promotion {graph: $graph, product: 'predictions'}) WHERE p.until IS NULL "
        "RETURN p.relation AS relation, p.run AS run ORDER BY relation, run",
        {"graph": graph},
    )
    assert [(row["relation"], row["run"]) for row in found] == [(n["relation"], n["run"]) for n in nodes]
    return {(row["relation"], row["run"]): row["n"] for row in found}


def _history(place: Place) -> list[dict[str, Any]]:
    return place[0].read(
        "MATCH (p:Promotion {graph: $graph}) RETURN p.relation AS relation, p.run AS run, "
        "p.replaced AS replaced, p.by AS by, p.since AS since, p.until AS until, p.version AS version "
        "ORDER BY since, relation",
        {"graph": place[2]},
    )


def test_a_second_relation_leaves_the_first_ones_predictions(place: Place) -> None:
    one, other = (run.id for run in place[3])
    _promote(place, 0, "SISTER")
    _promote(place, 0, "AUNT")
    _promote(place, 1, "AUNT", top=1)
    assert _standing(place) == {("SISTER", one): 10, ("AUNT", other): 5}
    assert run_statuses(place[0], place[2]) == {one: "promoted", other: "promoted"}
    assert [(h["relation"], h["run"], h["replaced"], h["until"] is None) for h in _history(place)] == [
        ("SISTER", one, None, True),
        ("AUNT", one, None, False),
        ("AUNT", other, one, True),
    ]
    assert {h["by"] for h in _history(place)} == {"hand"}
    assert rollback(*place[:3]).again == (one,)
    assert _standing(place) == {("SISTER", one): 10, ("AUNT", one): 10}
    assert run_statuses(place[0], place[2]) == {one: "promoted", other: "candidate"}


def test_one_relation_alone_is_rolled_back(place: Place) -> None:
    one, other = (run.id for run in place[3])
    stamps = []
    for run, relation in ((0, "SISTER"), (1, "SISTER"), (1, "AUNT")):
        _promote(place, run, relation)
        stamps.append(views.stamp(place[0], place[2]))
    done = rollback(*place[:3], relation="sister")
    stamps.append(views.stamp(place[0], place[2]))
    assert len(set(stamps)) == 4, "pages that keep what they read would not see it"
    assert (done.undone, done.relations, done.again) == (other, ("SISTER",), (one,))
    assert _standing(place) == {("SISTER", one): 10, ("AUNT", other): 10}
    assert rollback(*place[:3], relation="SISTER").again == ()
    assert _standing(place) == {("AUNT", other): 10}
    with pytest.raises(RunError, match=r"of relation 'SISTER' to undo .* There stands AUNT of frequency"):
        rollback(*place[:3], relation="SISTER")
    assert run_statuses(place[0], place[2]) == {one: "candidate", other: "promoted"}


def test_what_no_rollback_can_reach_is_not_kept(place: Place) -> None:
    for run in (0, 1, 0):
        _promote(place, run, "AUNT")
    folders = [place[1].path(run.id) for run in place[3]]
    assert [len(list(folder.glob("predictions-*"))) for folder in folders] == [2, 1]
    rollback(*place[:3])
    assert [len(list(folder.glob("predictions-*"))) for folder in folders] == [1, 1]
    rollback(*place[:3])
    assert [len(list(folder.glob("predictions-*"))) for folder in folders] == [1, 0]
    rollback(*place[:3])
    assert _standing(place) == {}
    assert [h["by"] for h in _history(place)].count("rollback") == 2


def test_the_promotions_go_with_their_graph(place: Place) -> None:
    _promote(place, 0, "AUNT")
    store, _, graph, _ = place
    store.drop_graph(graph)
    assert _history(place) == []
    import_files(store, [sample_folder("family")], graph=graph, domain="family")


def test_what_was_promoted_last_is_undone_first_though_the_clock_was_set_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    _promote(place, 0, "AUNT")
    monkeypatch.setattr(standing, "now", lambda: "2001-01-01T00:00:00.000000+00:00")
    _promote(place, 1, "SISTER")
    assert rollback(*place[:3]).relations == ("SISTER",)
    assert _standing(place) == {("AUNT", place[3][0].id): 10}
