"""The pages: what `kgp serve` opens."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.components.style import lay_out
from ui.registry import available_pages, load_page


def main() -> None:
    """Lay out the pages and run the one asked for."""
    st.set_page_config(
        page_title="kg-platform", page_icon=Path(__file__).with_name("icon.svg"), layout="wide"
    )
    lay_out()
    names = available_pages()
    pages = {
        page.name: st.Page(
            page.draw, title=page.title, icon=page.icon, url_path=page.name, default=page.name == names[0]
        )
        for page in map(load_page, names)
    }
    st.session_state["pages"] = pages
    st.navigation(list(pages.values()), position="top").run()


if __name__ == "__main__":
    main()
