"""The pages in all their states: with predictions, without, and without a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kgplatform import views
from kgplatform.store.protocol import GraphStore
from tests.conftest import Loop
from tests.contracts.graphs import SCHEMA, small
from ui import session
from ui.components.neighbourhood import side_name
from ui.registry import available_pages

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PAGES = available_pages()


def _draw(page: str) -> None:
    from ui.registry import load_page

    load_page(page).draw()


def _open(page: str, **asked: str) -> AppTest:
    app = AppTest.from_function(_draw, default_timeout=300, args=(page,))
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.fixture(autouse=True)
def _fresh_store() -> Iterator[None]:
    yield
    for kept in (
        session.store,
        session.serving,
        session._seen,
        session._indexed,
        session._re_scored,
        session._counted,
        session._rests_on,
        session._with_vectors,
        session._neighbours,
    ):
        kept.clear()


@pytest.fixture
def shown(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """The pages over the store of the loop."""
    for name, value in loop.environment.items():
        monkeypatch.setenv(name, value)
    return loop


def _text(app: AppTest) -> str:
    parts = [*app.title, *app.header, *app.markdown, *app.caption, *app.warning, *app.info, *app.error]
    return "\n".join(str(p.value) for p in parts)


def _best(loop: Loop, number: int = 0) -> dict[str, str]:
    row = views.best_predictions(loop.store, "drug", limit=number + 1)[number]
    return {"graph": "drug", **{k: row[k] for k in ("head", "relation", "tail")}}


def test_home_shows_graphs_runs_and_an_example(shown: Loop) -> None:
    app = _open("home")
    assert shown.store.server().version in _text(app)
    assert "not for care" in _text(app)
    tables = [frame.value for frame in app.dataframe]
    assert "drug" in list(tables[0]["graph"])
    (runs,) = (table for table in tables if "metric" in table)
    assert list(runs.columns)[:6] == ["model", "graph", "trained", "metric", "test", "baseline"]
    assert shown.runs[0].id in list(runs["run"])
    assert any(button.label == "See why" for button in app.button)


def test_a_run_below_its_baseline_says_so(shown: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    real = views.runs
    (standing,) = {r["run"] for r in views.best_predictions(shown.store, "drug", model="red_gnn")}
    (other, *_) = (r.id for r in shown.runs if r.id != standing)

    def runs(store: GraphStore, graph: str | None = None) -> list[dict[str, object]]:
        return [r | {"below_baseline": r["run"] == standing} for r in real(store, graph)]

    monkeypatch.setattr(views, "runs", runs)
    (table,) = (frame.value for frame in _open("home").dataframe if "metric" in frame.value)
    said = dict(zip(table["run"], table["remark"], strict=True))
    assert (said[other], said[standing]) == ("", "below its baseline")
    assert "below its baseline" in _text(_open("why", **_best(shown)))


def test_the_worked_example_is_confirmed_by_a_held_out_fact(
    shown: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = views.best_predictions
    true = real(shown.store, "drug", limit=30)[-1]

    def best(store: GraphStore, graph: str, **asked: Any) -> list[dict[str, Any]]:
        if asked.pop("held_out", None):
            return [true | {"held_out": True}]
        return real(store, graph, **asked)

    monkeypatch.setattr(views, "best_predictions", best)
    assert "confirmed by a held-out fact" in _text(_open("home"))
    app = _open("why")
    assert true["tail_name"] in app.title[0].value.replace("\\", "")


def test_search_finds_by_prefix_and_narrows_by_type(shown: Loop) -> None:
    app = _open("search", **{"in": "drug"}, q="war")
    (found,) = (frame.value for frame in app.dataframe)
    assert "Warfarin" in list(found["name"])
    app = _open("search", **{"in": "drug"}, q="no such thing at all")
    assert not app.dataframe
    assert "Nothing in this graph" in _text(app)
    app = _open("search", **{"in": "drug"}, q="c")
    counts = {option.split(" · ")[0] for option in app.button_group[0].options}
    assert {"Drug", "Gene"} <= counts
    app = _open("search", **{"in": "drug"}, q="c", type="Drug")
    assert set(app.dataframe[0].value["type"]) == {"Drug"}
    assert app.button_group[0].value == ["Drug"]
    app.query_params["in"] = "nowhere"
    app.run()
    assert "no graph 'nowhere'" in _text(app)
    assert app.selectbox[0].value == "drug"


def test_entity_shows_neighbours_predictions_and_what_rests_on_it(shown: Loop) -> None:
    best = _best(shown)
    app = _open("entity", graph="drug", id=best["head"])
    names = views.entities(shown.store, "drug", [best["head"]])
    assert app.title[0].value.replace("\\", "") == names[best["head"]]["name"]
    frames = [frame.value for frame in app.dataframe]
    counts = views.neighbour_counts(shown.store, "drug", best["head"])
    assert max(len(f) for f in frames if "sources" in f) == counts[0]["facts"]
    (symmetric,) = (c for c in counts if c["relation"] == "INTERACTS_WITH")
    assert symmetric["direction"] == "both"
    for side in counts:
        kind = {k: side[k] for k in ("relation", "direction")}
        found = views.neighbours(shown.store, "drug", best["head"], **kind)
        assert len(found) == side["facts"]
        assert [r["id"] for r in found[:12]] == [r["id"] for r in side["first"]]
    last, other = counts[-1], counts[1]
    app = _open("entity", graph="drug", id=best["head"], neighbours=side_name(last))
    assert f"interacts with · {symmetric['facts']}" in app.button_group[0].options
    assert max(len(f.value) for f in app.dataframe if "sources" in f.value) == last["facts"]
    app.query_params["neighbours"] = side_name(other)
    app.run()  # as the back button does
    assert max(len(f.value) for f in app.dataframe if "sources" in f.value) == other["facts"]
    assert any("why" in f and f["why"].str.startswith("/why?graph=drug").all() for f in frames)
    headings = [h.value for h in app.header]
    assert headings.index("Predicted links") < headings.index("Neighbours")


def test_entity_says_what_is_written_about_it(shown: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    best = _best(shown)
    real = views.entity

    def entity(store: GraphStore, graph: str, *, id_: str) -> dict[str, Any]:
        return real(store, graph, id_) | {"properties": {"description": "Eases *pain*.", "mass": 180}}

    monkeypatch.setattr(views, "entity", entity)
    app = _open("entity", graph="drug", id=best["head"])
    assert "Eases \\*pain\\*\\." in [m.value for m in app.markdown]
    assert any("mass 180" in e.label for e in app.expander)


def test_a_page_asks_once_for_the_state_of_its_graph(shown: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    real = views.stamp

    def stamp(store: GraphStore, graph: str | None = None) -> str:
        asked.append(graph)
        return real(store, graph)

    monkeypatch.setattr(views, "stamp", stamp)
    _open("entity", graph="drug", id=_best(shown)["head"])
    assert asked.count("drug") == 1


def test_entity_that_is_not_there(shown: Loop) -> None:
    assert "nobody" in _text(_open("entity", graph="drug", id="nobody"))


def test_predictions_are_filtered_by_end_and_by_evidence(shown: Loop) -> None:
    best = _best(shown)
    everything = _open("predictions", **{"in": "drug"}).dataframe[0].value
    some = _open("predictions", **{"in": "drug", "from": best["head"]}).dataframe[0].value
    assert 0 < len(some) < len(everything)
    path = views.best_predictions(shown.store, "drug", limit=1)[0]["paths"][0]["facts"]
    between = next(e for h, _, t in path for e in (h, t) if e not in (best["head"], best["tail"]))
    through = _open("predictions", **{"in": "drug"}, through=between).dataframe[0].value
    assert len(through) == len(views.predictions_through(shown.store, "drug", between))
    assert "nobody" in _text(_open("predictions", **{"in": "drug", "to": "nobody"}))


def test_filters_fold_and_say_what_is_set_in_words(shown: Loop) -> None:
    app = _open("predictions", **{"in": "drug"}, rel="INTERACTS_WITH", least="0.5")
    (folded,) = app.expander
    assert folded.label.replace("\\", "") == "Filters: relation interacts with, least probability 0.5"
    assert not folded.proto.expanded
    assert set(app.dataframe[0].value["relation"]) == {"interacts with"}
    (box,) = (b for b in folded.selectbox if b.label == "Relation")
    assert box.value == "INTERACTS_WITH"
    box.set_value(None).run()
    assert "rel" not in app.query_params
    assert _open("predictions", **{"in": "drug"}).expander[0].label == "Filters"


def test_why_shows_the_prediction_of_its_address(shown: Loop) -> None:
    asked = _best(shown, 2)
    row = views.best_predictions(shown.store, "drug", limit=3)[2]
    app = _open("why", **asked)
    asked_why = f"Why does {row['head_name']} interact with {row['tail_name']}?"
    assert app.title[0].value.replace("\\", "") == asked_why
    assert f"{row['probability']:.2f}" in [m.value for m in app.metric]
    code = [c.value for c in app.code]
    (cypher,) = (c for c in code if c.startswith("MATCH"))
    (found,) = shown.store.query(cypher).rows
    paths = [[list(f) for f in p["facts"]] for p in row["paths"]]
    assert [json.loads(p) for p in found[-2]] == paths
    assert _text(app).count("Because") == len(row["paths"])
    assert "joined like this" in _text(app)
    assert "INTERACTS" not in _text(app)
    assert "Predicted by red" in _text(app)


def test_why_switches_facts_off_and_the_model_answers_again(shown: Loop) -> None:
    asked = _best(shown)
    app = _open("why", **asked, tab="What if")
    before = [m.value for m in app.metric]
    pills = app.button_group[0]
    pills.set_value(pills.options).run()
    assert not app.exception
    assert [m.value for m in app.metric] != before


def test_why_measures_how_the_answer_falls(shown: Loop) -> None:
    row = views.best_predictions(shown.store, "drug", limit=1)[0]
    app = _open("why", **_best(shown), tab="Faithfulness")
    (curve,) = (frame.value for frame in app.dataframe if "paths removed" in frame.value)
    assert len(curve) == len(row["paths"]) + 1
    assert curve["probability"][0] == pytest.approx(row["probability"], abs=1e-4)


def test_why_opens_on_an_example(shown: Loop) -> None:
    assert _open("why").title[0].value.startswith("Why ")


def test_why_says_when_nobody_predicts_it(shown: Loop) -> None:
    app = _open("why", graph="drug", head="x", relation="INTERACTS_WITH", tail="y")
    assert "No promoted run predicts this" in _text(app)


def test_console_answers_and_refuses(shown: Loop) -> None:
    app = _open("cypher", statement="MATCH (g:Graph) RETURN g.name AS name ORDER BY name")
    assert "drug" in list(app.dataframe[0].value["name"])
    app = _open("cypher", statement="MATCH (n) DETACH DELETE n")
    assert not [f for f in app.dataframe if "name" in f.value]
    assert "DETACH" in _text(app)
    app = _open("cypher", statement="MATCH (n RETURN n")
    assert len(app.error) == 1


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_a_store_without_graphs_say_what_to_do(
    page: str, store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store.graphs():
        monkeypatch.setattr(views, "graphs", lambda _: [])
    monkeypatch.setenv("KGP_STORE", store.url)
    text = _text(_open(page))
    assert "`kgp quickstart`" in text or "No predictions yet" in text


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_a_graph_without_runs(
    page: str, store: GraphStore, graph: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_graph(graph, SCHEMA, small())
    real: Callable[[GraphStore], list[dict[str, object]]] = views.graphs
    monkeypatch.setattr(views, "graphs", lambda s: [g for g in real(s) if g["graph"] == graph])
    monkeypatch.setenv("KGP_STORE", store.url)
    app = _open(page)
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_pages_without_a_server_say_so(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGP_STORE", "bolt://127.0.0.1:1")
    app = _open(page)
    assert "cannot be reached" in _text(app)
    assert [b.label for b in app.button] == ["Try again"]
