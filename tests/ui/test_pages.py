"""The pages in all their states: with predictions, without, and without a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from kgplatform import views
from kgplatform.store.protocol import GraphStore
from tests.conftest import Loop
from tests.contracts.graphs import SCHEMA, small
from ui import session
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
        session._serving,
        session._seen,
        session._indexed,
        session._re_scored,
        session._counted,
        session._rests_on,
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
    assert any("test_mrr" in table and shown.runs[0].id in list(table["run"]) for table in tables)
    assert any(button.label == "See why" for button in app.button)


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
    last, other = counts[-1], counts[1]
    chip = f"{'→' if last['direction'] == 'out' else '←'} {last['relation']}"
    app = _open("entity", graph="drug", id=best["head"], neighbours=chip)
    assert max(len(f.value) for f in app.dataframe if "sources" in f.value) == last["facts"]
    app.query_params["neighbours"] = f"{'→' if other['direction'] == 'out' else '←'} {other['relation']}"
    app.run()  # as the back button does
    assert max(len(f.value) for f in app.dataframe if "sources" in f.value) == other["facts"]
    assert any("why" in f and f["why"].str.startswith("/why?graph=drug").all() for f in frames)


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


def test_why_shows_the_prediction_of_its_address(shown: Loop) -> None:
    asked = _best(shown, 2)
    row = views.best_predictions(shown.store, "drug", limit=3)[2]
    app = _open("why", **asked)
    assert row["head_name"] in app.title[0].value
    assert row["tail_name"] in app.title[0].value
    assert f"{row['probability']:.2f}" in [m.value for m in app.metric]
    code = [c.value for c in app.code]
    (cypher,) = (c for c in code if c.startswith("MATCH"))
    (found,) = shown.store.query(cypher).rows
    paths = [[list(f) for f in p["facts"]] for p in row["paths"]]
    assert [json.loads(p) for p in found[-1]] == paths
    assert _text(app).count("Because") == len(row["paths"])


def test_why_switches_facts_off_and_the_model_answers_again(shown: Loop) -> None:
    asked = _best(shown)
    app = _open("why", **asked, tab="What if")
    before = [m.value for m in app.metric]
    pills = app.button_group[0]
    pills.set_value([pills.options[0]]).run()
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
