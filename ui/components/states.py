"""What pages show when there is nothing to show, and the example they open on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.components.chooser import in_order
from ui.links import go
from ui.session import graphs, view


def empty(text: str, page: str | None = None, **asked: Any) -> None:
    """Say that there is nothing, what to do about it, and offer the page that helps."""
    st.info(text, icon=":material/info:")
    pages = st.session_state.get("pages", {})
    if page is not None and page in pages and st.button(f"Open {page.title()}", key=f"open-{page}"):
        go(page, **asked)


def example() -> tuple[str, dict[str, Any]] | None:
    """A graph and a prediction of it: what a page opens on."""
    for graph in in_order(graphs()):
        best = example_of(graph)
        if best:
            return graph["graph"], best
    return None


def example_of(graph: Mapping[str, Any]) -> dict[str, Any] | None:
    """The likeliest prediction that a held-out fact confirms, with evidence; without one, the likeliest."""
    if not graph["predictions"]:
        return None
    rows = view("best_predictions", graph["graph"], held_out=True, limit=20)
    rows += view("best_predictions", graph["graph"], limit=20)
    return next((r for r in rows if r["paths"] or r["cases"]), rows[0] if rows else None)
