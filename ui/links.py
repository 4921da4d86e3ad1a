"""Where things are shown: a page and its query parameters, as links and as buttons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st


def address(page: str, **asked: Any) -> str:
    """Address of a page in a state. Args: page: Its path; asked: Its query parameters, None left out."""
    given = {k: v for k, v in asked.items() if v not in (None, "")}
    return f"/{page}?{urlencode(given)}" if given else f"/{page}"


def entity(graph: str, id_: str) -> str:
    """Address of an entity's page."""
    return address("entity", graph=graph, id=id_)


def why(graph: str, row: Mapping[str, Any]) -> str:
    """Address of the page that explains a prediction: a row with head, relation and tail."""
    return address("why", graph=graph, head=row["head"], relation=row["relation"], tail=row["tail"])


def go(page: str, **asked: Any) -> None:
    """Leave for another page in a state, without opening the site anew."""
    pages = st.session_state["pages"]
    st.switch_page(pages[page], query_params={k: str(v) for k, v in asked.items() if v not in (None, "")})
