"""The store behind the pages: opened once, and what every page says when it cannot be reached."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps

import streamlit as st

from graph_schema.errors import GraphPlatformError, StoreUnreachable
from kgplatform.opening import GraphStore, connect


def _close(opened: GraphStore) -> None:
    opened.close()


@st.cache_resource(show_spinner="Opening the store…", on_release=_close)
def store() -> GraphStore:
    """The store of this process. Raises: StoreUnreachable."""
    return connect()


def plain(text: str) -> str:
    """A name from the data for use in Markdown: shown as it is, none of its signs doing anything."""
    return re.sub(r"([^\w\s])", r"\\\1", text)


def guarded(page: Callable[[], None]) -> Callable[[], None]:
    """A page that shows our errors as what they say, instead of a traceback."""

    @wraps(page)
    def shown() -> None:
        try:
            page()
        except StoreUnreachable as error:
            st.error(f"The store cannot be reached. {error}")
            store.clear()
            st.button("Try again")
        except GraphPlatformError as error:
            st.error(str(error))

    return shown
