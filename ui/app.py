"""The pages: what `kgp serve` opens."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.components.style import lay_out
from ui.views import cypher, entity, home, predictions, search, why

PAGES = {
    "home": (home.page, "Home", ":material/home:"),
    "search": (search.page, "Search", ":material/search:"),
    "entity": (entity.page, "Entity", ":material/hexagon:"),
    "predictions": (predictions.page, "Predictions", ":material/lightbulb:"),
    "why": (why.page, "Why", ":material/route:"),
    "cypher": (cypher.page, "Cypher", ":material/terminal:"),
}


def main() -> None:
    """Lay out the pages and run the one asked for."""
    st.set_page_config(
        page_title="kg-platform", page_icon=Path(__file__).with_name("icon.svg"), layout="wide"
    )
    lay_out()
    pages = {
        path: st.Page(draw, title=title, icon=icon, url_path=path, default=path == "home")
        for path, (draw, title, icon) in PAGES.items()
    }
    st.session_state["pages"] = pages
    st.navigation(list(pages.values()), position="top").run()


if __name__ == "__main__":
    main()
