"""Predictions: what promoted runs expect of a head, a tail or a relation, and what the evidence passes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from graph_schema.errors import UnknownName
from kgplatform.graphs.searching import NameIndex
from ui.components.chooser import choose_graph
from ui.components.copying import copy_button, predictions_as_cypher
from ui.components.predicted import predicted_table
from ui.session import name_index, plain, view

TITLE, ICON, ORDER = "Predictions", ":material/lightbulb:", 40

_MOST = 500


def page() -> None:
    """Draw the page."""
    st.title("Predictions")
    graph = choose_graph()
    if graph is None:
        return
    name = graph["graph"]
    if graph["disclaimer"]:
        st.caption(plain(graph["disclaimer"]))
    if not graph["predictions"]:
        st.info(
            "No run is promoted here yet: `kgp train red_gnn GRAPH`, then `kgp promote RUN`.",
            icon=":material/info:",
        )
        return
    index = name_index(name)
    relations = [r["relation"] for r in view("relations", name)]
    query = _query(index, relations)
    if query is None:
        return
    rows = view("best_predictions", name, **query, limit=_MOST)
    if not rows:
        st.info(
            "No promoted prediction fits. Runs are promoted for their target relation and the heads in most "
            "facts; `kgp promote RUN --queries N` takes in more.",
            icon=":material/filter_alt_off:",
        )
        return
    least = st.slider(
        "Least probability", 0.0, 1.0, 0.0, 0.01, key="least", bind="query-params",
        help="Hides predictions that are less likely.",
    )  # fmt: skip
    kept = [r for r in rows if (r["probability"] or 0.0) >= least]
    st.caption(
        f"{len(kept):,} predictions, likeliest first"
        + (f"; the first {_MOST:,} that fit" if len(rows) == _MOST else "")
        + ". Choose a row to see why."
    )
    predicted_table(name, kept, name="predictions")
    copy_button("Cypher", predictions_as_cypher(name, query, least, _MOST))


def _query(index: NameIndex, relations: list[str]) -> dict[str, Any] | None:
    """The filters as the view takes them; None, and a word on it, where one names nothing."""
    boxes = st.columns(3)
    with boxes[0]:
        head = st.text_input("Head", key="from", bind="query-params", placeholder="any; a name or id")
    with boxes[1]:
        relation = st.selectbox(
            "Relation", relations, index=None, key="rel", bind="query-params", placeholder="any"
        )
    with boxes[2]:
        tail = st.text_input("Tail", key="to", bind="query-params", placeholder="any; a name or id")
    left, right = st.columns(2)
    with left:
        through = st.text_input(
            "Evidence passes through entity", key="through", bind="query-params", placeholder="any",
            help="Only predictions with a path that visits it between head and tail.",
        )  # fmt: skip
    with right:
        by = st.selectbox(
            "Evidence uses relation", relations, index=None, key="by", bind="query-params", placeholder="any",
            help="Only predictions with a path that has a fact of this relation.",
        )  # fmt: skip
    try:
        ends = {
            k: index.id_of(v) if v else None
            for k, v in (("head", head), ("tail", tail), ("through", through))
        }
    except UnknownName as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        return None
    return {**ends, "relation": relation, "by": by}
