"""Tables brought into the one form that is compared and written: known types, no doubles, ordered rows."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow.compute makes its functions when it is imported, where a type checker cannot see them)

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.errors import InputError
from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, PROPERTY_TYPES, RELATION_COLUMNS, GraphData

NODE_IDENTITY = ("id",)
FACT_IDENTITY = ("head", "relation", "tail", "type")
RELATION_IDENTITY = ("name",)

_RESERVED_NODE = frozenset({"key", "graph"})
_RESERVED_FACT = frozenset({"id", "name", "key", "graph"})
_SEPARATOR = "\x1f"


def normal_data(data: GraphData) -> GraphData:
    """The same graph in normal form.

    Raises:
        InputError: a column is missing or of a type no server stores, an identity appears twice, a fact ends
            at an id that is no node, or has a relation that is not listed.
    """
    nodes = _normal("nodes", data.nodes, NODE_COLUMNS, NODE_IDENTITY, _RESERVED_NODE)
    facts = _normal("facts", data.facts, FACT_COLUMNS, FACT_IDENTITY, _RESERVED_FACT)
    relations = _normal("relations", data.relations, RELATION_COLUMNS, RELATION_IDENTITY, frozenset())
    _check_ends(nodes, facts, relations)
    return GraphData(nodes, facts, relations.select(RELATION_COLUMNS.names), data.notes)


def identity(table: pa.Table, columns: Sequence[str]) -> pa.ChunkedArray:
    """(rows,) one string a row that tells it from all others."""
    if len(columns) == 1:
        return table[columns[0]]
    return pc.binary_join_element_wise(*(table[c] for c in columns), _SEPARATOR)


def _normal(
    what: str, table: pa.Table, required: pa.Schema, key: Sequence[str], reserved: frozenset[str]
) -> pa.Table:
    for field in required:
        if pa.types.is_list(field.type) and field.name not in table.column_names:
            table = table.append_column(field, pa.array([[]] * len(table), field.type))
    missing = [f.name for f in required if f.name not in table.column_names]
    if missing:
        raise InputError(f"{what} without columns {missing}", wanted=f"columns {required.names}")
    clash = sorted(reserved & set(table.column_names))
    if clash:
        raise InputError(
            f"{what} with a property {clash[0]!r}", wanted=f"names other than {sorted(reserved)}"
        )
    columns: dict[str, pa.ChunkedArray] = {}
    for field in required:
        column = _cast(what, field.name, table[field.name], field.type)
        if not field.nullable and column.null_count:
            row = pc.index(pc.is_null(column), True).as_py()
            raise InputError(f"{what} with no {field.name} in row {row}", wanted="a value in every row")
        columns[field.name] = column
    for name in sorted(set(table.column_names) - set(required.names)):
        column = _property(what, name, table[name])
        if column.null_count < len(column):
            columns[name] = column
    result = pa.table(columns)
    _check_unique(what, result, key)
    return result.sort_by([(c, "ascending") for c in key]).combine_chunks()


def _cast(what: str, name: str, column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if column.type == wanted:
        return column
    try:
        return column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        found = f"{what} column {name!r} of type {column.type}"
        raise InputError(found, wanted=f"{wanted} ({error})") from None


def _property(what: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _property(what, name, column.cast(kind.value_type))
    if pa.types.is_null(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _cast(what, name, column, pa.string())
    if pa.types.is_integer(kind):
        return _cast(what, name, column, pa.int64())
    if pa.types.is_floating(kind):
        column = _cast(what, name, column, pa.float64())
        return pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    if pa.types.is_boolean(kind):
        return column
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _cast(what, name, column, pa.list_(pa.string()))
    raise InputError(f"{what} property {name!r} of type {kind}", wanted=f"one of {', '.join(PROPERTY_TYPES)}")


def _check_unique(what: str, table: pa.Table, key: Sequence[str]) -> None:
    for name in key:
        if pc.any(pc.match_substring(table[name], _SEPARATOR)).as_py():
            raise InputError(f"{what} with U+001F in {name}", wanted="names without that control character")
    counts = pc.value_counts(identity(table, key))
    if len(counts) == len(table):
        return
    twice = pc.filter(counts.field("values"), pc.greater(counts.field("counts"), 1))[0].as_py()
    raise InputError(
        f"{what} with ({', '.join(twice.split(_SEPARATOR))}) twice",
        wanted=f"one row for each ({', '.join(key)})",
        hint="merge the rows first",
    )


def _check_ends(nodes: pa.Table, facts: pa.Table, relations: pa.Table) -> None:
    for column, known, where in (
        ("head", nodes["id"], "nodes"),
        ("tail", nodes["id"], "nodes"),
        ("relation", relations["name"], "relations"),
    ):
        ok = pc.is_in(facts[column], value_set=known.combine_chunks())
        if not pc.all(ok, min_count=0).as_py():
            name = facts[column][pc.index(ok, False).as_py()].as_py()
            raise InputError(f"a fact with {column} {name!r}", wanted=f"a name listed in the {where}")
