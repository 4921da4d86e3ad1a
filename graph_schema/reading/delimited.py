"""Rows of tab- or comma-separated text, with the line each one stood on."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from graph_schema.errors import InputError
from graph_schema.reading.files import InputFile
from graph_schema.reading.report import RowReport
from graph_schema.reading.text import CONTROL_IN_TEXT, LONGEST_NAME, field_fault, shown

_DELIMITERS = ("\t", ",", ";", "|")
_NAMES = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Equally long columns of stripped text; `lines[i]` is the 1-based line on which row i starts."""

    file: InputFile
    header: tuple[str, ...] | None
    lines: Sequence[int]
    columns: tuple[Sequence[str], ...]

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> Sequence[str]:
        """The column of that header name, or blanks where the file has none."""
        if self.header is not None and name in self.header:
            return self.columns[self.header.index(name)]
        return [""] * len(self.lines)


def read_rows(
    file: InputFile,
    rows: RowReport,
    *,
    header: Sequence[str] | None = None,
    width: int | None = None,
    blank: Collection[str] = (),
) -> Rows:
    """Rows of a delimited file, checked.

    Args:
        file: Tab-separated, or comma-, semicolon- or bar-separated with quotes as in RFC 4180.
        rows: Decides on bad rows.
        header: Names that the first line must hold, in any order and among others; None: no header, and
            lines at the top that start with # are comments.
        width: Number of columns wanted; None: as many as the first line has.
        blank: Names of columns whose fields may be blank.

    Raises:
        InputError: the file cannot be read, its header is wrong, or a row is bad and must not be skipped.
    """
    text = file.text()
    delimiter = _delimiter(file, text, width or (len(header) if header else None))
    lines, records = _records(file, text, delimiter)
    if not records:
        raise InputError("no row", wanted="at least one row", file=file.path)
    names: tuple[str, ...] | None = None
    if header is not None:
        names = tuple(field.strip().lstrip("#").strip().lower() for field in records[0])
        _check_header(file, lines[0], names, header)
        if len(records) == 1:
            raise InputError("a header and no row", wanted="at least one row", file=file.path, line=lines[0])
        lines, records = lines[1:], records[1:]
        width = len(names)
    elif records[0][0].lstrip().startswith("#"):
        lines, records = _after_comments(file, lines, records)
    width = width or len(records[0])
    may_be_blank = {i for i, name in enumerate(names or ()) if name in blank}
    if not _all_well(text, records, width, may_be_blank, delimiter):
        lines, records = _sound_rows(file, rows, lines, records, width, may_be_blank, delimiter)
        if not records:
            raise InputError("no sound row", wanted="at least one sound row", file=file.path)
    columns = tuple([field.strip() for field in column] for column in zip(*records, strict=True))
    return Rows(file, names, lines, columns)


def _delimiter(file: InputFile, text: str, width: int | None) -> str:
    first = text[: text.find("\n")] if "\n" in text else text
    order = _DELIMITERS if file.suffix != ".csv" else (",", ";", "\t", "|")
    for candidate in order:
        if first.count(candidate) >= (width or 3) - 1 and candidate in first:
            return candidate
    return order[0]


def _records(file: InputFile, text: str, delimiter: str) -> tuple[Sequence[int], list[list[str]]]:
    """Line numbers and fields of all records that are not blank and no comment at the top."""
    if delimiter == "\t":
        plain = text.split("\n")
        while plain and not plain[-1].strip():
            plain.pop()
        if all(plain):
            return range(1, len(plain) + 1), [line.split("\t") for line in plain]
        kept = [(i, line) for i, line in enumerate(plain, 1) if line.strip()]
        return [i for i, _ in kept], [line.split("\t") for _, line in kept]
    lines: list[int] = []
    records: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for record in reader:
            if any(field.strip() for field in record):
                lines.append(start)
                records.append(record)
            start = reader.line_num + 1
    except csv.Error as fault:
        unclosed = "unexpected end" in str(fault)
        raise InputError(
            "a quote that is never closed" if unclosed else f"a broken record ({fault})",
            wanted=f'fields parted by {_NAMES[delimiter]}, a quote in a quoted field doubled ("")',
            file=file.path,
            line=start,
        ) from None
    return lines, records


def _after_comments(
    file: InputFile, lines: Sequence[int], records: list[list[str]]
) -> tuple[Sequence[int], list[list[str]]]:
    first = next((i for i, r in enumerate(records) if not r[0].lstrip().startswith("#")), None)
    if first is None:
        raise InputError("nothing but comments", wanted="at least one row", file=file.path, line=lines[-1])
    return lines[first:], records[first:]


def _check_header(file: InputFile, line: int, names: tuple[str, ...], wanted: Sequence[str]) -> None:
    missing = [w for w in wanted if w not in names]
    if missing:
        raise InputError(
            f"the header {', '.join(map(shown, names[:8]))}, without {', '.join(missing)}",
            wanted=f"a header with {', '.join(wanted)}",
            file=file.path,
            line=line,
        )
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InputError(
            f"a header that names {', '.join(twice)} twice",
            wanted="each column named once",
            file=file.path,
            line=line,
        )


def _all_well(
    text: str, records: list[list[str]], width: int, blank: Collection[int], delimiter: str
) -> bool:
    """Whether every row is sound, by tests over whole columns."""
    if set(map(len, records)) != {width}:
        return False
    if CONTROL_IN_TEXT.search(text) or (delimiter != "\t" and "\t" in text):
        return False
    for position, column in enumerate(zip(*records, strict=True)):
        if max(map(len, column)) > LONGEST_NAME:
            return False
        if position not in blank and not all(map(str.strip, column)):
            return False
    return delimiter == "\t" or not any("\n" in field for record in records for field in record)


def _sound_rows(
    file: InputFile,
    rows: RowReport,
    lines: Sequence[int],
    records: list[list[str]],
    width: int,
    blank: Collection[int],
    delimiter: str,
) -> tuple[list[int], list[list[str]]]:
    """The rows without fault, looked at one by one; the others are rejected."""
    kept_lines: list[int] = []
    kept: list[list[str]] = []
    for line, record in zip(lines, records, strict=True):
        fault: tuple[str, str] | None = None
        hint = None
        if len(record) != width:
            found = f"{len(record)} column{'s' if len(record) != 1 else ''} ({shown(delimiter.join(record))})"
            fault = (found, f"{width} columns parted by {_NAMES[delimiter]}")
            hint = _other_delimiter(record, width, delimiter)
        for position, field in enumerate(record):
            if fault is None and (field.strip() or position not in blank):
                fault = field_fault(field)
                if fault is not None:
                    fault = (f"{fault[0]} in column {position + 1}", fault[1])
        if fault is None:
            kept_lines.append(line)
            kept.append(record)
        else:
            rows.reject(file.path, line, *fault, hint)
    return kept_lines, kept


def _other_delimiter(record: list[str], width: int, delimiter: str) -> str | None:
    joined = delimiter.join(record)
    if len(joined.split()) == width:
        return "The fields seem parted by blanks; use tabs"
    return None
