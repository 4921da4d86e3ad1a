"""The graph of a query's result: nodes and relationships among its values, drawn as DOT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from graph_schema.reserved import ENTITY, own_label
from ui.components.style import PALETTE

MOST = 300
"""Nodes and relationships drawn at most."""


def result_graph(rows: Sequence[Mapping[str, Any]], colours: Mapping[str, str]) -> None:
    """Draw the entities of a result and what lies between them; a word where there are none."""
    nodes, links = elements(rows)
    if not nodes:
        st.info(
            "No nodes in this result. Return nodes and relationships, as in "
            "`MATCH (a)-[r]->(b) RETURN a, r, b LIMIT 50`.",
            icon=":material/info:",
        )
        return
    left_out = max(0, len(nodes) + len(links) - MOST)
    kept = dict(list(nodes.items())[:MOST])
    between = [e for e in links if e[0] in kept and e[2] in kept][: MOST - len(kept)]
    st.graphviz_chart(dot(kept, between, colours, dark=st.context.theme.type == "dark"))
    if left_out:
        st.caption(f"{left_out:,} nodes and relationships are not drawn; the table has them all.")


def elements(
    rows: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, tuple[str, str]], list[tuple[str, str, str]]]:
    """Nodes by key as (name, label), and relationships as (start key, type, end key); in order of rows."""
    nodes: dict[str, tuple[str, str]] = {}
    links: dict[tuple[str, str, str], None] = {}
    for row in rows:
        for value in _found(list(row.values())):
            if "_labels" in value and "key" in value:
                nodes[value["key"]] = (str(value.get("name") or value["key"]), own_label(value["_labels"]))
            elif value.get("_start") and value.get("_end"):
                links[value["_start"], str(value.get("relation") or value["_type"]), value["_end"]] = None
    for start, _, end in links:
        for key in (start, end):
            nodes.setdefault(key, (key, ENTITY))
    return nodes, list(links)


def dot(
    nodes: Mapping[str, tuple[str, str]],
    links: Sequence[tuple[str, str, str]],
    colours: Mapping[str, str],
    *,
    dark: bool = False,
) -> str:
    """The same in DOT, from left to right. Args: colours: by node type; dark: the page behind it is."""
    fill, text = ("#1f1f1d", "#d5dae0") if dark else ("#ffffff", "#3d4650")
    lines = [
        'digraph { rankdir=LR; bgcolor="transparent"; '
        f'node [shape=box style="rounded,filled" fillcolor="{fill}" fontcolor="{text}" '
        'fontname="sans-serif" penwidth=2]; '
        f'edge [fontname="sans-serif" fontsize=9 color="#8a94a0" fontcolor="{text}"];'
    ]
    for key, (name, label) in nodes.items():
        colour = colours.get(label, PALETTE[-1])
        shown = name if len(name) <= 40 else name[:39] + "…"
        lines.append(
            f"{_text(key)} [label={_text(shown)} tooltip={_text(f'{name} · {label}')} color={_text(colour)}];"
        )
    lines += [f"{_text(a)} -> {_text(b)} [label={_text(relation)}];" for a, relation, b in links]
    return "\n".join([*lines, "}"])


def _found(values: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for value in values:
        if isinstance(value, Mapping):
            if "_labels" in value or "_type" in value:
                yield value
            else:
                yield from _found(list(value.values()))
        elif isinstance(value, list):
            yield from _found(value)


def _text(value: str) -> str:
    """A DOT string: quotes and backslashes escaped, so that nothing in a name is read as DOT."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
