"""The store and the trained models behind the pages, what is cached of them, and what errors look like."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from threading import Lock
from typing import Any

import streamlit as st

from graph_schema.errors import GraphPlatformError, StoreUnreachable
from graph_schema.records import FactNames, Prediction
from graph_schema.wording import Phrasebook
from kgplatform import views
from kgplatform.graphs.searching import NameIndex
from kgplatform.opening import GraphStore, connect, registry_of
from kgplatform.serving import similar
from kgplatform.serving.asking import Served
from kgplatform.serving.loading import Serving, left_out

LOADING = Lock()
"""Held while a model or a graph is loaded or asked: by one session at a time."""
_STAMPS: ContextVar[dict[str | None, str] | None] = ContextVar("stamps", default=None)
"""The states of graphs that the page being drawn has met: all of a page shows one state, asked for once."""


def _close(opened: GraphStore) -> None:
    opened.close()


@st.cache_resource(show_spinner="Opening the store…", on_release=_close)
def store() -> GraphStore:
    """The store of this process. Raises: StoreUnreachable."""
    return connect()


@st.cache_resource(show_spinner=False)
def serving() -> Serving:
    """The models of this process; to be used while `LOADING` is held."""
    return Serving(store(), registry_of(store()))


def served(run: str) -> Served:
    """A trained run answering over its graph as it stands now; loaded once, by one session at a time.

    Raises:
        UnknownName: no such run here.
        RunError: its model is not whole.
    """
    with LOADING:
        return serving().serve(run)


def left_out_by(run: str, graph: str) -> str | None:
    """What a run's answers do without since relations came that it never met, in words; None: nothing."""
    return _left_out(run, state_of(graph))


@st.cache_data(max_entries=100, show_spinner=False)
def _left_out(run: str, stamp: str) -> str | None:
    del stamp
    strange = served(run).graph.left_out
    return plain(left_out(strange)) if strange else None


def graphs() -> list[dict[str, Any]]:
    """See `kgplatform.views.graphs`; counted once for each state of the store."""
    return _counted(state_of())


@st.cache_data(max_entries=20, show_spinner=False)
def _counted(stamp: str) -> list[dict[str, Any]]:
    del stamp
    return views.graphs(store())


def state_of(graph: str | None = None) -> str:
    """State of a graph, or of all, that keys what is cached of it."""
    met = _STAMPS.get()
    if met is None:
        return views.stamp(store(), graph)
    if graph not in met:
        met[graph] = views.stamp(store(), graph)
    return met[graph]


def evidence_for(graph: str, entity: str, most: int = 100) -> list[dict[str, Any]]:
    """Predictions whose evidence passes through an entity, likeliest first, `most` at most."""
    statements = _rests_on(graph, state_of(graph)).get(entity, [])[:most]
    return view("predictions_at", graph, statements=statements) if statements else []


@st.cache_resource(max_entries=8, show_spinner=False)
def _rests_on(graph: str, stamp: str) -> dict[str, list[list[str]]]:
    del stamp
    found: dict[str, list[list[str]]] = {}
    for row in views.evidence_of(store(), graph):
        for entity in row["nodes"] or []:
            found.setdefault(entity, []).append([row[k] for k in ("head", "relation", "tail", "model")])
    return found


def view(name: str, graph: str, **asked: Any) -> Any:
    """What `kgplatform.views.<name>` says of a graph; asked once for each state of the graph.

    The state is its version and its promoted runs, so what is shown is never older than the graph.
    """
    return _seen(name, graph, state_of(graph), tuple(sorted(asked.items())))


@st.cache_data(max_entries=2000, show_spinner=False)
def _seen(name: str, graph: str, stamp: str, asked: tuple[tuple[str, Any], ...]) -> Any:
    del stamp
    return getattr(views, name)(store(), graph, **dict(asked))


def phrases_of(graph: str) -> Phrasebook:
    """The relations of a graph in words."""
    return Phrasebook(view("relations", graph))


def name_index(graph: str) -> NameIndex:
    """What the entities of a graph are called, to be searched; read once for each state of the graph."""
    return _indexed(graph, state_of(graph))


@st.cache_resource(max_entries=8, show_spinner="Reading the names…")
def _indexed(graph: str, stamp: str) -> NameIndex:
    del stamp
    return NameIndex(views.names(store(), graph))


def runs_with_vectors(graph: str) -> dict[str, str]:
    """The runs whose vectors stand in a graph, by model; asked once for each state of the graph."""
    return _with_vectors(graph, state_of(graph))


@st.cache_data(max_entries=50, show_spinner=False)
def _with_vectors(graph: str, stamp: str) -> dict[str, str]:
    del stamp
    return similar.runs_with_vectors(store(), graph)


def alike(graph: str, run: str, id_: str, dims: int | None = None, top: int = 10) -> similar.Similar:
    """Who is like an entity by a run's vectors; see `kgplatform.serving.similar.Neighbours.of`."""
    return _neighbours(graph, run, state_of(graph)).of(id_, dims=dims, top=top)


@st.cache_resource(max_entries=8, show_spinner="Laying out the vectors…")
def _neighbours(graph: str, run: str, stamp: str) -> similar.Neighbours:
    del stamp
    with LOADING:
        loaded = serving()
        return similar.neighbours(loaded.registry, loaded.graph(graph), run)


def what_if(row: dict[str, Any], graph: str, without: tuple[FactNames, ...]) -> Prediction:
    """A prediction with facts switched off, by the run that made it; once for each state of the graph."""
    statement = (row["head"], row["relation"], row["tail"])
    return _re_scored(row["run"], state_of(graph), statement, tuple(sorted(without)))


@st.cache_data(max_entries=500, show_spinner=False)
def _re_scored(run: str, stamp: str, statement: FactNames, without: tuple[FactNames, ...]) -> Prediction:
    del stamp
    head, relation, tail = statement
    return served(run).what_if(head, relation, tail, without=without)


def plain(text: str) -> str:
    """A name from the data for use in Markdown: shown as it is, none of its signs doing anything."""
    return re.sub(r"([^\w\s])", r"\\\1", text)


def guarded(page: Callable[[], None]) -> Callable[[], None]:
    """A page that shows our errors as what they say, instead of a traceback."""

    @wraps(page)
    def shown() -> None:
        before = _STAMPS.set({})
        try:
            page()
        except StoreUnreachable as error:
            st.error(f"The store cannot be reached. {plain(str(error))}", icon=":material/cloud_off:")
            store.clear()
            st.button("Try again", icon=":material/refresh:")
        except GraphPlatformError as error:
            st.error(plain(str(error)), icon=":material/error:")
        finally:
            _STAMPS.reset(before)

    return shown
