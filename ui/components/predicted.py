"""A table of predictions; choosing a row opens Why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui import links
from ui.components.states import rank_text
from ui.components.table import table

COLUMNS: dict[str, Any] = {
    "probability": st.column_config.ProgressColumn(
        min_value=0.0, max_value=1.0, format="%.2f",
        help="How likely this is a fact that was held out, calibrated on validation.",
    ),
    "rank": st.column_config.TextColumn(
        help="Place among the candidates for the tail; a span where some are level."
    ),
    "faithfulness": st.column_config.NumberColumn(
        format="%.2f", help="How far the log-probability falls when the evidence is removed."
    ),
    "paths": st.column_config.NumberColumn(help="Evidence paths kept with the prediction."),
    "held out": st.column_config.CheckboxColumn(help="A fact the model was not shown."),
    "stale": st.column_config.CheckboxColumn(help="The facts have changed since it was made."),
    "why": st.column_config.LinkColumn(display_text="why", help="The evidence, on a page of its own."),
}  # fmt: skip


def predicted_table(graph: str, rows: Sequence[Mapping[str, Any]], *, name: str) -> None:
    """Draw predictions. Args: graph: its name; rows: as views give them; name: of the table."""
    several = len({r["model"] for r in rows}) > 1
    shown = [
        {
            "head": r["head_name"],
            "relation": r["relation"],
            "tail": r["tail_name"],
            "probability": r["probability"],
            "rank": rank_text(r),
            "faithfulness": r["faithfulness"],
            "paths": len(r["paths"]),
            "held out": r["held_out"],
        }
        | ({"model": r["model"]} if several else {})
        | ({"stale": True} if r["stale"] else {})
        | {"why": links.why(graph, r)}
        for r in rows
    ]
    stale = any("stale" in r for r in shown)
    if stale:
        shown = [{**r, "stale": r.get("stale", False)} for r in shown]
    picked = table(shown, name=name, select=True, columns=COLUMNS)
    if picked is not None:
        r = rows[picked]
        links.go("why", graph=graph, head=r["head"], relation=r["relation"], tail=r["tail"])
