"""Tables of nodes: names and properties of the entities that facts are about."""

from __future__ import annotations

from collections.abc import Sequence

from graph_schema.reading.builder import GraphBuilder
from graph_schema.reading.delimited import read_rows
from graph_schema.reading.files import InputFile
from graph_schema.reading.headers import NodeColumns, node_columns
from graph_schema.reading.report import RowReport
from graph_schema.reading.rows import Value
from graph_schema.reading.text import shown
from graph_schema.reading.triples import first_fields
from graph_schema.reading.typed import typed_values

_NAME_TABLES = ("names", "entity_names", "labels")


def is_node_table(file: InputFile) -> bool:
    """Whether a table is one of nodes, by its name or its header."""
    return file.stem in _NAME_TABLES or node_columns(first_fields(file)) is not None


def read_nodes(file: InputFile, rows: RowReport, builder: GraphBuilder, node_type: str) -> None:
    """Declare the nodes of a table.

    The first column that is called id, mid, offset, entity or key holds ids; name or label the name, lemmas
    several names parted by commas; category, type, kind or `:LABEL` its kind: the node type where the schema
    has one of that name, and a property `category` else. Without such a header the first two columns
    are id and name. Of files called names, entity_names or labels, rows about entities that no fact names are
    left out.

    Args:
        file: The table.
        rows: Decides on bad rows.
        builder: Takes the nodes; facts were read before.
        node_type: Of those whose table does not say it.
    """
    names = first_fields(file)
    columns = node_columns(names)
    if columns is None:
        found = read_rows(file, rows, width=2)
        columns, header = NodeColumns("id", "name"), ("id", "name")
        table: dict[str, Sequence[str]] = dict(zip(header, found.columns, strict=True))
    else:
        found = read_rows(file, rows, header=list(names), blank=[n for n in names if n != columns.id])
        table = {name: found.column(name) for name in names}
    used = builder.entities() if file.stem in _NAME_TABLES else None
    ids = table[columns.id]
    blank = [""] * len(ids)
    labels = table[columns.name] if columns.name else blank
    kinds = table[columns.kind] if columns.kind else blank
    also = table[columns.aliases] if columns.aliases else blank
    bad: set[int] = set()
    typed = {
        p.name: typed_values(file, rows, found.lines, column, table[column], p.type, bad)
        for column, p in columns.properties.items()
    }
    for i, id_ in enumerate(ids):
        if i in bad or (used is not None and id_ not in used):
            continue
        called = labels[i].split(", ") if columns.name == "lemmas" else [labels[i]]
        properties: dict[str, Value] = {name: values[i] for name, values in typed.items()}
        type_ = _type(builder, kinds[i], node_type)
        if type_ is None:
            known = ", ".join(t.name for t in builder.schema.node_types)
            rows.reject(file.path, found.lines[i], f"the node type {shown(kinds[i])}", f"one of {known}")
            continue
        if kinds[i] and type_ != kinds[i]:
            properties["category"] = kinds[i]
        builder.node(
            id_,
            type_,
            called[0] or id_,
            file=file.path,
            line=found.lines[i],
            aliases=[*called[1:], *(a.strip() for a in also[i].split("|"))],
            properties=properties,
        )
    if used is not None and used.difference(ids):
        unnamed = len(used.difference(ids))
        rows.note(f"entities without a name in {file.path.name}, which go by their id: {unnamed:,}")


def _type(builder: GraphBuilder, kind: str, node_type: str) -> str | None:
    """The node type that a kind is; the usual one where the schema is open; None: there is none."""
    if not kind or builder.schema.open:
        return node_type
    return next((k for k in kind.split(";") if builder.schema.node_type(k) is not None), None)
