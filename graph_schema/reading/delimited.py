"""Rows of tab- or comma-separated text, with the line each one stood on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from graph_schema.errors import InputError
from graph_schema.reading.files import InputFile
from graph_schema.reading.headers import property_name
from graph_schema.reading.report import RowReport
from graph_schema.reading.text import (
    CONTROL_IN_TEXT,
    LONGEST_NAME,
    LONGEST_TEXT,
    field_fault,
    normal,
    shown,
    text_fault,
)

csv.field_size_limit(16 * LONGEST_TEXT)  # of the whole process; longer ones are refused by us

_DELIMITERS = ("\t", ",", ";", "|")
_IN_QUOTES = re.compile(r'"(?:[^"]|"")*"\s*\Z')
_FAR = 1 << 16
_OPENING = re.compile(r'(?:^|\t)"', re.MULTILINE)
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

    def others(self, *used: str) -> dict[str, Sequence[str]]:
        """All further columns, as properties. Args: used: names of those that say something else."""
        left = [name for name in self.header or () if name not in used]
        return {property_name(name): self.column(name) for name in left}


def read_rows(
    file: InputFile,
    rows: RowReport,
    *,
    header: Sequence[str] | None = None,
    width: int | None = None,
    blank: Collection[str] | None = (),
) -> Rows:
    """Rows of a delimited file, checked.

    Lines that begin with # are comments if they have another number of fields than the rows, or, in a file
    without a header, stand before all rows with a blank after the #.

    Args:
        file: Tab-, comma-, semicolon- or bar-separated, with quotes as in RFC 4180; in tab-separated files
            quotes are characters unless every field that begins with one ends with one.
        rows: Decides on bad rows.
        header: Names that the first line must hold, in any order and among others; None: no header.
        width: Number of columns wanted; None: as many as the first row has.
        blank: Names of columns whose fields may be blank, long, and of several lines; None: all that `header`
            does not name.

    Raises:
        InputError: the file cannot be read, its header is wrong, or a row is bad and must not be skipped.
    """
    text = file.text()
    delimiter = _delimiter(file, first_row(text), width or (len(header) if header else None))
    lines, records = _records(file, rows, text, delimiter)
    if not records:
        raise InputError("no row", wanted="at least one row", file=file.path)
    names: tuple[str, ...] | None = None
    if header is not None:
        names, lines, records = _headed(file, rows, lines, records, header)
        width = len(names)
    else:
        width = width or next((len(r) for r in records if not _is_marked(r)), len(records[0]))
    if "#" in text:
        lines, records = _without_comments(file, rows, lines, records, width, at_top=header is None)
    may_be_blank = blank if blank is not None else set(names or ()) - set(header or ())
    free = {i for i, name in enumerate(names or ()) if name in may_be_blank}
    if not _all_well(text, records, width, free, delimiter):
        lines, records = _sound_rows(file, rows, lines, records, width, free, delimiter)
        if not records:
            raise InputError("no sound row", wanted="at least one sound row", file=file.path)
    columns = tuple([field.strip() for field in column] for column in zip(*records, strict=True))
    return Rows(file, names, lines, columns)


def cells(file: InputFile, line: str, width: int | None = None) -> list[str]:
    """Fields of one line, stripped, as `read_rows` will part them. Args: width: see there."""
    delimiter = _delimiter(file, line, width)
    if delimiter == "\t" and '"' not in line:
        return [field.strip() for field in normal(line).split("\t")]
    try:
        fields = next(csv.reader([normal(line)], delimiter=delimiter), [])
    except csv.Error:
        fields = normal(line).split(delimiter)
    return [field.strip() for field in fields]


def first_row(text: str) -> str:
    """The first line that is neither blank nor a comment, or the first of all."""
    lines = (line for line in text[:_FAR].split("\n") if line.strip() and not line.startswith("#"))
    return next(lines, text[: text.find("\n")] if "\n" in text else text)


def _delimiter(file: InputFile, first: str, width: int | None) -> str:
    order = _DELIMITERS if file.suffix != ".csv" else (",", ";", "\t", "|")
    for candidate in order:
        if first.count(candidate) >= (width or 3) - 1 and candidate in first:
            return candidate
    return order[0]


def _records(
    file: InputFile, rows: RowReport, text: str, delimiter: str
) -> tuple[Sequence[int], list[list[str]]]:
    """Line numbers and fields of all records that are not blank."""
    if delimiter == "\t":
        quoted = _quoted(text)
        if quoted is not None:
            rows.note(f"{file.path.name}: fields stand in quotes, which were taken off")
            return quoted
        plain = text.split("\n")
        while plain and not plain[-1].strip():
            plain.pop()
        if all(plain):
            return range(1, len(plain) + 1), [line.split("\t") for line in plain]
        kept = [(i, line) for i, line in enumerate(plain, 1) if line.strip()]
        return [i for i, _ in kept], [line.split("\t") for _, line in kept]
    try:
        return _parsed(text, delimiter)
    except _BrokenRecordError as fault:
        raise InputError(
            "a quote that is never closed" if fault.unclosed else f"a broken record ({fault})",
            wanted=f'fields parted by {_NAMES[delimiter]}, a quote in a quoted field doubled ("")',
            file=file.path,
            line=fault.line,
        ) from None


class _BrokenRecordError(Exception):
    """A record that is no RFC 4180, and the line where it begins."""

    def __init__(self, fault: csv.Error, line: int) -> None:
        super().__init__(str(fault))
        self.line, self.unclosed = line, "unexpected end" in str(fault)


def _parsed(text: str, delimiter: str) -> tuple[list[int], list[list[str]]]:
    """Lines and fields of records as in RFC 4180. Raises: _BrokenRecordError."""
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
        raise _BrokenRecordError(fault, start) from None
    return lines, records


def _quoted(text: str) -> tuple[list[int], list[list[str]]] | None:
    """Records of tab-separated text whose fields stand in quotes; None where quotes are characters.

    Every field that begins with a quote ends with one, or all rows have one width when quotes are read so: a
    field of several lines has its last quote on another line.
    """
    if '"' not in text or _OPENING.search(text) is None:
        return None
    try:
        lines, records = _parsed(text, "\t")
    except _BrokenRecordError:
        return None
    widths = {len(record) for record in records}
    if len(widths) == 1 and widths != {1}:
        return lines, records
    fields = (field for line in text.split("\n") for field in line.split("\t") if field.startswith('"'))
    return (lines, records) if all(map(_IN_QUOTES.match, fields)) else None


def _is_marked(record: list[str]) -> bool:
    return record[0].lstrip().startswith("#")


def _headed(
    file: InputFile, rows: RowReport, lines: Sequence[int], records: list[list[str]], wanted: Sequence[str]
) -> tuple[tuple[str, ...], Sequence[int], list[list[str]]]:
    """(names of the columns, lines and records after the header, which comments may precede)."""
    place = next((i for i, r in enumerate(records) if not _is_marked(r) or _is_header(r, wanted)), 0)
    names = _names(records[place])
    _check_header(file, lines[place], names, wanted)
    if len(records) == place + 1:
        raise InputError("a header and no row", wanted="at least one row", file=file.path, line=lines[place])
    if place:
        rows.note(f"{file.path.name}: lines with # before the header, left out: {place}")
    return names, lines[place + 1 :], records[place + 1 :]


def _names(record: list[str]) -> tuple[str, ...]:
    return tuple(field.strip().lstrip("#").strip().lower() for field in record)


def _is_header(record: list[str], wanted: Sequence[str]) -> bool:
    return set(wanted) <= set(_names(record))


def _without_comments(
    file: InputFile,
    rows: RowReport,
    lines: Sequence[int],
    records: list[list[str]],
    width: int,
    *,
    at_top: bool,
) -> tuple[Sequence[int], list[list[str]]]:
    marked = [i for i, record in enumerate(records) if _is_marked(record)]
    top = next((i for i, record in enumerate(records) if not _is_marked(record)), len(records))
    before = top if at_top else 0
    comments = {i for i in marked if len(records[i]) != width or (i < before and records[i][0][:2] == "# ")}
    if comments:
        first = lines[min(comments)]
        rows.note(
            f"{file.path.name}: lines with # taken for comments: {len(comments)}, the first in line {first}"
        )
    if len(marked) > len(comments):
        rows.note(f"{file.path.name}: rows that begin with #, read as rows: {len(marked) - len(comments)}")
    if not comments:
        return lines, records
    if len(comments) == len(records):
        raise InputError("nothing but comments", wanted="at least one row", file=file.path, line=lines[-1])
    kept = [i for i in range(len(records)) if i not in comments]
    return [lines[i] for i in kept], [records[i] for i in kept]


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


def _all_well(text: str, records: list[list[str]], width: int, free: Collection[int], delimiter: str) -> bool:
    """Whether every row is sound, by tests over whole columns."""
    if set(map(len, records)) != {width} or CONTROL_IN_TEXT.search(text):
        return False
    may_break = '"' in text or (delimiter != "\t" and "\t" in text)
    return all(
        _is_sound(column, position in free, may_break)
        for position, column in enumerate(zip(*records, strict=True))
    )


def _is_sound(column: tuple[str, ...], free: bool, may_break: bool) -> bool:
    if free:
        return max(map(len, column)) <= LONGEST_TEXT
    if max(map(len, column)) > LONGEST_NAME or not all(map(str.strip, column)):
        return False
    return not may_break or not any("\n" in field or "\t" in field for field in column)


def _sound_rows(
    file: InputFile,
    rows: RowReport,
    lines: Sequence[int],
    records: list[list[str]],
    width: int,
    free: Collection[int],
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
            if fault is None:
                fault = text_fault(field) if position in free else field_fault(field)
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
