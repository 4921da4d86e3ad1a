"""A graph into the database: only what is new or different, in batches that are whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from graph_schema.progress import Progress
from kgplatform.store.bolt.connection import BoltTransaction, Connection
from kgplatform.store.bolt.locking import Lock
from kgplatform.store.bolt.names import quoted
from kgplatform.store.bolt.normal import FACT_IDENTITY
from kgplatform.store.bolt.planning import Plan
from kgplatform.store.keys import of_graph
from kgplatform.store.protocol import batches

_BATCH = 10_000


def carry_out(connection: Connection, lock: Lock, work: Plan, first: bool, progress: Progress | None) -> None:
    """Write a plan. Every batch is one transaction, which also makes the graph's version fresh.

    Args:
        connection: To the server.
        lock: On the graph; a batch is refused once somebody else has taken it over.
        work: What to do.
        first: Whether the graph has no version yet.
        progress: Called after every batch.
    """
    graph = lock.graph
    declared = {k: v for k, v in work.about.items() if k not in ("nodes", "facts")}
    if first:
        declared |= {"nodes": 0, "facts": 0}  # a graph is whole to readers from its first batch on
    statements: list[_Statement] = [(_PUT_RELATIONS, work.relations)] if work.relations else []
    if work.changes_something:
        statements.append((_STALE, [of_graph(graph)]))
    if declared or statements:
        _batch(connection, lock, statements, declared, fresh=first or work.changes_something)
    done = {"nodes": 0, "facts": 0}
    total = {
        "nodes": len(work.nodes.added) + len(work.nodes.changed),
        "facts": len(work.facts.added) + len(work.facts.changed),
    }
    for what, statements, rows in _steps(graph, work):
        _batch(connection, lock, statements, {}, fresh=True)
        done[what] += rows
        if progress is not None:
            progress(f"writing {what}", done[what], total[what])
    counted = {k: v for k, v in work.about.items() if k in ("nodes", "facts")}
    if counted:
        _batch(connection, lock, [], counted, fresh=False)


_PUT_RELATIONS = """
UNWIND $rows AS r MERGE (t:RelationType {key: r.key})
SET t.graph = r.graph, t.name = r.name, t.type = r.type, t.description = r.description,
    t.template = r.template, t.facts = r.facts
"""

_STALE = """
UNWIND $rows AS r MATCH (n:Entity)-[p:PREDICTED]->() WHERE n.key >= r.first AND n.key < r.after
SET p.stale = true
"""

_Statement = tuple[str, list[dict[str, Any]]]


def _batch(
    connection: Connection,
    lock: Lock,
    statements: list[_Statement],
    about: Mapping[str, Any],
    *,
    fresh: bool,
) -> None:
    properties = dict(about)
    if fresh:
        properties["version"] = secrets.token_hex(8)

    def work(transaction: BoltTransaction) -> None:
        for statement, rows in statements:
            transaction.run(statement, {"rows": rows})
        lock.check(transaction)  # last, so that others are told at once who writes and need not wait
        transaction.run(
            "MATCH (g:Graph {name: $graph}) SET g += $about", {"graph": lock.graph, "about": properties}
        )

    connection.check_room()
    connection.retrying(work)


def _steps(graph: str, work: Plan) -> Iterator[tuple[str, list[_Statement], int]]:
    """("nodes" or "facts", statements of one transaction, rows in it), in the order to write them."""
    for table, is_new in ((work.nodes.added, True), (work.nodes.changed, False)):
        ordered = table.sort_by([("type", "ascending"), ("id", "ascending")])
        for start, stop in batches(len(ordered), _BATCH):
            part = ordered.slice(start, stop - start)
            yield "nodes", list(_node_statements(graph, part, is_new)), len(part)
    for table, is_new in ((work.facts.added, True), (work.facts.changed, False)):
        ordered = table.sort_by([("type", "ascending")])
        for start, stop in batches(len(ordered), _BATCH):
            part = ordered.slice(start, stop - start)
            yield "facts", list(_fact_statements(graph, part, is_new)), len(part)


def _node_statements(graph: str, table: pa.Table, is_new: bool) -> Iterator[_Statement]:
    columns = [c for c in table.column_names if c != "type"]
    for label, part in _by_type(table):
        values = [part[c].to_pylist() for c in columns]
        rows = [{"k": f"{graph}/{row[0]}", "v": list(row)} for row in zip(*values, strict=True)]
        sets = [f"{quoted(c)}: r.v[{i}]" for i, c in enumerate(columns)]
        if is_new:
            properties = ", ".join(["key: r.k", f"graph: {_literal(graph)}", *sets])
            yield (
                "UNWIND $rows AS r OPTIONAL MATCH (n:Entity {key: r.k}) WITH r, n WHERE n IS NULL "
                f"CREATE (:Entity:{quoted(label)} {{{properties}}})",
                rows,
            )
        else:
            yield f"UNWIND $rows AS r MATCH (n:Entity {{key: r.k}}) SET n += {{{', '.join(sets)}}}", rows


def _fact_statements(graph: str, table: pa.Table, is_new: bool) -> Iterator[_Statement]:
    columns = [c for c in table.column_names if c not in FACT_IDENTITY]
    for kind, part in _by_type(table):
        values = [part[c].to_pylist() for c in ("head", "tail", "relation", *columns)]
        rows = [
            {"h": f"{graph}/{head}", "t": f"{graph}/{tail}", "r": relation, "v": list(rest)}
            for head, tail, relation, *rest in zip(*values, strict=True)
        ]
        sets = ", ".join(f"f.{quoted(c)} = r.v[{i}]" for i, c in enumerate(columns))
        ends = "UNWIND $rows AS r MATCH (a:Entity {key: r.h}) MATCH (b:Entity {key: r.t})"
        fact = f"(a)-[f:{quoted(kind)} {{relation: r.r}}]->(b)"
        yield f"{ends} {'MERGE' if is_new else 'MATCH'} {fact} SET {sets}", rows


def _by_type(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """(type, its rows) of a table ordered by type."""
    runs = table["type"].combine_chunks().value_counts() if len(table) else ()
    start = 0
    for run in runs:
        length = run["counts"].as_py()
        yield run["values"].as_py(), table.slice(start, length)
        start += length


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
