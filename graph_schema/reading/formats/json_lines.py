"""Facts as JSON lines: an object, or an array of three, each."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph_schema.errors import InputError
from graph_schema.reading.files import InputFile
from graph_schema.reading.headers import ROLES, edge_columns, property_name
from graph_schema.reading.report import RowReport
from graph_schema.reading.rows import Value
from graph_schema.reading.text import field_fault, normal, shown, text_fault
from graph_schema.reading.triples import Triples, parted

SUFFIXES = frozenset({".jsonl", ".ndjson"})
EXAMPLE = (
    "facts.jsonl",
    '{"head": "Zoë", "relation": "knows", "tail": "Max", "year": 1999}\n["Max", "knows", "Lou"]\n'
    '{"h": "Lou", "r": "likes", "t": "Zoë", "source": "x"}\n',
)

_WANTED = "an object with head, relation and tail (or h, r and t), or an array of three, of strings"


@dataclass
class _Facts:
    lines: list[int] = field(default_factory=list)
    triples: list[tuple[str, str, str]] = field(default_factory=list)
    properties: dict[str, dict[int, Value]] = field(default_factory=dict)
    sources: list[list[str]] = field(default_factory=list)


def recognises(file: InputFile) -> bool:
    """See `Format`."""
    return file.suffix in SUFFIXES


def read(file: InputFile, rows: RowReport, _columns: Sequence[str] | None = None) -> Triples:
    """The facts of a file; keys beside head, relation and tail are properties, `sources` their sources.

    Raises:
        InputError: a line is no fact and must not be skipped, or none is.
    """
    facts = _Facts()
    for number, line in enumerate(file.text().split("\n"), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as fault:
            rows.reject(file.path, number, f"no JSON ({fault.msg}, column {fault.colno})", _WANTED)
        except (ValueError, RecursionError) as fault:
            what = "too deeply nested" if isinstance(fault, RecursionError) else "a number of too many digits"
            rows.reject(file.path, number, f"JSON that cannot be read ({what})", _WANTED)
        else:
            fault_found = _add(facts, number, line, item)
            if fault_found is not None:
                rows.reject(file.path, number, *fault_found)
    if not facts.lines:
        raise InputError("no sound row", wanted="at least one sound row", file=file.path)
    heads, relations, tails = zip(*facts.triples, strict=True)
    count = range(len(facts.lines))
    properties = {name: [values.get(i) for i in count] for name, values in facts.properties.items()}
    return Triples(file, facts.lines, heads, relations, tails, properties, facts.sources)


def _add(facts: _Facts, line: int, text: str, item: object) -> tuple[str, str] | None:
    """Take a fact in; (found, wanted) where it is none."""
    parts, others = _parts(item)
    if parts is None:
        return shown(text), _WANTED
    names = [normal(str(part).strip()) for part in parts]
    values: dict[str, Value] = {}
    for key, value in others.items():
        name = normal(key)
        while name in values:  # é in two forms
            name += "_"
        values[name] = _value(value)
    faults = (*map(field_fault, (*names, *values)), *map(_text_fault, values.values()))
    fault = next((f for f in faults if f is not None), None)
    if fault is not None:
        return fault
    place = len(facts.lines)
    facts.lines.append(line)
    facts.triples.append((names[0], names[1], names[2]))
    facts.sources.append([])
    for name, said in values.items():
        if name in ("source", "sources"):
            facts.sources[-1] += said if isinstance(said, list) else parted("" if said is None else str(said))
            continue
        own = property_name(name)
        while own != name and own in values:
            own += "_"
        facts.properties.setdefault(own, {})[place] = said
    return None


def _parts(item: object) -> tuple[list[str | int] | None, Mapping[str, object]]:
    """(head, relation and tail, or None; everything else by key)."""
    others: dict[str, object] = {}
    if isinstance(item, dict):
        shape = edge_columns([str(key).lower() for key in item])
        if shape is None:
            return None, {}
        of = {str(key).lower(): key for key in item}
        used = [of[column] for column in (shape.head, shape.relation, shape.tail)]
        others = {str(k): v for k, v in item.items() if k not in used}
        item = [item[key] for key in used]
    if not isinstance(item, list) or len(item) != len(ROLES):
        return None, {}
    if not all(isinstance(value, str | int) and not isinstance(value, bool) for value in item):
        return None, {}
    return item, others


def _value(value: object) -> Value:
    """A property as it is kept: what is no text, number, truth value or list of texts stays JSON."""
    if isinstance(value, str):
        return normal(value)
    if value is None or isinstance(value, bool) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return [normal(v) for v in value]
    return json.dumps(value, ensure_ascii=False)


def _text_fault(value: Value) -> tuple[str, str] | None:
    texts = value if isinstance(value, list) else [value]
    return next((f for t in texts if isinstance(t, str) and (f := text_fault(t)) is not None), None)
