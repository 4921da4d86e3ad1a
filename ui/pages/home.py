"""Home: is the server well, what graphs are there, what did the last runs reach, and an example of each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kgplatform import views
from ui import links
from ui.components.chooser import NO_GRAPHS, in_order
from ui.components.figures import chance_text, figures, typed_text
from ui.components.run_line import BELOW
from ui.components.states import example_of
from ui.components.table import table
from ui.session import graphs, phrases_of, plain, store

TITLE, ICON, ORDER = "Home", ":material/home:", 10

_CARDS, _RUNS = 6, 50
_METRIC = (
    "The figure that decides for this kind of learning: MRR is the mean reciprocal rank, filtered, in both "
    "directions, ties counted half; macro-F1 the mean over types of F1."
)


def page() -> None:
    """Draw the page."""
    here = store()
    server = here.server()
    st.title("Knowledge graphs that explain their predictions")
    st.caption(f"{server.product} {server.version} at {server.address}")
    found = in_order(graphs())
    if not found:
        st.info(NO_GRAPHS, icon=":material/database:")
        return
    stale = sum(g["stale"] for g in found)
    facts, predictions = (f"{sum(g[k] for g in found):,}" for k in ("facts", "predictions"))
    figures(
        "home",
        [
            {"label": "Graphs", "value": len(found), "help": "Each a named instance of a domain."},
            {"label": "Facts", "value": facts, "help": "Imported; predictions are counted apart."},
            {"label": "Predictions", "value": predictions, "help": "Of promoted runs."},
            {
                "label": "Stale",
                "value": f"{stale:,}",
                "help": "Predictions made before the facts last changed.",
            },
        ],
    )
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
    cards = [(g, row) for g in graphs[:_CARDS] if (row := example_of(g))]
    if not cards:
        st.info(
            "No run is promoted yet: `kgp train red_gnn GRAPH`, then `kgp promote RUN`.",
            icon=":material/info:",
        )
        return
    columns: list[Any] = []
    for number, (graph, row) in enumerate(cards):
        if number % 3 == 0:
            columns = st.columns(min(3, len(cards)))
        said = phrases_of(graph["graph"])[row["relation"]]
        with columns[number % len(columns)].container(border=True, height="stretch"):
            st.markdown(f"**{plain(graph['title'])}** · {plain(graph['graph'])}")
            st.markdown(plain(said.why(row["head_name"], row["tail_name"])))
            chance = "" if row["probability"] is None else f"probability {chance_text(row['probability'])} · "
            chance = f"{typed_text(row)} · " if typed_text(row) else chance
            true = "confirmed by a held-out fact · " if row["held_out"] else ""
            kept = row["paths"] or row["cases"]
            kind = "path" if row["paths"] else "case"
            st.caption(f"{chance}{true}{len(kept)} {kind if len(kept) == 1 else kind + 's'} of evidence")
            if graph["disclaimer"]:
                st.caption(plain(graph["disclaimer"]))
            if st.button("See why", key=f"why-{graph['graph']}", icon=":material/route:"):
                asked = {k: row[k] for k in ("head", "relation", "tail")}
                links.go("why", graph=graph["graph"], **asked)


def _runs(rows: list[dict[str, Any]]) -> None:
    if not rows:
        st.caption("No runs yet.")
        return
    below = [r for r in rows[:_RUNS] if r["below_baseline"]]
    table(
        [
            {"model": r["model"], "graph": r["graph"], "trained": r["created"], "metric": r["metric"],
             "test": r["test"], "baseline": r["baseline"]}
            | ({"remark": BELOW if r["below_baseline"] else ""} if below else {})
            | {"status": r["status"], "valid": r["valid"], "seed": r["seed"], "run": r["run"]}
            for r in rows[:_RUNS]
        ],
        name="runs",
        columns={
            "run": st.column_config.TextColumn("id", width="small", help="What the command line calls it."),
            "remark": st.column_config.TextColumn(help="Worse on test than the simple model beside it."),
            "metric": st.column_config.TextColumn(help=_METRIC),
            "valid": st.column_config.NumberColumn(format="%.4f", help="On the facts it was chosen by."),
            "test": st.column_config.NumberColumn(format="%.4f", help="On facts that nothing was chosen by."),
            "baseline": st.column_config.NumberColumn(
                format="%.4f", help="The same of the strongest simple model, such as counting answers.",
            ),
            "trained": st.column_config.DatetimeColumn(format="localized"),
        },
    )  # fmt: skip
