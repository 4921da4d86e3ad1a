"""A prediction to take along: the statement and the program that give the same paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


def copy_buttons(graph: str, row: Mapping[str, Any]) -> None:
    """Buttons that open the Cypher and the Python of a prediction, ready to be copied."""
    for label, text, language in (
        ("Copy as Cypher", as_cypher(graph, row), "cypher"),
        ("Copy as Python", as_python(graph, row), "python"),
    ):
        with st.popover(label, icon=":material/content_copy:", type="tertiary"):
            st.code(text, language=language, wrap_lines=True)


def as_cypher(graph: str, row: Mapping[str, Any]) -> str:
    """A statement that finds the prediction with its paths."""
    return (
        f"MATCH (h:Entity {{key: {_quoted(graph + '/' + row['head'])}}})"
        f"-[p:PREDICTED {{relation: {_quoted(row['relation'])}, model: {_quoted(row['model'])}}}]->"
        f"(t:Entity {{key: {_quoted(graph + '/' + row['tail'])}}})\n"
        "RETURN h.name, p.relation, t.name, p.probability, p.rank, p.evidence_weights, p.evidence_paths"
    )


def as_python(graph: str, row: Mapping[str, Any]) -> str:
    """A program that explains the prediction."""
    return (
        "import kgplatform as kgp\n\n"
        "store = kgp.open()\n"
        f"why = store[{graph!r}].explain(\n"
        f"    {row['run']!r}, {row['head']!r}, {row['relation']!r}, {row['tail']!r}\n)\n"
        "for path in why.paths:\n"
        "    print(path.weight, path.facts)\n"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
