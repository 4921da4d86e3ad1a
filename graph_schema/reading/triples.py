"""Facts as three columns, in the order a header, a person, or custom gives them; or as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph_schema.errors import InputError
from graph_schema.reading.delimited import read_rows
from graph_schema.reading.files import InputFile
from graph_schema.reading.report import RowReport
from graph_schema.reading.text import field_fault, shown

ROLES = ("head", "relation", "tail")
_ROLE_OF = {
    **dict.fromkeys(("head", "subject", "source", "from", "h", "subj", "start", "head_id"), "head"),
    **dict.fromkeys(
        ("relation", "predicate", "edge", "rel", "r", "p", "pred", "property", "type"), "relation"
    ),
    **dict.fromkeys(("tail", "object", "target", "to", "t", "obj", "end", "tail_id"), "tail"),
}
_JSON_KEYS = "an object with head, relation and tail (or h, r and t), or an array of three"
JSON_LINES = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class Triples:
    """Equally long columns; `lines[i]` is the line of fact i, `properties` further columns by name."""

    file: InputFile
    lines: Sequence[int]
    heads: Sequence[str]
    relations: Sequence[str]
    tails: Sequence[str]
    properties: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sources: Sequence[Sequence[str]] | None = None
    """Names of sources of each fact, from a column `sources` or `source`, parted by |."""


def read_triples(file: InputFile, rows: RowReport, columns: Sequence[str] | None = None) -> Triples:
    """The facts of a file.

    Args:
        file: Delimited text, or JSON lines by its ending.
        rows: Decides on bad rows.
        columns: Order of head, relation and tail; None: by the header, else in this order.

    Raises:
        InputError: as `read_rows`; or the columns do not look like head, relation, tail.
    """
    if file.suffix in JSON_LINES:
        return _read_json_lines(file, rows)
    names = first_fields(file)
    roles = header_roles(names)
    if roles is not None:
        found = read_rows(file, rows, header=list(names), blank=[n for n in names if n not in roles])
        by_role = dict(zip(roles.values(), roles, strict=True))
        if columns is not None and len(names) == 3:
            by_role = dict(zip(columns, names, strict=True))
        head, relation, tail = (found.column(by_role[role]) for role in ROLES)
        extra = {n: found.column(n) for n in names if n not in by_role.values()}
        cells = extra.pop("sources", extra.pop("source", None))
        sources = [[s.strip() for s in cell.split("|") if s.strip()] for cell in cells] if cells else None
        return Triples(file, found.lines, head, relation, tail, extra, sources)
    if columns is None:
        _refuse_half_header(file, names)
    found = read_rows(file, rows, width=3)
    order = list(columns or ROLES)
    head, relation, tail = (found.columns[order.index(role)] for role in ROLES)
    if columns is None:
        _refuse_swapped(file, found.columns)
    return Triples(file, found.lines, head, relation, tail)


def glimpse(file: InputFile, columns: Sequence[str] | None = None) -> set[str]:
    """Names of relations in the first 2,000 lines, without complaint; none where columns are not three."""
    names = first_fields(file)
    roles = header_roles(names)
    order = [roles.get(n, "") for n in names] if roles else list(columns or ROLES)
    lines = [line for line in file.head(2000) if line.strip() and not line.startswith("#")]
    delimiter = next((d for d in ("\t", ",", ";", "|") if lines and lines[0].count(d) >= 2), "\t")
    fields = [line.split(delimiter) for line in lines]
    if roles and fields and header_roles([f.strip().lower() for f in fields[0]]):
        fields = fields[1:]
    if any(len(f) != len(order) for f in fields):
        return set()
    return {f[order.index("relation")].strip() for f in fields}


def first_fields(file: InputFile) -> tuple[str, ...]:
    """Fields of the first line in lower case, comments at the top passed over; () where there is none."""
    for line in file.head():
        bare = line.lstrip("# ")
        if line.strip() and (not line.startswith("#") or header_roles(_fields(bare)) is not None):
            return _fields(bare if line.startswith("#") else line)
    return ()


def header_roles(names: Sequence[str]) -> dict[str, str] | None:
    """Role ("head", "relation", "tail") by column name, or None where these are not the names of a header."""
    roles = {name: _ROLE_OF[name] for name in names if name in _ROLE_OF}
    exact = {name: name for name in names if name in ROLES}
    roles = exact if len(exact) == 3 else roles
    return roles if len(roles) == 3 and sorted(roles.values()) == list(ROLES) else None


def _fields(line: str) -> tuple[str, ...]:
    delimiter = next((d for d in ("\t", ",", ";", "|") if line.count(d) >= 2), "\t")
    return tuple(f.strip().strip('"').lower() for f in line.split(delimiter))


def _refuse_half_header(file: InputFile, names: tuple[str, ...]) -> None:
    known = [name for name in names if name in _ROLE_OF]
    if len(known) == 2 and len({_ROLE_OF[name] for name in known}) == 2:
        raise InputError(
            f"the header {', '.join(map(shown, names[:8]))}",
            wanted="columns named head, relation and tail, or rows without a header",
            file=file.path,
            line=1,
            hint="Rename the columns; if this is a fact, give --columns head,relation,tail",
        )


def _refuse_swapped(file: InputFile, columns: Sequence[Sequence[str]]) -> None:
    """Refuse columns whose second is plainly no relation: it shares entities with one, the third none."""
    values = [set(column) for column in columns]
    for other, entity in ((2, 0), (0, 2)):
        shared = len(values[1] & values[entity])
        apart = not values[other] & (values[1] | values[entity])
        if apart and shared * 5 > len(values[1]) and len(values[other]) * 2 < len(values[1]):
            order = "head,tail,relation" if other == 2 else "relation,head,tail"
            raise InputError(
                f"relations in column {other + 1} ({len(values[other])} names, such as "
                f"{shown(min(values[other]))}) and entities in column 2",
                wanted="head, relation, tail in this order",
                file=file.path,
                hint=f"Say --columns {order}, or --columns head,relation,tail if it is right as it is",
            )


def _read_json_lines(file: InputFile, rows: RowReport) -> Triples:
    lines: list[int] = []
    facts: list[tuple[str, str, str]] = []
    for number, line in enumerate(file.text().split("\n"), 1):
        if not line.strip():
            continue
        try:
            fact = _json_fact(json.loads(line))
        except json.JSONDecodeError as fault:
            rows.reject(file.path, number, f"no JSON ({fault.msg}, column {fault.colno})", _JSON_KEYS)
            continue
        if fact is None:
            rows.reject(file.path, number, shown(line), _JSON_KEYS + ", of strings")
            continue
        broken = next((f for f in map(field_fault, fact) if f is not None), None)
        if broken is not None:
            rows.reject(file.path, number, *broken)
            continue
        lines.append(number)
        facts.append(fact)
    if not facts:
        raise InputError("no sound row", wanted="at least one sound row", file=file.path)
    heads, relations, tails = zip(*facts, strict=True)
    return Triples(file, lines, heads, relations, tails)


def _json_fact(item: object) -> tuple[str, str, str] | None:
    if isinstance(item, dict):
        roles = header_roles([str(key).lower() for key in item])
        if roles is None:
            return None
        by_role = {roles[str(key).lower()]: value for key, value in item.items() if str(key).lower() in roles}
        item = [by_role[role] for role in ROLES]
    if not isinstance(item, list) or len(item) != 3:
        return None
    if not all(isinstance(value, str | int) and not isinstance(value, bool) for value in item):
        return None
    head, relation, tail = (str(value).strip() for value in item)
    return head, relation, tail
