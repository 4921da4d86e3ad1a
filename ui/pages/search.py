"""Search: entities by name, alias or id, with how many there are of each type."""

from __future__ import annotations

import streamlit as st

from ui import links
from ui.components.alike import alike_table
from ui.components.chooser import choose_graph
from ui.components.counted import counted_chips
from ui.components.table import table
from ui.session import name_index, runs_with_vectors

TITLE, ICON, ORDER = "Search", ":material/search:", 20

_LIMIT = 100
_QUALITY = ("whole name", "beginning", "beginning of a word", "inside")


def page() -> None:
    """Draw the page."""
    st.title("Search")
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with right:
        graph = choose_graph()
    if graph is None:
        return
    with left:
        text = st.text_input(
            "Name, alias or id",
            key="q",
            bind="query-params",
            live=True,
            placeholder="aspirin, DB00945, Wikidata …",
            icon=":material/search:",
        )
    index = name_index(graph["graph"])
    _, counts = index.search(text or "", limit=0)
    if not counts:
        st.info(
            f"Nothing in this graph is called {text!r}, begins so or has it inside. Try fewer letters.",
            icon=":material/search_off:",
        )
        return
    kinds = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    chosen = counted_chips("Types", {k: counts[k] for k in kinds}, name="type", several=True)
    found, _ = index.search(text or "", types=chosen, limit=_LIMIT)
    if text and found and found[0].quality == 0 and runs_with_vectors(graph["graph"]):
        chip = f"Similar to {found[0].name} by vectors"
        if st.pills("Or", [chip], key=f"similar-to-{found[0].id}"):
            alike_table(graph["graph"], found[0].id)
            return
    rows = [
        {
            "name": f.name,
            "type": f.type,
            "id": f.id,
            "matched": f.matched if f.matched != f.name else "",
            "by": _QUALITY[f.quality] if text else "",
            "open": links.entity(graph["graph"], f.id),
        }
        for f in found
    ]
    picked = table(
        rows,
        name="found",
        select=True,
        columns={
            "name": st.column_config.TextColumn(width="large"),
            "matched": st.column_config.TextColumn(help="The alias or id that matched, if not the name."),
            "by": st.column_config.TextColumn(help="How well it matched; better matches come first."),
            "open": None,
        },
    )
    total = sum(counts[k] for k in chosen or kinds)
    st.caption(f"{len(found):,} of {total:,} shown. Choose a row to open it.")
    if picked is not None:
        links.go("entity", graph=graph["graph"], id=found[picked].id)
