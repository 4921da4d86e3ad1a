"""Collected rows as the Arrow tables of `graph_schema.tables`, sorted by identity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from graph_schema.reading.rows import FactRow, NodeRow, Relation
from graph_schema.schema import GraphSchema, PropertySpec
from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, PROPERTY_TYPES, RELATION_COLUMNS


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
        pa.array([r.sources for r in rows], pa.list_(pa.string())),
        pa.array([r.split for r in rows], pa.string()),
    ]
    specs = [spec for t in schema.relation_types for spec in t.properties]
    return _with_properties(FACT_COLUMNS, columns, [r.properties for r in rows], specs)


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
        kind = types.get(name, pa.string())
        columns.append(pa.array([row.get(name) for row in properties], kind))
        fields.append(pa.field(name, kind))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))
