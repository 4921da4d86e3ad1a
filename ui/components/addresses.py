"""What is chosen, kept in the address by name; for widgets that would write something else there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def said(name: str, key: str) -> list[str] | None:
    """What the address says, where it counts: at first, and after a link or the back button changed it.

    None where the widget of this key knows better.
    """
    values = st.query_params.get_all(name)
    return values if key not in st.session_state or values != st.session_state.get(_written(name)) else None


def keep(name: str, values: Sequence[str]) -> None:
    """Write what is chosen into the address; nothing chosen leaves no trace."""
    values = list(values)
    if values != st.query_params.get_all(name):
        if values:
            st.query_params[name] = values
        else:
            del st.query_params[name]
    st.session_state[_written(name)] = values


def _written(name: str) -> str:
    return f"address-{name}"
