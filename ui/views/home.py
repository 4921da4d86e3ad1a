"""Home: the graphs of the store, the last runs, and the best predictions of each graph."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import streamlit as st

from kgplatform import views
from ui.session import guarded, plain, store


@guarded
def page() -> None:
    """Draw the page."""
    here = store()
    server = here.server()
    st.title("Knowledge graphs that explain their predictions")
    st.caption(f"{server.product} {server.version} at {server.address}")
    graphs = views.graphs(here)
    if not graphs:
        st.info(
            "No graphs yet. `kgp quickstart` loads the samples; `kgp import FOLDER` loads your own files."
        )
        return
    st.subheader("Graphs")
    st.dataframe(
        [
            {k: g[k] for k in ("graph", "title", "nodes", "facts", "runs", "predictions", "stale")}
            for g in graphs
        ],
        hide_index=True,
        column_config={
            "facts": st.column_config.NumberColumn(help="Facts imported; predictions are counted apart."),
            "stale": st.column_config.NumberColumn(help="Predictions made before the facts last changed."),
        },
    )
    st.subheader("Best predictions")
    for graph in graphs:
        _predictions(graph, views.best_predictions(here, graph["graph"], limit=8))
    st.subheader("Runs")
    _runs(views.runs(here))


def _predictions(graph: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    st.markdown(f"**{plain(graph['title'])}** · {plain(graph['graph'])}")
    if graph["disclaimer"] and rows:
        st.caption(plain(graph["disclaimer"]))
    if not rows:
        st.caption("No run is promoted here yet: `kgp train red_gnn GRAPH`, then `kgp promote RUN`.")
        return
    st.dataframe(
        [
            {
                "head": r["head_name"],
                "relation": r["relation"],
                "tail": r["tail_name"],
                "probability": r["probability"],
                "rank": r["rank"],
                "held out": r["held_out"],
                "why": why_link(graph["graph"], r),
            }
            for r in rows
        ],
        hide_index=True,
        column_config={
            "probability": st.column_config.ProgressColumn(
                min_value=0.0, max_value=1.0, format="%.2f",
                help="How likely this is a fact that was held out, calibrated on validation.",
            ),
            "rank": st.column_config.NumberColumn(help="Place among the candidates; ties count half."),
            "held out": st.column_config.CheckboxColumn(help="A fact the model was not shown."),
            "why": st.column_config.LinkColumn(display_text="why"),
        },
    )  # fmt: skip


def _runs(rows: list[dict[str, Any]]) -> None:
    if not rows:
        st.caption("No runs yet.")
        return
    shown = ("run", "graph", "model", "seed", "status", "valid_mrr", "test_mrr", "baseline_mrr", "created")
    mrr = "Mean reciprocal rank, filtered, both directions, ties counted half."
    st.dataframe(
        [{k: r[k] for k in shown} for r in rows[:20]],
        hide_index=True,
        column_config={
            "valid_mrr": st.column_config.NumberColumn("valid MRR", format="%.4f", help=mrr),
            "test_mrr": st.column_config.NumberColumn("test MRR", format="%.4f", help=mrr),
            "baseline_mrr": st.column_config.NumberColumn(
                "baseline MRR",
                format="%.4f",
                help="Test MRR of counting how often each entity was an answer.",
            ),
        },
    )


def why_link(graph: str, row: dict[str, Any]) -> str:
    """Address of the page that explains a prediction."""
    parts = {"graph": graph, "head": row["head"], "relation": row["relation"], "tail": row["tail"]}
    return "/why?" + urlencode(parts)
