"""The pages in all their states: with predictions, without, and without a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from kgplatform import views
from kgplatform.store.base import GraphStore
from tests.conftest import Loop
from tests.contracts.graphs import SCHEMA, small
from ui.session import store as page_store

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _home() -> None:
    from ui.views import home

    home.page()


def _why() -> None:
    from ui.views import why

    why.page()


@pytest.fixture(autouse=True)
def _fresh_store() -> Iterator[None]:
    yield
    page_store.clear()


def _environment(patch: pytest.MonkeyPatch, loop: Loop) -> None:
    for name, value in loop.environment.items():
        patch.setenv(name, value)


def _text(app: AppTest) -> str:
    parts = [*app.title, *app.markdown, *app.caption, *app.warning, *app.info, *app.error]
    return "\n".join(str(p.value) for p in parts)


def test_home_shows_graphs_runs_and_predictions(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, loop)
    app = AppTest.from_function(_home, default_timeout=60).run()
    assert not app.exception
    text = _text(app)
    assert loop.store.server().version in text
    assert "not for care" in text
    tables = [frame.value for frame in app.dataframe]
    assert "drug" in list(tables[0]["graph"])
    assert any("why" in table and table["why"].str.startswith("/why?graph=drug").all() for table in tables)
    assert any("test_mrr" in table and loop.runs[0].id in list(table["run"]) for table in tables)


def test_why_shows_the_prediction_of_its_address(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, loop)
    row = views.best_predictions(loop.store, "drug", limit=3)[2]
    app = AppTest.from_function(_why, default_timeout=60)
    for name in ("head", "relation", "tail"):
        app.query_params[name] = row[name]
    app.query_params["graph"] = "drug"
    app.run()
    assert not app.exception
    assert row["head_name"] in app.title[0].value
    assert row["tail_name"] in app.title[0].value
    (paths,) = (frame.value for frame in app.dataframe)
    assert len(paths) == len(row["paths"])
    assert list(paths["weight"]) == pytest.approx([p["weight"] for p in row["paths"]])


def test_why_opens_on_an_example(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, loop)
    app = AppTest.from_function(_why, default_timeout=60).run()
    assert not app.exception
    assert app.title[0].value.startswith("Why ")


def test_why_says_when_nobody_predicts_it(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, loop)
    app = AppTest.from_function(_why, default_timeout=60)
    for name, value in {"graph": "drug", "head": "x", "relation": "INTERACTS_WITH", "tail": "y"}.items():
        app.query_params[name] = value
    app.run()
    assert "No promoted run predicts this" in app.warning[0].value


def test_a_graph_without_runs_says_what_to_do(
    store: GraphStore, graph: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGP_STORE", store.url)
    store.put_graph(graph, SCHEMA, small())
    app = AppTest.from_function(_home, default_timeout=60).run()
    assert not app.exception
    assert "kgp promote RUN" in _text(app)


@pytest.mark.parametrize("page", [_home, _why])
def test_without_a_server_they_say_so(page: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGP_STORE", "bolt://127.0.0.1:1")
    monkeypatch.setenv("KGP_STORE_PASSWORD", "x")
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert "cannot be reached" in app.error[0].value
    assert "127.0.0.1:1" in app.error[0].value
