"""A prediction to take along: the statement and the program that give the same paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

_TESTS = {
    "head": "h.key = {}",
    "relation": "p.relation = {}",
    "tail": "t.key = {}",
    "through": "{} IN p.evidence_nodes",
    "by": "{} IN p.evidence_relations",
}


def copy_buttons(graph: str, row: Mapping[str, Any]) -> None:
    """Buttons that open the Cypher and the Python of a prediction, ready to be copied."""
    copy_button("Cypher", as_cypher(graph, row))
    copy_button("Python", as_python(graph, row))


def copy_button(language: str, text: str) -> None:
    """A button that opens a text ready to be copied."""
    with st.popover(f"Copy as {language}", icon=":material/content_copy:", type="tertiary"):
        st.code(text, language=language.lower(), wrap_lines=True)


def as_cypher(graph: str, row: Mapping[str, Any]) -> str:
    """A statement that finds the prediction with its paths."""
    return (
        f"MATCH (h:Entity {{key: {_quoted(graph + '/' + row['head'])}}})"
        f"-[p:PREDICTED {{relation: {_quoted(row['relation'])}, model: {_quoted(row['model'])}}}]->"
        f"(t:Entity {{key: {_quoted(graph + '/' + row['tail'])}}})\n"
        "RETURN h.name, p.relation, t.name, p.interacts, p.probability, p.rank, p.evidence_weights, "
        "p.evidence_paths, p.evidence_cases"
    )


def entity_as_cypher(graph: str, id_: str, direction: str, relation: str) -> str:
    """A statement that finds the neighbours of an entity by a relation, "out" of it, "in" to it or "both"."""
    left, right = {"out": ("-", "->"), "in": ("<-", "-")}.get(direction, ("-", "-"))
    return (
        f"MATCH (n:Entity {{key: {_quoted(f'{graph}/{id_}')}}}){left}[f]{right}(other)\n"
        f"WHERE f.relation = {_quoted(relation)} AND type(f) <> 'PREDICTED'\n"
        "RETURN n, f, other ORDER BY other.name"
    )


def predictions_as_cypher(graph: str, asked: Mapping[str, str | None], least: float, limit: int) -> str:
    """A statement that finds predictions, likeliest first.

    Args:
        graph: Its name.
        asked: `head`, `tail` and `through`, ids; `relation` and `by`, relations; None for any.
        least: Probability.
        limit: Rows at most.
    """
    tests = [f"h.graph = {_quoted(graph)}"]
    for name, test in _TESTS.items():
        value = asked.get(name)
        if value is not None:
            tests.append(test.format(_quoted(f"{graph}/{value}" if "key" in test else value)))
    if least > 0:
        tests.append(f"coalesce(p.interacts, p.probability) >= {least}")
    return (
        f"MATCH (h:Entity)-[p:PREDICTED]->(t:Entity)\nWHERE {' AND '.join(tests)}\n"
        "RETURN h.name, p.relation, t.name, p.interacts, p.probability, p.rank, p.model, p.evidence_paths\n"
        "ORDER BY coalesce(p.interacts, p.probability, -1.0) DESC, coalesce(p.probability, -1.0) DESC, "
        f"p.rank, p.score DESC, h.key LIMIT {limit}"
    )


def pairs_as_cypher(graph: str, ids: Sequence[str]) -> str:
    """A statement that finds what is known and predicted between any two of some entities."""
    keys = ", ".join(_quoted(f"{graph}/{id_}") for id_ in ids)
    return (
        f"MATCH (a:Entity)-[f]->(b:Entity)\nWHERE a.key IN [{keys}] AND b.key IN [{keys}]\n"
        "RETURN a.name, type(f) AS kind, f.relation, b.name, f.interacts, f.probability, f.model, f.protocol"
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
