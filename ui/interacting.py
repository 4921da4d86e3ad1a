"""What runs say of drugs asked about together, computed once for each state of the graph."""

from __future__ import annotations

import streamlit as st

from kgplatform.serving.added import Added, added_keys, asked_kind, read_added
from kgplatform.serving.example_drugs import example_drugs
from kgplatform.serving.interactions import interactions
from kgplatform.serving.pair_reports import PairReport
from kgplatform.serving.typed_runs import typed_runs
from ui.session import LOADING, serving, state_of


def runs_of_types(graph: str) -> list[tuple[str, str]]:
    """(id, words) of the runs that tell types of pairs in a graph, the one that is asked by default first."""
    return _runs(graph, state_of(graph))


@st.cache_data(max_entries=50, show_spinner=False)
def _runs(graph: str, state: str) -> list[tuple[str, str]]:
    del state
    found = typed_runs(serving().store, serving().registry, graph)
    return [(r.id, f"{r.model}, seed {r.seed}, run {r.id}") for r in found]


def drugs_of(graph: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The kind of what stands in pairs; ids to open with; and the keys that describe one that is added."""
    return _drugs(graph, state_of(graph))


@st.cache_data(max_entries=50, show_spinner="Reading the graph…")
def _drugs(graph: str, state: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    del state
    with LOADING:
        pulled = serving().graph(graph)
    return asked_kind(pulled), example_drugs(pulled), added_keys(pulled)


def added_drug(graph: str, line: str) -> Added:
    """A drug that is in no graph, from its line. Raises: see `read_added`."""
    return _added(graph, state_of(graph), line)


@st.cache_data(max_entries=200, show_spinner=False)
def _added(graph: str, state: str, line: str) -> Added:
    del state
    with LOADING:
        return read_added(serving().graph(graph), line)


def structures_of(graph: str, ids: tuple[str, ...]) -> dict[str, str]:
    """SMILES by id, of those that have one."""
    with LOADING:
        known = serving().graph(graph).vocabulary.structures
    return {id_: known[id_] for id_ in ids if id_ in known}


def pairs_of(
    graph: str, run: str, drugs: tuple[str, ...], added: tuple[str, ...], evidence: int = 0
) -> list[PairReport]:
    """See `kgplatform.serving.interactions.interactions`. Args: added: a line each."""
    return _pairs(graph, state_of(graph), run, drugs, added, evidence)


@st.cache_data(max_entries=500, show_spinner="The model is asked about each pair…")
def _pairs(
    graph: str, state: str, run: str, drugs: tuple[str, ...], added: tuple[str, ...], evidence: int
) -> list[PairReport]:
    del state
    with LOADING:
        return interactions(serving(), graph, drugs, run=run, added=added, evidence=evidence)
