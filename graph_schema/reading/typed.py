"""Fields of columns that say what they hold: numbers, truth values, lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from graph_schema.reading.files import InputFile
from graph_schema.reading.report import RowReport
from graph_schema.reading.rows import Value
from graph_schema.reading.text import shown
from graph_schema.schema import PropertyType

_TRUTH = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
WANTED = {"integer": "a whole number of 64 bits", "float": "a number", "boolean": "true or false"}


def typed_values(
    file: InputFile,
    rows: RowReport,
    lines: Sequence[int],
    column: str,
    values: Sequence[str],
    kind: PropertyType | None,
    bad: set[int],
) -> Sequence[Value]:
    """The fields of a column as what they are; blank ones None.

    Args:
        file, lines: Where each stands.
        rows: Decides on what does not fit.
        column: Its name, for messages.
        values: The fields.
        kind: What they hold; None: text.
        bad: Takes the places of fields that do not fit, where rows are skipped.
    """
    if kind in (None, "string"):
        return values
    if kind == "strings":
        return [[part for part in value.split(";") if part] or None for value in values]
    read = READ[kind]
    out: list[Value] = []
    for i, (line, value) in enumerate(zip(lines, values, strict=True)):
        try:
            out.append(read(value) if value else None)
        except (ValueError, KeyError):
            if i not in bad:
                rows.reject(file.path, line, f"{shown(value)} in column {column!r}", WANTED[kind])
            bad.add(i)
            out.append(None)
    return out


def _integer(value: str) -> int:
    if len(value) > 20 or "_" in value or not -(2**63) <= int(value) < 2**63:
        raise ValueError(value)
    return int(value)


def _finite(value: str) -> float:
    number = float(value)
    if "_" in value or not math.isfinite(number):
        raise ValueError(value)
    return number


def _truth(value: str) -> bool:
    return _TRUTH[value.lower()]


READ: dict[str, Callable[[str], Value]] = {"integer": _integer, "float": _finite, "boolean": _truth}
"""What a field of each type that is no text means. Raises: ValueError or KeyError."""
