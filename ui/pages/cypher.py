"""Cypher: a read-only console with the schema beside it, examples, a table, a graph and the plan."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from graph_schema.errors import GraphPlatformError, QueryRefused, QueryTimeout
from kgplatform import views
from ui.components.chooser import NO_GRAPHS, choose_graph, in_order
from ui.components.result_graph import result_graph
from ui.components.style import colour_of
from ui.components.table import table
from ui.session import graphs, plain, store, view

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from kgplatform.opening import QueryResult

TITLE, ICON, ORDER = "Cypher", ":material/terminal:", 80

_LIMITS = (100, 1000, 10_000)
_DEADLINE = 30.0
_ANSWER, _CANCELLED = "cypher-answer", "cypher-cancelled"


def page() -> None:
    """Draw the page."""
    st.title("Cypher")
    found = graphs()
    if not found:
        st.info(NO_GRAPHS, icon=":material/database:")
        return
    if "statement" not in st.query_params:
        st.session_state.setdefault("statement", examples(in_order(found)[0]["graph"])[0][1])
    left, right = st.columns([3, 1])
    with right:
        colours = _beside(found)
    with left:
        statement, limit = _editor()
        if statement.strip():
            _result(statement, limit, colours)


def _editor() -> tuple[str, int]:
    text = st.text_area(
        "Statement",
        key="statement", bind="query-params", height=150,
        help="openCypher, read only: what could write is refused before it is sent.",
    )  # fmt: skip
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button(
            "Run", icon=":material/play_arrow:", on_click=_forget,
            help="Asks anew; Ctrl+Enter in the statement asks what was changed.",
        )  # fmt: skip
        limit = st.selectbox("Rows at most", _LIMITS, key="limit", bind="query-params", width=140)
        st.caption(f"A statement is ended on the server after {_DEADLINE:.0f} s.")
    return text or "", int(limit or _LIMITS[0])


def _result(statement: str, limit: int, colours: dict[str, str]) -> None:
    if st.session_state.get(_CANCELLED) == (statement, limit):
        st.info("Cancelled: the server was told to end it. Run asks again.", icon=":material/cancel:")
        return
    try:
        result = _answer(statement, limit)
    except QueryRefused as error:
        st.error(plain(str(error)), icon=":material/block:")
        return
    except QueryTimeout as error:
        st.error(plain(str(error)), icon=":material/timer_off:")
        return
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    cut = f", cut at {limit:,}" if result.truncated else ""
    what = "row" if len(rows) == 1 else "rows"
    st.caption(f"{len(rows):,} {what}{cut} in {result.seconds * 1000:.0f} ms")
    tabs = st.tabs(["Table", "Graph", "Plan"], key="tab", bind="query-params", on_change="rerun")
    with tabs[0]:
        if rows:
            table([{k: _shown(v) for k, v in row.items()} for row in rows], name="result")
        else:
            st.info("The statement is right and gives no rows.", icon=":material/info:")
    with tabs[1]:
        if tabs[1].open:
            result_graph(rows, colours)
    with tabs[2]:
        if tabs[2].open:
            _plan(statement)


def _answer(statement: str, limit: int) -> QueryResult:
    """What the server says; asked once, until the statement or a graph changes or somebody presses Run.

    Raises:
        QueryRefused, QueryTimeout: as the store says.
    """
    asked = (statement, limit, views.stamp(store()))
    before, known = st.session_state.get(_ANSWER, (None, None))
    if before == asked:
        if isinstance(known, GraphPlatformError):
            raise known
        return cast("QueryResult", known)
    began, hole = time.monotonic(), st.empty()
    parts: list[DeltaGenerator] = []

    def waiting() -> None:
        if not parts:
            row = hole.container(horizontal=True, vertical_alignment="center")
            row.button("Cancel", icon=":material/cancel:", on_click=_cancel, args=(statement, limit))
            parts.append(row.empty())
        parts[0].caption(f"Asking the server, {time.monotonic() - began:.0f} s…")

    try:
        result = store().query(statement, limit=limit, deadline=_DEADLINE, waiting=waiting)
    except (QueryRefused, QueryTimeout) as error:
        hole.empty()
        st.session_state[_ANSWER] = (asked, error)
        raise
    hole.empty()
    st.session_state[_ANSWER] = (asked, result)
    return result


def _cancel(statement: str, limit: int) -> None:
    st.session_state[_CANCELLED] = (statement, limit)


def _forget() -> None:
    for key in (_ANSWER, _CANCELLED):
        st.session_state.pop(key, None)


def _plan(statement: str) -> None:
    try:
        result = store().query(f"EXPLAIN {statement}", deadline=_DEADLINE)
    except QueryRefused as error:
        st.error(plain(str(error)), icon=":material/block:")
        return
    if result.plan is not None:
        st.code("\n".join(plan_lines(result.plan)), language=None)
    elif result.rows:
        st.code("\n".join(str(value) for row in result.rows for value in row), language=None)
    else:
        st.info("This server gives no plan for this statement.", icon=":material/info:")


def plan_lines(plan: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """A plan as lines, operators before what feeds them."""
    arguments = plan.get("args") or {}
    whole = arguments.get("string-representation")
    if whole and not plan.get("children"):  # ArcadeDB's plan is one text
        yield from str(whole).strip().splitlines()
        return
    rows = arguments.get("EstimatedRows")
    said = "" if rows is None else f"  about {float(rows):,.0f} rows"
    yield f"{'  ' * depth}{plan['operatorType'].partition('@')[0]}  {arguments.get('Details', '')}{said}"
    for child in plan.get("children") or ():
        yield from plan_lines(child, depth + 1)


def _beside(graphs: list[dict[str, Any]]) -> dict[str, str]:
    """Draw schema and examples of a graph; the colours of its node types."""
    name = (choose_graph("Schema of") or graphs[0])["graph"]
    schema = view("schema_of", name)
    with st.expander("Node types"):
        for node_type in schema["node_types"]:
            st.markdown(f"`:{node_type['name']}`", help=node_type.get("description") or None)
    with st.expander("Relations"):
        rows = [
            {"relation": r["relation"], "type": r["type"], "reads": r["display"], "facts": r["facts"]}
            for r in view("relations", name)
        ]
        table(rows, name="relations")
    with st.expander("Properties"):
        st.markdown(
            "Every entity: `key`, `id`, `name`, `graph`. Every fact: `relation`, `sources`, `split`. "
            "`PREDICTED`: `probability`, `rank`, `evidence_paths`, `evidence_nodes`, `run_id`, `model`."
        )
    st.markdown("**Examples**")
    for label, text in examples(name):
        st.button(label, key=f"example-{label}", width="stretch", on_click=_take, args=(text,))
    return {t["name"]: colour_of(schema, t["name"]) for t in schema["node_types"]}


def _take(statement: str) -> None:
    _forget()
    st.session_state["statement"] = statement


def examples(graph: str) -> list[tuple[str, str]]:
    """Statements to begin with: what each is called, and its text."""
    quoted = "'" + graph.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return [
        (
            "Likeliest predictions",
            f"MATCH (h:Entity {{graph: {quoted}}})-[p:PREDICTED]->(t:Entity)\n"
            "RETURN h.name, p.relation, t.name, p.probability, p.rank\n"
            "ORDER BY p.probability DESC LIMIT 25",
        ),
        (
            "Most connected entities",
            f"MATCH (n:Entity {{graph: {quoted}}})-[r]-() WHERE type(r) <> 'PREDICTED'\n"
            "RETURN n.name, count(r) AS facts ORDER BY facts DESC, n.name LIMIT 25",
        ),
        (
            "Facts by relation",
            f"MATCH (:Entity {{graph: {quoted}}})-[r]->() WHERE type(r) <> 'PREDICTED'\n"
            "RETURN r.relation, count(r) AS facts ORDER BY facts DESC",
        ),
        (
            "A piece of the graph",
            f"MATCH (a:Entity {{graph: {quoted}}})-[r]->(b:Entity) WHERE type(r) <> 'PREDICTED'\n"
            "RETURN a, r, b LIMIT 60",
        ),
    ]


def _shown(value: Any) -> Any:
    plainly = isinstance(value, (str, int, float, bool, type(None)))
    return value if plainly else json.dumps(value, ensure_ascii=False, default=str)
