"""The statements of one RDF file, as far as it can be read: what breaks the format is named with its line."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pyoxigraph
from pyoxigraph import Quad, RdfFormat

from graph_schema.domains.triples import rdf_xml
from graph_schema.reading import InputFile, RowReport

Parsed = Iterator[tuple[Quad, int | None]]
"""Statements, each with its 1-based line where that is known."""

FORMATS = {
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".n3": RdfFormat.N3,
}
"""By suffix; any other is RDF/XML or Turtle."""
BY_LINE = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)

_PLACE = re.compile(r"^Parser error .*?line \d+.*?: ")
_TURTLE_TOKEN = re.compile(
    rb'<[^<>"{}|^`\s]*>|"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
    rb'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|\\.|#[^\n]*|\.(?=[\s#<\[(@]|\Z)',
    re.DOTALL,
)
_HINTS = {
    "No scheme found": "Say what it is relative to: @base <http://…> in the first line",
    "Unexpected end of file": "Something that begins here does not end: a quote, <, [ or (",
    "has not been declared": "Declare it: @prefix name: <http://…> .",
}


def parsed(file: InputFile, rows: RowReport) -> tuple[RdfFormat, bytes, Parsed]:
    """The format of a file, its text as UTF-8, and its statements.

    What cannot be read is rejected: a line of N-Triples and N-Quads, a statement of Turtle, everything after
    the first fault of TriG, N3 and RDF/XML, where nothing tells how to go on.

    Raises:
        InputError: the file is no text; or, while the statements are drawn, the first fault.
    """
    form = FORMATS.get(file.suffix)
    data = file.text().replace("\r", "\n").encode() if form else rdf_xml.decoded(file)
    if form is None:
        form = RdfFormat.RDF_XML if rdf_xml.is_xml(file, data) else RdfFormat.TURTLE
    if form == RdfFormat.RDF_XML:
        rdf_xml.check_entities(file, data)
    return form, data, _statements(file, form, data, rows)


def _statements(file: InputFile, form: RdfFormat, data: bytes, rows: RowReport) -> Parsed:
    if form == RdfFormat.N3:
        return _n3(file, data, rows)
    try:
        whole = list(pyoxigraph.parse(data, form))
    except SyntaxError:
        if form in BY_LINE:
            return _by_line(file, form, data, rows)
        if form == RdfFormat.TURTLE:
            return _turtle(file, data, rows)
        if form == RdfFormat.RDF_XML:
            return rdf_xml.read_with_lines(file, data, rows)
        return _until_fault(file, form, data, rows)
    if form in BY_LINE:
        lines = [
            i for i, line in enumerate(data.split(b"\n"), start=1) if line.strip()[:1] not in (b"", b"#")
        ]
        if len(lines) == len(whole):
            return zip(whole, lines, strict=True)
    return ((quad, None) for quad in whole)


def _by_line(file: InputFile, form: RdfFormat, data: bytes, rows: RowReport) -> Parsed:
    for number, line in enumerate(data.split(b"\n"), start=1):
        try:
            for quad in list(pyoxigraph.parse(line, form)):
                yield quad, number
        except SyntaxError as fault:
            _reject(file, number, fault, form, rows)


def _turtle(file: InputFile, data: bytes, rows: RowReport) -> Parsed:
    """Statements of Turtle; after a fault reading goes on behind the next full stop."""
    start, line = 0, 1  # the line on which `start` lies
    header = b"\n"
    while True:
        quads = pyoxigraph.parse(_After(header, data, start), RdfFormat.TURTLE)
        try:
            for quad in quads:
                yield quad, None
        except SyntaxError as fault:
            offset = start
            for _ in range((fault.lineno or 2) - 2):  # the header is the parser's first line
                offset = data.index(b"\n", offset) + 1
            end = data.find(b"\n", offset)
            before = data[offset : end if end >= 0 else None].decode()[: (fault.offset or 1) - 1]
            found_at = line + data.count(b"\n", start, offset)
            header = _declarations(quads)
            start = _behind_stop(data, offset + len(before.encode()))
            line = found_at + data.count(b"\n", offset, start)
            whole = line == found_at and data[start - 1 : start] == b"."
            _reject(file, found_at, fault, RdfFormat.TURTLE, rows, last=None if whole else line)
        else:
            return


def _declarations(quads: pyoxigraph.QuadParser) -> bytes:
    """Base and prefixes that hold where a parser stopped, on one line."""
    base = f"@base <{quads.base_iri}> . " if quads.base_iri else ""
    prefixes = (f"@prefix {name}: <{iri}> . " for name, iri in quads.prefixes.items())
    return f"{base}{''.join(prefixes)}\n".encode()


def _behind_stop(data: bytes, start: int) -> int:
    """Offset behind the full stop that ends the statement at `start`; the end where none does."""
    stops = (token.end() for token in _TURTLE_TOKEN.finditer(data, start) if token[0] == b".")
    return next(stops, len(data))


def _until_fault(file: InputFile, form: RdfFormat, data: bytes, rows: RowReport) -> Parsed:
    try:
        for quad in pyoxigraph.parse(data, form):
            yield quad, None
    except SyntaxError as fault:
        _reject(file, fault.lineno, fault, form, rows, last=data.rstrip().count(b"\n") + 1)


def _n3(file: InputFile, data: bytes, rows: RowReport) -> Parsed:
    """Statements of N3 that are facts: none with a variable, in a formula or about one."""
    quads = pyoxigraph.parse(data, RdfFormat.N3)
    read: list[Quad] = []
    rules = 0
    while True:
        try:
            quad = next(quads, None)
        except SyntaxError as fault:
            if fault.lineno is not None:
                last = data.rstrip().count(b"\n") + 1
                _reject(file, fault.lineno, fault, RdfFormat.N3, rows, last=last)
                break
            rules += 1
            continue
        if quad is None:
            break
        read.append(quad)
    formulas = {quad.graph_name for quad in read}
    facts = [q for q in read if isinstance(q.graph_name, pyoxigraph.DefaultGraph)]
    facts = [q for q in facts if q.subject not in formulas and q.object not in formulas]
    rules += len(read) - len(facts)
    if rules:
        rows.note(f"statements of {file.path.name} in rules of N3, left out: {rules:,}")
    for quad in facts:
        yield quad, None


def _reject(
    file: InputFile,
    line: int | None,
    fault: SyntaxError,
    form: RdfFormat,
    rows: RowReport,
    last: int | None = None,
) -> None:
    """Leave out what a fault at `line` spoils, up to the line `last`, or the statement where that is None."""
    reason = _PLACE.sub("", fault.msg)
    found = f"broken RDF: {reason}"
    if rows.skip and last is not None:
        found += f"; what follows up to line {last:,} is not read"
    hint = next((text for word, text in _HINTS.items() if word in reason), None)
    if "No scheme found" in reason and form in BY_LINE:
        hint = "Write it in full: no line of this format can say what it is relative to"
    elif "Invalid IRI" in reason:
        hint = "Write what an IRI must not hold with %, such as %20 for a blank"
    rows.reject(file.path, line, found, form.name, hint)


class _After(io.BytesIO):
    """A few declarations, then what stands behind an offset."""

    def __init__(self, header: bytes, data: bytes, start: int) -> None:
        super().__init__(data)
        self.seek(start)
        self._header = header

    def read(self, size: int | None = -1, /) -> bytes:
        header, self._header = self._header, b""
        return header or super().read(size)
