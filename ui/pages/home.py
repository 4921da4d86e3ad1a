"""Home: is the server well, what graphs are there, what did the last runs reach, and an example of each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kgplatform import views
from ui import links
from ui.components.chooser import NO_GRAPHS
from ui.components.states import rank_text
from ui.components.table import table
from ui.session import graphs, plain, store, view

TITLE, ICON, ORDER = "Home", ":material/home:", 10

_MRR = "Mean reciprocal rank, filtered, both directions, ties counted half."


def page() -> None:
    """Draw the page."""
    here = store()
    server = here.server()
    st.title("Knowledge graphs that explain their predictions")
    st.caption(f"{server.product} {server.version} at {server.address}")
    found = graphs()
    if not found:
        st.info(NO_GRAPHS, icon=":material/database:")
        return
    stale = sum(g["stale"] for g in found)
    columns = st.columns(4)
    columns[0].metric("Graphs", len(found), help="Each a named instance of a domain, in one database.")
    columns[1].metric("Facts", f"{sum(g['facts'] for g in found):,}", help="Imported; predictions are apart.")
    columns[2].metric("Predictions", f"{sum(g['predictions'] for g in found):,}", help="Of promoted runs.")
    columns[3].metric("Stale predictions", f"{stale:,}", help="Made before the facts last changed.")
    st.header("Worked examples")
    _examples(found)
    st.header("Graphs")
    picked = table(
        [
            {k: g[k] for k in ("graph", "title", "domain", "nodes", "facts", "runs", "predictions", "stale")}
            for g in found
        ],
        name="graphs",
        select=True,
        columns={
            "facts": st.column_config.NumberColumn(help="Facts imported; predictions are counted apart."),
            "stale": st.column_config.NumberColumn(help="Predictions made before the facts last changed."),
        },
    )
    if picked is not None:
        links.go("predictions", **{"in": found[picked]["graph"]})
    st.header("Runs")
    _runs(views.runs(here))


def _examples(graphs: list[dict[str, Any]]) -> None:
    cards = [(g, view("best_predictions", g["graph"], limit=5)) for g in graphs if g["predictions"]]
    if not cards:
        st.info(
            "No run is promoted yet: `kgp train red_gnn GRAPH`, then `kgp promote RUN`.",
            icon=":material/info:",
        )
        return
    columns = st.columns(min(3, len(cards)))
    for number, (graph, rows) in enumerate(cards[:6]):
        row = next((r for r in rows if r["paths"]), rows[0])
        with columns[number % len(columns)].container(border=True, height="stretch"):
            st.markdown(f"**{plain(graph['title'])}** · {plain(graph['graph'])}")
            st.markdown(
                f"{plain(row['head_name'])} — {plain(row['relation'])} → **{plain(row['tail_name'])}**"
            )
            chance = "" if row["probability"] is None else f"probability {row['probability']:.2f} · "
            st.caption(f"{chance}rank {rank_text(row)} · {len(row['paths'])} paths of evidence")
            if graph["disclaimer"]:
                st.caption(plain(graph["disclaimer"]))
            if st.button("See why", key=f"why-{graph['graph']}", icon=":material/route:"):
                asked = {k: row[k] for k in ("head", "relation", "tail")}
                links.go("why", graph=graph["graph"], **asked)


def _runs(rows: list[dict[str, Any]]) -> None:
    if not rows:
        st.caption("No runs yet.")
        return
    shown = ("run", "graph", "model", "seed", "status", "valid_mrr", "test_mrr", "baseline_mrr", "created")
    table(
        [{k: r[k] for k in shown} for r in rows[:50]],
        name="runs",
        columns={
            "run": st.column_config.TextColumn(width="medium"),
            "valid_mrr": st.column_config.NumberColumn("valid MRR", format="%.4f", help=_MRR),
            "test_mrr": st.column_config.NumberColumn("test MRR", format="%.4f", help=_MRR),
            "baseline_mrr": st.column_config.NumberColumn(
                "baseline MRR", format="%.4f", help="Test MRR of counting answers.",
            ),
            "created": st.column_config.DatetimeColumn(format="localized"),
        },
    )  # fmt: skip
