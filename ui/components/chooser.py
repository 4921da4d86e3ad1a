"""Which graph a page is about: from its address, else the first that has anything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from ui.components import addresses
from ui.session import graphs

NO_GRAPHS = "No graphs yet. `kgp quickstart` loads the samples; `kgp import FOLDER` loads your own files."

_KEY = "chosen-graph"


def in_order(graphs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Graphs as they are shown: with predictions before without, by place of the domain, most facts first."""
    return sorted(graphs, key=lambda g: (g["predictions"] == 0, g["place"], -g["facts"], g["graph"]))


def choose_graph(label: str = "Graph") -> dict[str, Any] | None:
    """A box to choose a graph, its name kept in the address; None, and a word on what to do, without any."""
    found = {g["graph"]: g for g in graphs()}
    if not found:
        st.info(NO_GRAPHS, icon=":material/database:")
        return None
    best = in_order(found.values())[0]
    wanted = addresses.said("in", _KEY)
    if wanted and wanted[0] not in found:
        st.warning(f"There is no graph {wanted[0]!r} here any more; this is another.", icon=":material/info:")
    chosen = next(iter(wanted or ()), st.session_state.get(_KEY))
    st.session_state[_KEY] = chosen if chosen in found else best["graph"]
    name = st.selectbox(label, list(found), key=_KEY) or best["graph"]
    addresses.keep("in", [name])  # the first one too: a copied link shall not follow what is imported later
    return found[name]
