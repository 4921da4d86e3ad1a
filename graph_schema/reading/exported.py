"""Exported graphs: a folder of `graph.json` and JSON lines that holds one graph of any domain, whole.

`graph.json` is one object: `format`, the graph's name (`graph`), its whole `schema`, the types of the
properties of nodes and facts, and how many rows each table has. The tables have one JSON object a line and
may be gzipped (`facts.jsonl.gz`); a property that an entity or a fact lacks is left out.

* `nodes.jsonl`: `id`, `type`, `name`, `aliases`, properties
* `facts.jsonl`: `head`, `relation`, `tail`, `type`, `sources`, `imported_from`, `split` (or left out),
  properties
* `relations.jsonl`: `name`, `type`, `description`, `template` (or left out)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa
from pydantic import Field, ValidationError

from graph_schema.errors import InputError
from graph_schema.reading.files import InputFile, kind_of
from graph_schema.reading.report import RowReport
from graph_schema.reading.text import field_fault, normal, shown, text_fault
from graph_schema.schema import Frozen, GraphSchema, PropertyType
from graph_schema.tables import (
    FACT_COLUMNS,
    NODE_COLUMNS,
    PROPERTY_TYPES,
    RELATION_COLUMNS,
    SPLITS,
    GraphData,
)
from graph_schema.validation import end_fault

FORMAT = "kg-platform graph 1"
HEADER = "graph.json"
TABLES = ("nodes", "facts", "relations")

_NODE: dict[str, PropertyType] = {"id": "string", "type": "string", "name": "string", "aliases": "strings"}
_FACT: dict[str, PropertyType] = {
    **dict.fromkeys(("head", "relation", "tail", "type"), "string"),
    "sources": "strings",
}
_OPTIONAL: dict[str, PropertyType] = {"split": "string", "imported_from": "strings"}
_RELATION: dict[str, PropertyType] = dict.fromkeys(("name", "type", "description"), "string")
_TEMPLATE: dict[str, PropertyType] = {"template": "string"}
_JSON = {
    "string": "a string",
    "integer": "a whole number of 64 bits",
    "float": "a number",
    "boolean": "true or false",
    "strings": "an array of strings",
}
_NAMES = frozenset({"id", "name", "head", "relation", "tail"})
_LARGEST = 1.8e308
_Table = tuple[InputFile, list[int], list[dict[str, object]]]


class Counts(Frozen):
    """Rows of each table."""

    nodes: int
    facts: int
    relations: int


class ExportHeader(Frozen):
    """What `graph.json` says."""

    format: Literal["kg-platform graph 1"]
    graph: str
    counts: Counts
    node_properties: dict[str, PropertyType]
    fact_properties: dict[str, PropertyType]
    domain_schema: GraphSchema = Field(alias="schema")


def exported_folder(paths: Sequence[Path | str]) -> Path | None:
    """The folder among these paths that holds an exported graph, or None.

    Raises:
        InputError: there are other paths beside it, or a path leads nowhere.
    """
    for path in paths:
        kind_of(Path(path))
    folders = {path if path.is_dir() else path.parent: path for path in map(Path, paths) if _is_export(path)}
    if not folders:
        return None
    if len(paths) > 1:
        raise InputError(
            f"an exported graph and other paths: {len(paths) - 1}",
            wanted="an exported graph alone",
            file=next(iter(folders.values())),
            hint="Import them one after the other, with the same --as",
        )
    return next(iter(folders))


def read_export(folder: Path, rows: RowReport) -> tuple[ExportHeader, GraphData]:
    """The graph in a folder as it was exported.

    Raises:
        InputError: with file and line; a table is missing, cut, or its rows are not what `graph.json` says.
    """
    header = _header(folder)
    schema = header.domain_schema
    node_columns = _NODE | header.node_properties
    fact_columns = _FACT | _OPTIONAL | header.fact_properties
    relation_columns = _RELATION | _TEMPLATE
    counts = header.counts
    relations = _table(folder, "relations", rows, _RELATION, relation_columns, counts.relations)
    kinds_of = _keep_first(relations, "name", rows)
    nodes = _table(folder, "nodes", rows, _NODE, node_columns, counts.nodes)
    types_of = _keep_first(nodes, "id", rows)
    facts = _table(folder, "facts", rows, _FACT, fact_columns, counts.facts)
    _keep_sound_facts(facts, rows, schema, types_of, kinds_of)
    return header, GraphData(
        nodes=_arrow(nodes[2], NODE_COLUMNS, header.node_properties).sort_by("id"),
        facts=_arrow(facts[2], FACT_COLUMNS, header.fact_properties).sort_by(
            [(c, "ascending") for c in ("head", "relation", "tail")]
        ),
        relations=_arrow(relations[2], RELATION_COLUMNS, {}).sort_by("name"),
    )


def _is_export(path: Path) -> bool:
    if path.is_file():
        return InputFile(path).name == HEADER and _is_export(path.parent)
    header = _file(path, HEADER)
    if header is None:
        return False
    return FORMAT.rpartition(" ")[0] in "\n".join(header.head()) or all(
        _file(path, f"{name}.jsonl") for name in TABLES
    )


def _file(folder: Path, name: str) -> InputFile | None:
    return next((InputFile(p) for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)


def _header(folder: Path) -> ExportHeader:
    file = _file(folder, HEADER) or InputFile(folder / HEADER)
    try:
        return ExportHeader.model_validate_json(file.text())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{place + ': ' if place else ''}{first['msg']} in {shown(str(first['input']))}",
            wanted=f"an object of the format {FORMAT!r}",
            file=file.path,
            hint="Export the graph again",
        ) from None


def _table(
    folder: Path,
    name: str,
    rows: RowReport,
    required: Mapping[str, PropertyType],
    columns: Mapping[str, PropertyType],
    count: int,
) -> _Table:
    """The sound rows of a table and their lines."""
    file = _file(folder, f"{name}.jsonl") or InputFile(folder / f"{name}.jsonl")
    lines: list[int] = []
    kept: list[dict[str, object]] = []
    met = 0
    for number, line in enumerate(file.text().split("\n"), 1):
        if not line.strip():
            continue
        met += 1
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as fault:
            rows.reject(file.path, number, f"no JSON ({fault})", "one object a line")
            continue
        wrong = _row_fault(row, required, columns)
        if wrong is None:
            lines.append(number)
            kept.append(row)
        else:
            rows.reject(file.path, number, *wrong)
    if met != count:
        raise InputError(
            f"{met:,} rows",
            wanted=f"{count:,}, as {HEADER} says",
            file=file.path,
            hint=f"Export the graph again; if rows were added or taken out on purpose, correct {HEADER}",
        )
    return file, lines, kept


def _row_fault(
    row: object, required: Mapping[str, PropertyType], columns: Mapping[str, PropertyType]
) -> tuple[str, str] | None:
    """(found, wanted) of what is wrong with a row, or None: its texts are in form NFC then."""
    if not isinstance(row, dict):
        return shown(json.dumps(row, ensure_ascii=False)), "an object"
    for name in required:
        if name not in row:
            return f"an object without {name!r}", f"one with {', '.join(required)}"
    for name, value in row.items():
        kind = columns.get(name)
        if kind is None:
            return f"the key {name!r}", f"one of {', '.join(columns)}"
        if not _fits(value, kind):
            return f"{name} = {shown(json.dumps(value, ensure_ascii=False))}", _JSON[kind]
        fault = _text_fault(value, is_name=name in _NAMES)
        if fault is not None:
            return fault
        if isinstance(value, str | list):
            row[name] = normal(value) if isinstance(value, str) else [normal(v) for v in value]
        elif kind == "float":
            row[name] = float(value)
    return None


def _text_fault(value: object, *, is_name: bool) -> tuple[str, str] | None:
    """(found, wanted) of what is wrong with a text, or one of a list, or None."""
    check = field_fault if is_name else text_fault
    texts = value if isinstance(value, list) else [value]
    return next((f for t in texts if isinstance(t, str) and (f := check(t)) is not None), None)


def _fits(value: object, kind: PropertyType) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "strings":
        return isinstance(value, list) and all(isinstance(v, str) for v in value)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def _keep_first(table: _Table, key: str, rows: RowReport) -> dict[str, str]:
    """Type by identity; rejects what cannot be a name, or stands a second time."""
    file, lines, kept = table
    types: dict[str, str] = {}
    sound = []
    for line, row in zip(lines, kept, strict=True):
        name = str(row[key])
        fault = field_fault(name)
        if fault is None and name in types:
            fault = f"the {key} {shown(name)} again", f"each {key} once"
        if fault is None:
            types[name] = str(row["type"])
            sound.append(row)
        else:
            rows.reject(file.path, line, *fault)
    kept[:] = sound
    return types


def _keep_sound_facts(
    table: _Table,
    rows: RowReport,
    schema: GraphSchema,
    types_of: Mapping[str, str],
    kinds_of: Mapping[str, str],
) -> None:
    """Reject facts about what the other tables do not hold, of wrong ends, or standing a second time."""
    file, lines, kept = table
    declared = {kind: schema.relation_type(kind) for kind in set(kinds_of.values())}
    seen: set[tuple[str, str, str]] = set()
    sound = []
    for line, row in zip(lines, kept, strict=True):
        head, relation, tail = (str(row[role]) for role in ("head", "relation", "tail"))
        fault: tuple[str, str] | None = None
        if head not in types_of or tail not in types_of:
            end = "head" if head not in types_of else "tail"
            fault = f"the {end} {shown(str(row[end]))}", "an id of the nodes"
        elif kinds_of.get(relation) != row["type"]:
            wanted = "a relation and its type as in the table of relations"
            fault = f"the relation {shown(relation)} of type {shown(str(row['type']))}", wanted
        elif row.get("split", "train") not in SPLITS:
            fault = f"split {shown(str(row['split']))}", f"one of {', '.join(SPLITS)}, or none"
        elif (head, relation, tail) in seen:
            fault = f"the fact {(head, relation, tail)} again", "each fact once"
        elif (kind := declared[str(row["type"])]) is not None:
            fault = end_fault(kind, types_of[head], types_of[tail])
        if fault is None:
            seen.add((head, relation, tail))
            sound.append(row)
        else:
            rows.reject(file.path, line, *fault)
    kept[:] = sound


def _arrow(
    rows: Sequence[Mapping[str, object]], required: pa.Schema, properties: Mapping[str, PropertyType]
) -> pa.Table:
    fields = [*required, *(pa.field(name, PROPERTY_TYPES[kind]) for name, kind in sorted(properties.items()))]
    blank: Mapping[str, list[str]] = {f.name: [] for f in required if pa.types.is_list(f.type)}
    columns = [pa.array([row.get(f.name, blank.get(f.name)) for row in rows], f.type) for f in fields]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))
