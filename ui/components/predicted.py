"""A table of predictions; choosing a row opens Why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui import links
from ui.components.figures import FAITHFULNESS, HELD_OUT, INTERACTS, OF_TYPE, PROBABILITY, RANK, rank_text
from ui.components.table import table
from ui.session import phrases_of

COLUMNS: dict[str, Any] = {
    "probability": st.column_config.ProgressColumn(
        min_value=0.0, max_value=1.0, format="%.2f",
        help=PROBABILITY,
    ),
    "rank": st.column_config.TextColumn(help=RANK),
    "prediction": st.column_config.TextColumn(width="large"),
    "faithfulness": st.column_config.NumberColumn(format="%.2f", help=FAITHFULNESS),
    "evidence": st.column_config.NumberColumn(help="Paths or cases kept with the prediction."),
    "held out": st.column_config.CheckboxColumn(help=HELD_OUT),
    "stale": st.column_config.CheckboxColumn(help="The facts have changed since it was made."),
    "why": st.column_config.LinkColumn(display_text="why", help="The evidence, on a page of its own."),
}  # fmt: skip

_OF_TYPE = {
    "interacts": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.2f", help=INTERACTS),
    "probability": st.column_config.ProgressColumn(
        "type, if so", min_value=0.0, max_value=1.0, format="%.2f", help=OF_TYPE
    ),
}


def predicted_table(
    graph: str, rows: Sequence[Mapping[str, Any]], *, name: str, height: int | str = "auto"
) -> None:
    """Draw predictions; where nothing is ranked, types were told apart, and each is a sentence.

    Args:
        graph: Its name.
        rows: As views give them.
        name: Of the table.
        height: As `st.dataframe`.
    """
    phrases = phrases_of(graph)
    several = len({r["model"] for r in rows}) > 1
    ranked = any(r["rank"] is not None for r in rows)
    shown = [
        (
            {"head": r["head_name"], "relation": phrases[r["relation"]].words, "tail": r["tail_name"]}
            if ranked
            else {"prediction": phrases[r["relation"]].fact(r["head_name"], r["tail_name"])}
        )
        | ({} if ranked or r["interacts"] is None else {"interacts": r["interacts"]})
        | {
            "probability": r["probability"],
            **({"rank": rank_text(r)} if ranked else {}),
            "faithfulness": r["faithfulness"],
            "evidence": len(r["paths"]) + len(r["cases"]),
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
    columns = COLUMNS if ranked else COLUMNS | _OF_TYPE
    picked = table(shown, name=name, select=True, columns=columns, height=height)
    if picked is not None:
        r = rows[picked]
        links.go("why", graph=graph, head=r["head"], relation=r["relation"], tail=r["tail"])
