"""RDF statements with ids for their terms: what lies between a parser's terms and a graph's names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple

from graph_schema.domains.triples.rdf_blank import blank_ids
from graph_schema.domains.triples.rdf_labels import ALIASES, NAMES
from graph_schema.domains.triples.rdf_names import XSD
from graph_schema.domains.triples.rdf_parsing import BY_LINE, parsed
from graph_schema.reading import InputFile, RowReport
from graph_schema.reading.text import field_fault, normal, shown

_LABEL = re.compile(r"""_:([^\s<>"'(){}\[\],;#@^|\\]+)""")
_NODE_ID = re.compile(r"""nodeID\s*=\s*["']([^"']*)["']""")
_LINES = re.compile(r"[ \t\r\n]+")
_STRING = NamedNode(f"{XSD}string")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(slots=True)
class Statements:
    """The statements of one file, column by column: facts between resources, and texts about resources.

    `graphs` holds the named graph of each fact, None in the default one. `languages` holds the tag of each
    text, "" where it has none, and None for a value that is no text, such as a number. `lines` are 1-based,
    None where they are not known.
    """

    heads: list[str] = field(default_factory=list)
    predicates: list[str] = field(default_factory=list)
    tails: list[str] = field(default_factory=list)
    graphs: list[str | None] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    languages: list[str | None] = field(default_factory=list)

    def facts(self) -> Iterator[tuple[str, str, str]]:
        """(head, predicate, tail) of each fact."""
        return zip(self.heads, self.predicates, self.tails, strict=True)


def statements_of(file: InputFile, rows: RowReport) -> Statements:
    """The statements of a file, in its order; see `parsed` for what is rejected.

    Raises:
        InputError: the file breaks its format or holds a text that is none, unless rows are skipped.
    """
    form, data, read = parsed(file, rows)
    blank: dict[str, str] = {}
    if form not in BY_LINE:
        kept = list(read)
        blank = _blank_ids(file, [quad for quad, _ in kept], _labels(data.decode(), form), rows)
        read = iter(kept)
    ids: dict[str, str] = {}

    def id_of(term: NamedNode | BlankNode) -> str:
        id_ = normal(term.value)
        if isinstance(term, BlankNode):
            id_ = blank.get(id_) or file.scoped(f"_:{id_}")
        return ids.setdefault(id_, id_)

    found = Statements()
    quoted = 0
    for quad, line in read:
        subject, target, graph = quad.subject, quad.object, quad.graph_name
        if isinstance(subject, Triple) or isinstance(target, Triple):
            quoted += 1
        elif not isinstance(target, Literal):
            found.heads.append(id_of(subject))
            found.predicates.append(id_of(quad.predicate))
            found.tails.append(id_of(target))
            found.graphs.append(None if isinstance(graph, DefaultGraph) else id_of(graph))
            found.lines.append(line)
        else:
            predicate, text = id_of(quad.predicate), target.value
            is_name = predicate in NAMES or predicate in ALIASES
            fault = _text_fault(text)
            if is_name and fault is None:
                text = _LINES.sub(" ", text).strip()
                fault = field_fault(text)
            if fault is not None:
                rows.reject(file.path, line, f"{fault[0]}, {predicate} of {id_of(subject)}", fault[1])
                continue
            found.subjects.append(id_of(subject))
            found.says.append(predicate)
            found.texts.append(text)
            is_text = target.language is not None or target.datatype == _STRING
            found.languages.append((target.language or "") if is_text else None)
    if quoted:
        rows.note(f"statements about statements (RDF-star) of {file.path.name}, left out: {quoted:,}")
    return found


def _blank_ids(file: InputFile, quads: list[Quad], labels: set[str], rows: RowReport) -> dict[str, str]:
    ids = blank_ids(quads, labels, file.scoped)
    anonymous = [id_ for label, id_ in ids.items() if label not in labels]
    alike = len(anonymous) - len(set(anonymous))
    if alike:
        rows.note(f"anonymous nodes of {file.path.name} that say what another says, one with it: {alike:,}")
    return ids


def _labels(text: str, form: RdfFormat) -> set[str]:
    """Labels of blank nodes that stand in a file; the parser draws those of the others at random."""
    if form == RdfFormat.RDF_XML:
        return {html.unescape(label) for label in _NODE_ID.findall(text)}
    return {label.rstrip(".") for label in _LABEL.findall(text)}


def _text_fault(text: str) -> tuple[str, str] | None:
    """(found, wanted) where a literal is no text, or None."""
    control = _CONTROL.search(text)
    if control is None:
        return None
    return f"the control character U+{ord(control.group()):04X} in {shown(text)}", "printable text"
