"""The Arrow tables that carry nodes, facts and relations between files, the store and the trainers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from graph_schema.schema import PropertyType

# One row an entity. Every further column is a property, null where an entity has none.
NODE_COLUMNS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),  # a node type of the domain, such as "Drug"
        pa.field("name", pa.string(), nullable=False),
        pa.field("aliases", pa.list_(pa.string()), nullable=False),
    ]
)

# One row a fact. (head, relation, tail) is its identity; every further column is a property.
FACT_COLUMNS = pa.schema(
    [
        pa.field("head", pa.string(), nullable=False),  # node ids
        pa.field("relation", pa.string(), nullable=False),  # what models learn: "INTERACTS_WITH", "ddi:47"
        pa.field("tail", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),  # the relationship type in the database
        pa.field("sources", pa.list_(pa.string()), nullable=False),
        pa.field(
            "imported_from", pa.list_(pa.string()), nullable=False
        ),  # names of the files, or of --source
        pa.field("split", pa.string(), nullable=True),  # "facts", "train", "valid", "test"; null: no split
    ]
)

# One row a relation: what `(:RelationType)` says about it.
RELATION_COLUMNS = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("description", pa.string(), nullable=False),
        pa.field("template", pa.string(), nullable=True),  # "{head} … {tail}"
    ]
)

PROPERTY_TYPES: dict[PropertyType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "strings": pa.list_(pa.string()),
}
"""The Arrow type of a property, by the name schemas give it."""

SPLITS = ("facts", "train", "valid", "test")
KNOWN_SPLITS = frozenset({"facts", "train"})


def property_columns(table: pa.Table, required: pa.Schema) -> dict[str, PropertyType]:
    """Type name by column name of the columns beyond the required ones, ordered by name."""
    names: dict[pa.DataType, PropertyType] = {arrow: name for name, arrow in PROPERTY_TYPES.items()}
    extra = sorted(set(table.column_names) - set(required.names))
    return {column: names[table.schema.field(column).type] for column in extra}


@dataclass(frozen=True, slots=True)
class GraphData:
    """A whole graph as tables: what an importer returns and a store takes.

    Every head and tail is an id of `nodes`; every fact's `relation` is a name of `relations`.
    """

    nodes: pa.Table
    facts: pa.Table
    relations: pa.Table
    notes: tuple[str, ...] = field(default=())
    """What a person should be told about the data: defects met, rows merged."""
