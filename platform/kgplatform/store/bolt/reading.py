"""A graph out of the database as Arrow tables, in pages of columns."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions at import time)

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice, pairwise
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.errors import StoreError, UnknownName
from graph_schema.progress import Progress
from graph_schema.reserved import own_label
from graph_schema.schema import PropertyType
from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, PROPERTY_TYPES, RELATION_COLUMNS, GraphData
from kgplatform.store.bolt.connection import Connection
from kgplatform.store.bolt.graph_nodes import graph_node, graph_nodes
from kgplatform.store.bolt.names import quoted
from kgplatform.store.bolt.normal import FACT_IDENTITY

_KEYS = ("id", "head", "tail")
_READERS = 2  # pages asked for at a time: the server reads one while another is taken apart
_NODE_PAGE = 10_000
_FACT_HEADS = 5_000
_SHARED = ("relation", "type", "sources", "imported_from", "split")
_NONE = "\x1fnone"
"""Stands for null in collected columns: `collect` leaves nulls out."""

_RELATIONS = """
MATCH (r:RelationType) WHERE r.graph = $graph
RETURN r.name AS name, r.type AS type, r.description AS description, r.template AS template
ORDER BY r.key
"""


def read_graph(connection: Connection, graph: str, progress: Progress | None = None) -> GraphData:
    """See `GraphStore.get_graph`."""
    about = graph_node(connection, graph)
    if about is None:
        known = [g["name"] for g in graph_nodes(connection)]
        raise UnknownName("graph", graph, known, hint="import it with `kgp import`")
    after = f"{graph}/"
    keys = _keys(connection, after)
    nodes = _nodes(connection, after, keys, typed(about.get("node_properties")), progress)
    facts = _facts(connection, after, keys, typed(about.get("fact_properties")), about, progress)
    relations = pa.Table.from_pylist(connection.read(_RELATIONS, {"graph": graph}), schema=RELATION_COLUMNS)
    return GraphData(
        joined(nodes, ["id"]),
        joined(facts, FACT_IDENTITY),
        relations.sort_by("name").combine_chunks(),
    )


def empty_graph() -> GraphData:
    """A graph with nothing in it."""
    return GraphData(NODE_COLUMNS.empty_table(), FACT_COLUMNS.empty_table(), RELATION_COLUMNS.empty_table())


def typed(declared: Sequence[str] | None) -> dict[str, PropertyType]:
    """Type name by property name, from the `name:type` strings a `(:Graph)` node keeps."""
    pairs = (entry.rpartition(":") for entry in declared or ())
    return {name: cast(PropertyType, kind) for name, _, kind in pairs}


def _keys(connection: Connection, after: str) -> list[str]:
    """Keys of all entities, in order. Sorted here: ArcadeDB sorts all that is left for each ordered page."""
    statement = "MATCH (n:Entity) WHERE n.key > $after AND n.key < $end RETURN collect(n.key) AS key"
    return sorted(connection.columns(statement, {"after": after, "end": f"{after[:-1]}0"})["key"])


def _nodes(
    connection: Connection,
    after: str,
    keys: Sequence[str],
    properties: Mapping[str, PropertyType],
    progress: Progress | None,
) -> pa.Table:
    """All entities. Labels are said once a page, and no list where there is no alias."""
    statement = f"""
        MATCH (n:Entity) WHERE n.key >= $first AND n.key <= $last
        WITH labels(n) AS labels, collect(n.key) AS id, collect(n.name) AS name,
             collect(CASE WHEN size(n.aliases) > 0 THEN n.aliases ELSE 0 END) AS aliases
             {_extra("n", properties)}
        RETURN collect(labels) AS labels, collect(id) AS id, collect(name) AS name,
               collect(aliases) AS aliases{_again(properties)}
    """
    tables = [_schema(NODE_COLUMNS, properties).empty_table()]
    done = 0
    for page in _pages(connection, statement, keys, _NODE_PAGE):
        shared = {"type": list(map(own_label, page.pop("labels")))}
        page["aliases"] = [[a or [] for a in group] for group in page["aliases"]]
        tables.append(_table(page, shared, NODE_COLUMNS, properties, after).sort_by("id"))
        done += len(tables[-1])
        if progress is not None:
            progress("reading nodes", done, len(keys))
    return pa.concat_tables(tables)


def _facts(
    connection: Connection,
    after: str,
    keys: Sequence[str],
    properties: Mapping[str, PropertyType],
    about: Mapping[str, Any],
    progress: Progress | None,
) -> pa.Table:
    """All facts. What many of a page have in common, such as relation and sources, is said once."""
    statement = f"""
        MATCH (a:Entity)-[f]->(b:Entity)
        WHERE a.key >= $first AND a.key <= $last AND type(f) <> 'PREDICTED'
        WITH f.relation AS relation, type(f) AS type, f.sources AS sources, f.imported_from AS imported_from,
             f.split AS split,
             collect(a.key) AS head, collect(b.key) AS tail{_extra("f", properties)}
        RETURN collect([relation, type, coalesce(sources, []), coalesce(imported_from, []), split]) AS common,
               collect(head) AS head, collect(tail) AS tail{_again(properties)}
    """
    tables = [_schema(FACT_COLUMNS, properties).empty_table()]
    done = 0
    for page in _pages(connection, statement, keys, _FACT_HEADS):
        common = page.pop("common")
        shared = {name: [values[i] for values in common] for i, name in enumerate(_SHARED)}
        table = _table(page, shared, FACT_COLUMNS, properties, after)
        tables.append(table.sort_by([(c, "ascending") for c in FACT_IDENTITY]))
        done += len(table)
        if progress is not None:
            progress("reading facts", done, max(done, about.get("facts") or 0))
    return pa.concat_tables(tables)


def _pages(
    connection: Connection, statement: str, keys: Sequence[str], size: int
) -> Iterator[dict[str, list[Any]]]:
    """Columns of the statement for each run of `size` keys, in order; some are asked for at a time."""

    def asked(start: int) -> dict[str, list[Any]]:
        ends = {"first": keys[start], "last": keys[min(start + size, len(keys)) - 1]}
        return connection.columns(statement, ends | {"none": _NONE})

    starts = iter(range(0, len(keys), size))
    readers = ThreadPoolExecutor(_READERS)
    try:
        coming = deque(readers.submit(asked, start) for start in islice(starts, _READERS + 1))
        while coming:
            page = coming.popleft().result()
            coming.extend(readers.submit(asked, start) for start in islice(starts, 1))
            yield page
    finally:
        readers.shutdown(wait=True, cancel_futures=True)


def _extra(variable: str, properties: Mapping[str, PropertyType]) -> str:
    """Further columns of a RETURN: properties as p0, p1 and so on."""
    return "".join(
        f", collect(coalesce({variable}.{quoted(name)}, $none)) AS p{i}" for i, name in enumerate(properties)
    )


def _again(properties: Mapping[str, PropertyType]) -> str:
    """The same columns, gathered over the groups of a page."""
    return "".join(f", collect(p{i}) AS p{i}" for i in range(len(properties)))


def _schema(required: pa.Schema, properties: Mapping[str, PropertyType]) -> pa.Schema:
    extra = [pa.field(name, PROPERTY_TYPES[kind]) for name, kind in properties.items()]
    return pa.schema([*(pa.field(f.name, f.type) for f in required), *extra])


def _table(
    page: Mapping[str, Sequence[list[Any]]],
    shared: Mapping[str, Sequence[Any]],
    required: pa.Schema,
    properties: Mapping[str, PropertyType],
    prefix: str,
) -> pa.Table:
    """Columns of a page as a table.

    Args:
        page: Columns of their own, a list for each group of rows; those of keys lose the graph's name and are
            ids.
        shared: Columns of which all rows of a group have one value, a value for each group.
        required: The columns but properties.
        properties: Type by name; their columns are called p0, p1 and so on.
        prefix: What keys of the graph begin with, its name and a slash.

    Raises:
        StoreError: somebody changed in the database what is not to be changed.
    """
    lengths = [list(map(len, groups)) for groups in page.values()]
    columns = []
    try:
        if any(other != lengths[0] for other in lengths) or None in (
            *shared.get("relation", ()),
            *shared["type"],
        ):
            raise pa.ArrowInvalid("columns of several lengths: some have no id, name or relation")
        group = pa.array(np.repeat(np.arange(len(lengths[0])), np.array(lengths[0], dtype=np.int64)))
        for field in required:
            if field.name in shared:
                column = pa.array(shared[field.name], field.type).take(group)
            else:
                column = pa.array(_flat(page[field.name]), field.type)
            if field.name in _KEYS:
                if pc.all(pc.starts_with(column, prefix)).as_py() is False:
                    raise pa.ArrowInvalid("facts that lead into another graph")
                column = pc.utf8_slice_codeunits(column, len(prefix))
            columns.append(column)
        for i, kind in enumerate(properties.values()):
            columns.append(pa.array(_with_nulls(_flat(page[f"p{i}"])), PROPERTY_TYPES[kind]))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise StoreError(
            f"the graph holds values that were not imported as they stand: {error}. Undo the change made in "
            "the database, or drop the graph and import it again"
        ) from None
    return pa.table(columns, schema=_schema(required, properties))


def joined(table: pa.Table, by: Sequence[str]) -> pa.Table:
    """The table sorted, as one chunk. Args: table: sorted pages, in an order that may not be ours."""
    ends = [(chunk[0].as_py(), chunk[-1].as_py()) for chunk in table[by[0]].chunks if len(chunk)]
    if all(last < first for (_, last), (first, _) in pairwise(ends)):
        return table.combine_chunks()
    return table.sort_by([(column, "ascending") for column in by]).combine_chunks()


def _flat(groups: Sequence[list[Any]]) -> list[Any]:
    return list(chain.from_iterable(groups))


def _with_nulls(column: list[Any]) -> list[Any]:
    return [None if value == _NONE else value for value in column]
