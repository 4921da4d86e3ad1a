"""Which graph a page is about: from its address, else the first that has anything."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.session import graphs

NO_GRAPHS = "No graphs yet. `kgp quickstart` loads the samples; `kgp import FOLDER` loads your own files."


def choose_graph() -> dict[str, Any] | None:
    """A box to choose a graph, its name kept in the address; None, and a word on what to do, without any."""
    found = {g["graph"]: g for g in graphs()}
    if not found:
        st.info(NO_GRAPHS, icon=":material/database:")
        return None
    wanted = st.query_params.get("in")
    if wanted is not None and wanted not in found:
        st.warning(f"There is no graph {wanted!r} here any more; this is another.", icon=":material/info:")
        del st.query_params["in"]
    best = max(found.values(), key=lambda g: (g["predictions"] > 0, g["graph"] == "drug", g["facts"]))
    if "in" not in st.query_params:
        st.query_params["in"] = best["graph"]  # a copied link shall not follow what is imported later
    name = st.selectbox(
        "Graph",  # named as it is in the address
        list(found),
        index=None,
        key="in",
        bind="query-params",
    )
    return found[name or best["graph"]]
