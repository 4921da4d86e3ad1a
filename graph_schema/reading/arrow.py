"""Collected rows as the Arrow tables of `graph_schema.tables`, sorted by identity."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from graph_schema.reading.rows import FactRow, NodeRow, Relation
from graph_schema.schema import GraphSchema, PropertySpec
from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, PROPERTY_TYPES, RELATION_COLUMNS

_KINDS = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    list: pa.list_(pa.string()),
}


def node_table(schema: GraphSchema, nodes: Mapping[str, NodeRow]) -> pa.Table:
    """Nodes sorted by id; declared properties typed, others as text."""
    ids = sorted(nodes)
    rows = [nodes[i] for i in ids]
    columns = [
        pa.array(ids, pa.string()),
        pa.array([r.type for r in rows], pa.string()),
        pa.array([r.name for r in rows], pa.string()),
        pa.array([r.aliases for r in rows], pa.list_(pa.string())),
    ]
    specs = [spec for t in schema.node_types for spec in t.properties]
    return _with_properties(NODE_COLUMNS, columns, [r.properties for r in rows], specs)


def fact_table(schema: GraphSchema, facts: Mapping[tuple[str, str, str], FactRow]) -> pa.Table:
    """Facts sorted by (head, relation, tail); declared properties typed, others as text."""
    keys = sorted(facts)
    rows = [facts[k] for k in keys]
    columns = [
        pa.array([k[0] for k in keys], pa.string()),
        pa.array([k[1] for k in keys], pa.string()),
        pa.array([k[2] for k in keys], pa.string()),
        pa.array([r.type for r in rows], pa.string()),
        _lists([r.sources for r in rows]),
        _lists([r.imported_from for r in rows]),
        pa.array([r.split for r in rows], pa.string()),
    ]
    specs = [spec for t in schema.relation_types for spec in t.properties]
    return _with_properties(FACT_COLUMNS, columns, [r.properties for r in rows], specs)


def _lists(values: Sequence[tuple[str, ...]]) -> pa.Array:
    """(rows,) sorted lists; few differ, so that each is made once."""
    place = {value: i for i, value in enumerate(dict.fromkeys(values))}
    distinct = pa.array([sorted(value) for value in place], pa.list_(pa.string()))
    return distinct.take(pa.array(map(place.__getitem__, values), pa.int32()))


def relation_table(relations: Iterable[Relation]) -> pa.Table:
    """One row a relation, in the given order."""
    rows = [
        {"name": r.name, "type": r.type, "description": r.description, "template": r.template}
        for r in relations
    ]
    return pa.Table.from_pylist(rows, schema=RELATION_COLUMNS)


def _with_properties(
    schema: pa.Schema,
    columns: list[pa.Array],
    properties: Sequence[Mapping[str, object]],
    specs: Iterable[PropertySpec],
) -> pa.Table:
    types = {spec.name: PROPERTY_TYPES[spec.type] for spec in specs}
    fields = list(schema)
    for name in sorted({name for row in properties for name in row}):
        values: list[object] = [row.get(name) for row in properties]
        kind = types.get(name) or _kind(values)
        if kind == pa.string():
            values = list(map(_text, values))
        elif kind == pa.float64():
            values = [None if v is None else float(str(v)) for v in values]
        columns.append(pa.array(values, kind))
        fields.append(pa.field(name, kind))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _kind(values: Sequence[object]) -> pa.DataType:
    """The type that holds all of these values: text where they are of several kinds."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return pa.float64()
    return _KINDS[kinds.pop()] if len(kinds) == 1 else pa.string()


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return " | ".join(value) if isinstance(value, list) else json.dumps(value)
