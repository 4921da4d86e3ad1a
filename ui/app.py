"""The pages: what `kgp serve` opens."""

from __future__ import annotations

import streamlit as st

from ui.views import home, why


def main() -> None:
    """Lay out the pages and run the one asked for."""
    st.set_page_config(page_title="kg-platform", layout="wide")
    pages = [
        st.Page(home.page, title="Home", icon=":material/home:", url_path="home", default=True),
        st.Page(why.page, title="Why", icon=":material/route:", url_path="why"),
    ]
    st.navigation(pages, position="top").run()


if __name__ == "__main__":
    main()
