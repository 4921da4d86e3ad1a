"""A table that opens what is clicked, and that can be taken along as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

Rows = Sequence[Mapping[str, Any]]


def table(
    rows: Rows, *, name: str, columns: Mapping[str, Any] | None = None, select: bool = False,
    height: int | str = "auto",
) -> int | None:  # fmt: skip
    """Draw rows, with buttons to save them.

    Args:
        rows: Plain values, the same columns in each.
        name: Unique on the page; the files are called so.
        columns: `st.column_config` by column; None as a value hides one.
        select: Let one row be chosen.
        height: As `st.dataframe`.

    Returns:
        Number of the chosen row, None without one.
    """
    drawn: dict[str, Any] = {
        "data": [dict(row) for row in rows],
        "hide_index": True,
        "column_config": dict(columns or {}),
        "height": height,
        "key": f"table-{name}",
        "alt": f"table of {name}",
    }
    if not select:
        st.dataframe(**drawn)
        save(rows, name)
        return None
    chosen = st.dataframe(**drawn, on_select="rerun", selection_mode="single-row")
    save(rows, name)
    picked = chosen["selection"]["rows"]
    return int(picked[0]) if picked else None


def save(rows: Rows, name: str) -> None:
    """Buttons that save rows as CSV and as JSON."""
    with st.container(horizontal=True, gap="small"):
        for kind, write, mime in (("CSV", as_csv, "text/csv"), ("JSON", as_json, "application/json")):
            st.download_button(
                kind,
                write(rows),
                file_name=f"{name}.{kind.lower()}",
                mime=mime,
                key=f"save-{name}-{kind}",
                type="tertiary",
                icon=":material/download:",
                on_click="ignore",
                help=f"Save this table as {kind}.",
            )


def as_csv(rows: Rows) -> str:
    """Rows as CSV with a header; lists and mappings as JSON."""
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: _cell(v) for k, v in row.items()})
    return out.getvalue()


def as_json(rows: Rows) -> str:
    """Rows as a JSON array."""
    return json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=1, default=str) + "\n"


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in "=+-@":  # a spreadsheet would run it
        return "'" + value
    return value
