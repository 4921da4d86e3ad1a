"""What pages show when there is nothing to show, the example they open on, and figures in short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.links import go
from ui.session import graphs, view


def empty(text: str, page: str | None = None, **asked: Any) -> None:
    """Say that there is nothing, what to do about it, and offer the page that helps."""
    st.info(text, icon=":material/info:")
    pages = st.session_state.get("pages", {})
    if page is not None and page in pages and st.button(f"Open {page.title()}", key=f"open-{page}"):
        go(page, **asked)


def example() -> tuple[str, dict[str, Any]] | None:
    """A graph and its likeliest prediction that has evidence: what a page opens on."""
    for graph in sorted(graphs(), key=lambda g: (g["graph"] != "drug", g["graph"])):
        rows = view("best_predictions", graph["graph"], limit=20) if graph["predictions"] else []
        best = next((r for r in rows if r["paths"]), rows[0] if rows else None)
        if best:
            return graph["graph"], best
    return None


def rank_text(row: Mapping[str, Any]) -> str:
    """The interval of a rank: one number where no candidates are level."""
    low, high = row["rank_low"], row["rank_high"]
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
