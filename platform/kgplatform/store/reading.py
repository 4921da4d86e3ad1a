"""A graph out of the database as Arrow tables, in pages of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from graph_schema.errors import StoreError, UnknownName
from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, RELATION_COLUMNS, GraphData
from kgplatform.store.base import Progress
from kgplatform.store.connection import Connection
from kgplatform.store.names import quoted
from kgplatform.store.normal import FACT_IDENTITY, PROPERTY_TYPES

_NODE_PAGE = 10_000
_FACT_HEADS = 5_000
_NONE = "\x1fnone"
"""Stands for null in collected columns: `collect` leaves nulls out."""

_RELATIONS = """
MATCH (r:RelationType) WHERE r.graph = $graph
RETURN r.name AS name, r.type AS type, r.description AS description, r.template AS template
ORDER BY r.key
"""


def graph_node(connection: Connection, graph: str) -> dict[str, Any] | None:
    """Properties of the `(:Graph)` node, or None where nothing was ever imported under that name."""
    rows = connection.read(
        "MATCH (g:Graph {name: $graph}) WHERE g.version IS NOT NULL RETURN properties(g) AS p",
        {"graph": graph},
    )
    return rows[0]["p"] if rows else None


def graph_nodes(connection: Connection) -> list[dict[str, Any]]:
    """See `GraphStore.graphs`."""
    rows = connection.read(
        "MATCH (g:Graph) WHERE g.version IS NOT NULL RETURN properties(g) AS p ORDER BY g.name"
    )
    return [row["p"] for row in rows]


def read_graph(connection: Connection, graph: str, progress: Progress | None = None) -> GraphData:
    """See `GraphStore.get_graph`."""
    about = graph_node(connection, graph)
    if about is None:
        known = [g["name"] for g in graph_nodes(connection)]
        raise UnknownName("graph", graph, known, hint="import it with `kgp import`")
    pages: list[tuple[str, str]] = []
    nodes = _nodes(connection, graph, typed(about.get("node_properties")), about, pages, progress)
    facts = _facts(connection, typed(about.get("fact_properties")), about, pages, progress)
    relations = pa.Table.from_pylist(connection.read(_RELATIONS, {"graph": graph}), schema=RELATION_COLUMNS)
    return GraphData(
        nodes.sort_by("id").combine_chunks(),
        facts.sort_by([(c, "ascending") for c in FACT_IDENTITY]).combine_chunks(),
        relations.sort_by("name").combine_chunks(),
    )


def empty_graph() -> GraphData:
    """A graph with nothing in it."""
    return GraphData(NODE_COLUMNS.empty_table(), FACT_COLUMNS.empty_table(), RELATION_COLUMNS.empty_table())


def typed(declared: Sequence[str] | None) -> dict[str, str]:
    """Type name by property name, from the `name:type` strings a `(:Graph)` node keeps."""
    pairs = (entry.rpartition(":") for entry in declared or ())
    return {name: kind for name, _, kind in pairs}


def _nodes(
    connection: Connection,
    graph: str,
    properties: Mapping[str, str],
    about: Mapping[str, Any],
    pages: list[tuple[str, str]],
    progress: Progress | None,
) -> pa.Table:
    """All entities; appends the first and last key of each run of heads to `pages`."""
    statement = f"""
        MATCH (n:Entity) WHERE n.key > $after AND n.key < $end
        WITH n ORDER BY n.key LIMIT {_NODE_PAGE}
        RETURN collect(n.key) AS key, collect(n.id) AS id, collect(labels(n)) AS type,
               collect(n.name) AS name, collect(coalesce(n.aliases, [])) AS aliases{_extra("n", properties)}
    """
    tables = [_schema(NODE_COLUMNS, properties).empty_table()]
    after, end, done = f"{graph}/", f"{graph}0", 0  # "0" follows "/"
    while True:
        page = connection.columns(statement, {"after": after, "end": end, "none": _NONE})
        keys = page.pop("key")
        if not keys:
            break
        page["type"] = [_own_label(labels) for labels in page["type"]]
        tables.append(_table(page, NODE_COLUMNS, properties))
        for start in range(0, len(keys), _FACT_HEADS):
            pages.append((keys[start], keys[min(start + _FACT_HEADS, len(keys)) - 1]))
        after, done = keys[-1], done + len(keys)
        if progress is not None:
            progress("reading nodes", done, max(done, about.get("nodes") or 0))
        if len(keys) < _NODE_PAGE:
            break
    return pa.concat_tables(tables)


def _facts(
    connection: Connection,
    properties: Mapping[str, str],
    about: Mapping[str, Any],
    pages: Sequence[tuple[str, str]],
    progress: Progress | None,
) -> pa.Table:
    statement = f"""
        MATCH (a:Entity)-[f]->(b:Entity)
        WHERE a.key >= $first AND a.key <= $last AND type(f) <> 'PREDICTED'
        RETURN collect(a.id) AS head, collect(f.relation) AS relation, collect(b.id) AS tail,
               collect(type(f)) AS type, collect(coalesce(f.sources, [])) AS sources,
               collect(coalesce(f.split, $none)) AS split{_extra("f", properties)}
    """
    tables = [_schema(FACT_COLUMNS, properties).empty_table()]
    done = 0
    for first, last in pages:
        page = connection.columns(statement, {"first": first, "last": last, "none": _NONE})
        page["split"] = _with_nulls(page["split"])
        tables.append(_table(page, FACT_COLUMNS, properties))
        done += len(page["head"])
        if progress is not None:
            progress("reading facts", done, max(done, about.get("facts") or 0))
    return pa.concat_tables(tables)


def _extra(variable: str, properties: Mapping[str, str]) -> str:
    """Further columns of a RETURN: properties as p0, p1 and so on."""
    return "".join(
        f", collect(coalesce({variable}.{quoted(name)}, $none)) AS p{i}" for i, name in enumerate(properties)
    )


def _schema(required: pa.Schema, properties: Mapping[str, str]) -> pa.Schema:
    extra = [pa.field(name, PROPERTY_TYPES[kind]) for name, kind in properties.items()]
    return pa.schema([*(pa.field(f.name, f.type) for f in required), *extra])


def _table(page: dict[str, list[Any]], required: pa.Schema, properties: Mapping[str, str]) -> pa.Table:
    values = [page[f.name] for f in required]
    values += [_with_nulls(page[f"p{i}"]) for i in range(len(properties))]
    schema = _schema(required, properties)
    lengths = {len(column) for column in values}
    try:
        if len(lengths) > 1:
            raise pa.ArrowInvalid(f"columns of lengths {sorted(lengths)}: some have no id, name or relation")
        return pa.table([pa.array(v, f.type) for v, f in zip(values, schema, strict=True)], schema=schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise StoreError(
            f"the graph holds values that were not imported as they stand: {error}. Undo the change made in "
            "the database, or drop the graph and import it again"
        ) from None


def _with_nulls(column: list[Any]) -> list[Any]:
    return [None if value == _NONE else value for value in column]


def _own_label(labels: list[str]) -> str:
    return next((label for label in sorted(labels) if label != "Entity"), "Entity")
