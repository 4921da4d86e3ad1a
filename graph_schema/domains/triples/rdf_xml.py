"""RDF/XML: told from Turtle, its encoding, its entities, and its faults with their line."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator

import pyoxigraph

from graph_schema.errors import InputError
from graph_schema.reading import InputFile, RowReport

_GROWTH = 10
"""Times its own size that a file may grow to by its entities; `_HARMLESS` bytes are never refused."""
_HARMLESS = 1 << 20

_START = re.compile(rb"<\?xml|<!|<(?:[\w.-]+:)?RDF[\s>]")
_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s/>]")
_FUNCTIONAL = re.compile(rb"(?:Prefix|Ontology)\s*\(")
_MANCHESTER = re.compile(rb"(?:Prefix|Ontology):\s")
_ENCODING = re.compile(rb"""\A(<\?xml[^>]*?encoding\s*=\s*["'])([\w.-]+)""")
_ENTITY = re.compile(rb"""<!ENTITY\s+(?:%\s+)?([^\s"']+)\s+(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(rb"[&%]([A-Za-z_:][\w.:-]*);")


def is_xml(file: InputFile, data: bytes) -> bool:
    """Whether a `.rdf` or `.owl` file is RDF/XML; Turtle otherwise.

    Raises:
        InputError: it is one of OWL's own syntaxes, which are no RDF.
    """
    start = data[: 1 << 16].lstrip()
    element = _ELEMENT.search(start) if _START.match(start) or start.startswith(b"<Ontology") else None
    if element is not None and element[1] == b"Ontology":
        _refuse(file, "OWL/XML")
    if _FUNCTIONAL.match(start):
        _refuse(file, "OWL in functional syntax")
    if _MANCHESTER.match(start):
        _refuse(file, "OWL in Manchester syntax")
    return _START.match(start) is not None


def _refuse(file: InputFile, found: str) -> None:
    raise InputError(
        found,
        wanted="RDF/XML or Turtle",
        file=file.path,
        hint="Convert it, for example: robot convert --input in.owl --format ttl --output out.ttl",
    )


def decoded(file: InputFile) -> bytes:
    r"""The content as UTF-8 with `\n` line ends, from the encoding that its first line declares.

    Raises:
        InputError: it is not in that encoding, or nobody knows the encoding.
    """
    raw = file.content()
    declared = _ENCODING.match(raw.lstrip())
    if declared is None or declared[2].lower() in (b"utf-8", b"utf-16", b"us-ascii"):
        return file.text().replace("\r", "\n").encode()
    encoding = declared[2].decode()
    try:
        text = raw.lstrip().decode(encoding)
    except (UnicodeDecodeError, LookupError) as fault:
        raise InputError(
            f"text that is not {encoding} ({fault})",
            wanted=f"{encoding}, as the first line says",
            file=file.path,
            line=1,
            hint="Convert it to UTF-8, and say so in its first line",
        ) from None
    plain = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    return _ENCODING.sub(rb"\1UTF-8", plain, count=1)


def check_entities(file: InputFile, data: bytes) -> None:
    """Refuse a file whose entities would make it many times as large, before anything is expanded.

    Raises:
        InputError: it would grow to more than ten times its size and more than a mebibyte.
    """
    sizes: dict[bytes, int] = {}
    for name, double, single in _ENTITY.findall(data):
        value = double or single
        inside = (sizes.get(ref, 0) for ref in _REFERENCE.findall(value))
        sizes[name] = max(sizes.get(name, 0), len(value) + sum(inside))
    if not sizes:
        return
    used = Counter(match[1] for match in _REFERENCE.finditer(data))
    grown = sum(count * sizes.get(name, 0) for name, count in used.items())
    if grown > max(_HARMLESS, _GROWTH * len(data)):
        raise InputError(
            "entities that would make the file more than "
            f"{_GROWTH} times as large ({len(sizes):,} declared with <!ENTITY …>)",
            wanted="entities that stand for a few letters, such as the start of an IRI",
            file=file.path,
            line=data.count(b"\n", 0, data.index(b"<!ENTITY")) + 1,
            hint="If the file is sound, expand them first: xmllint --noent",
        )


def read_with_lines(
    file: InputFile, data: bytes, rows: RowReport
) -> Iterator[tuple[pyoxigraph.Quad, int | None]]:
    """Statements up to the first fault of the XML, with their lines; those with a broken IRI are left out."""
    reader = _ByLine(data)
    quads = pyoxigraph.parse(reader, pyoxigraph.RdfFormat.RDF_XML, lenient=True)
    while True:
        try:
            quad = next(quads, None)
        except SyntaxError as fault:
            found = f"broken RDF: {fault.msg}"
            if rows.skip:
                last = data.rstrip().count(b"\n") + 1
                found += f"; what follows up to line {last:,} is not read"
            rows.reject(file.path, reader.line, found, "RDF/XML")
            return
        if quad is None:
            return
        broken = _iri_fault(quad)
        if broken is None:
            yield quad, reader.line
        else:
            rows.reject(file.path, reader.line, *broken)


def _iri_fault(quad: pyoxigraph.Quad) -> tuple[str, str, str | None] | None:
    """(found, wanted, hint), or None if its IRIs are sound."""
    for term in (quad.subject, quad.predicate, quad.object):
        if isinstance(term, pyoxigraph.NamedNode):
            try:
                pyoxigraph.NamedNode(term.value)
            except ValueError as fault:
                relative = "No scheme" in str(fault)
                hint = 'Say what it is relative to: xml:base="http://…" in the first element'
                return f"broken RDF: {fault} in {term.value!r}", "RDF/XML", hint if relative else None
    return None


class _ByLine(io.BytesIO):
    """Gives the parser one line at a time: `line` is the one it has come to (1-based)."""

    line = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.line += 1
        return self.readline(size)
