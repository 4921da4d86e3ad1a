"""What an entity is: sentences about it as text, and its other properties in a table that folds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.components.table import table
from ui.session import plain

_SENTENCES = ("description", "gloss", "definition", "summary", "comment", "abstract")
_WORDS, _NAMED, _LETTERS = 6, 3, 60


def texts(about: Mapping[str, Any]) -> list[str]:
    """What is written about an entity: what is called so, and other properties of several words."""
    values = about["properties"]
    return [str(values[name]) for name in sorted(values, key=_place) if _is_text(name, values[name])]


def properties(about: Mapping[str, Any]) -> None:
    """Draw aliases and properties; the first few are named where it folds."""
    rows = [{"property": "alias", "value": a} for a in about["aliases"]]
    for name, value in about["properties"].items():
        if isinstance(value, list) and len(value) > 16 and all(isinstance(v, float) for v in value):
            rows.append({"property": name, "value": f"embedding of {len(value)} values"})
        elif not _is_text(name, value):
            rows.append({"property": name, "value": str(value)})
    if not rows:
        return
    said = ", ".join(f"{r['property'].replace('_', ' ')} {r['value']}" for r in rows[:_NAMED])
    said = said if len(said) <= _LETTERS else said[: _LETTERS - 1] + "…"
    what = "property" if len(rows) == 1 else "properties"
    with st.expander(f"{len(rows)} {what}: {plain(said)}"):
        table(rows, name="properties")


def _is_text(name: str, value: Any) -> bool:
    return isinstance(value, str) and bool(value) and (name in _SENTENCES or len(value.split()) >= _WORDS)


def _place(name: str) -> tuple[int, str]:
    return (_SENTENCES.index(name) if name in _SENTENCES else len(_SENTENCES), name)
