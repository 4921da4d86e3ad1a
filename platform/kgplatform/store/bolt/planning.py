"""What an import will do to a graph: its tables compared with what stands in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from graph_schema.errors import InputError
from graph_schema.progress import Progress
from graph_schema.schema import GraphSchema
from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, GraphData, property_columns
from kgplatform.store.bolt.connection import Connection
from kgplatform.store.bolt.difference import Difference, difference
from kgplatform.store.bolt.graph_nodes import graph_node
from kgplatform.store.bolt.names import check_graph_name, check_types
from kgplatform.store.bolt.normal import FACT_IDENTITY, NODE_IDENTITY, normal_data
from kgplatform.store.bolt.reading import empty_graph, read_graph, typed
from kgplatform.store.protocol import Changes

FORMAT = 1
"""Version of the layout in the database; kept on each `(:Graph)`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import will do to a graph, found by comparing it with what is there."""

    nodes: Difference
    facts: Difference
    relations: list[dict[str, Any]]
    about: dict[str, Any]

    @property
    def changes_something(self) -> bool:
        """Whether nodes or facts will differ afterwards."""
        return any(c.added or c.changed for c in self.changes.values())

    @property
    def changes(self) -> dict[str, Changes]:
        """Counts under "nodes" and "facts"."""
        return {"nodes": self.nodes.changes, "facts": self.facts.changes}


def plan(
    graph: str, schema: GraphSchema, current: GraphData, wanted: GraphData, about: Mapping[str, Any] | None
) -> Plan:
    """What must happen so that the graph says all that `wanted` says.

    Args:
        graph: Name of the graph.
        schema: Its domain.
        current: What the database has, in normal form.
        wanted: What is to be imported, in normal form.
        about: Properties of the `(:Graph)` node; None where there is none.

    Raises:
        InputError: an entity has one node type here and another there.
    """
    nodes = difference(current.nodes, wanted.nodes, NODE_IDENTITY)
    facts = difference(current.facts, wanted.facts, FACT_IDENTITY)
    _check_labels(current.nodes, nodes.changed)
    counts = _relation_counts(current.facts, facts.added)
    relations = [
        {"key": f"{graph}/{row['name']}", "graph": graph, **row, "facts": counts.get(row["name"], 0)}
        for row in _united_relations(current.relations, wanted.relations)
    ]
    before = about or {}
    described: dict[str, Any] = {
        "domain": schema.domain,
        "title": schema.title,
        "description": schema.description,
        "licence": schema.licence,
        "schema": schema.model_dump_json(),
        "target": schema.target,
        "format": FORMAT,
        "node_properties": _declared(before.get("node_properties"), wanted.nodes, NODE_COLUMNS),
        "fact_properties": _declared(before.get("fact_properties"), wanted.facts, FACT_COLUMNS),
        "nodes": len(current.nodes) + len(nodes.added),
        "facts": len(current.facts) + len(facts.added),
    }
    return Plan(nodes, facts, relations, {k: v for k, v in described.items() if before.get(k) != v})


def checked(connection: Connection, graph: str, data: GraphData) -> GraphData:
    """The data in normal form. Raises: InputError: the server cannot hold its names, or they are no graph."""
    check_graph_name(graph)
    wanted = normal_data(data)
    types = wanted.facts["type"].unique().to_pylist()
    check_types(connection.server().product, wanted.nodes["type"].unique().to_pylist(), types)
    return wanted


def planned(
    connection: Connection,
    graph: str,
    schema: GraphSchema,
    wanted: GraphData,
    progress: Progress | None = None,
) -> tuple[Plan, bool]:
    """What an import will do, and whether it is the first. Args: wanted: in normal form."""
    about = graph_node(connection, graph)
    current = empty_graph() if about is None else read_graph(connection, graph, progress)
    return plan(graph, schema, current, wanted, about), about is None


def _check_labels(current: pa.Table, changed: pa.Table) -> None:
    before = (
        dict(zip(current["id"].to_pylist(), current["type"].to_pylist(), strict=True)) if len(changed) else {}
    )
    for name, label in zip(changed["id"].to_pylist(), changed["type"].to_pylist(), strict=True):
        if before[name] != label:
            raise InputError(
                f"entity {name!r} of type {label!r}",
                wanted=f"{before[name]!r}, the type it has in the graph",
                hint="a node keeps its type: correct the data, or drop the graph and import again",
            )


def _relation_counts(current: pa.Table, added: pa.Table) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in (current, added):
        for entry in table["relation"].combine_chunks().value_counts():
            name = entry["values"].as_py()
            counts[name] = counts.get(name, 0) + entry["counts"].as_py()
    return counts


def _united_relations(current: pa.Table, wanted: pa.Table) -> list[dict[str, Any]]:
    rows = {row["name"]: row for row in current.to_pylist()}
    for row in wanted.to_pylist():
        rows[row["name"]] = rows.get(row["name"], {"description": ""}) | {k: v for k, v in row.items() if v}
        rows[row["name"]].setdefault("template", None)
    return [rows[name] for name in sorted(rows)]


def _declared(before: list[str] | None, table: pa.Table, required: pa.Schema) -> list[str]:
    """`name:type` of every property the graph has or gets, ordered by name."""
    columns = typed(before) | property_columns(table, required)
    return [f"{name}:{columns[name]}" for name in sorted(columns)]
