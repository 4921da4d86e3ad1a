"""RDF statements with ids for their terms: what lies between a parser's terms and a graph's names."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat

from graph_schema.domains.triples.rdf_blank import blank_ids
from graph_schema.domains.triples.rdf_parsing import BY_LINE, parsed
from graph_schema.reading import InputFile, RowReport
from graph_schema.reading.delimited import shown

_LABEL = re.compile(r"""_:([^\s<>"'(){}\[\],;#@^|\\]+)""")
_NODE_ID = re.compile(r"""nodeID\s*=\s*["']([^"']*)["']""")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Statement(NamedTuple):
    """One statement. `graph` is the id of its named graph, None in the default one; `line` is 1-based."""

    subject: str
    predicate: str
    object: str | Literal
    graph: str | None
    line: int | None


def statements_of(file: InputFile, rows: RowReport) -> list[Statement]:
    """The statements of a file, in its order; see `parsed` for what is rejected.

    Raises:
        InputError: the file breaks its format, unless rows are skipped.
    """
    form, data, read = parsed(file, rows)
    ids: dict[str, str] = {}
    if form not in BY_LINE:
        kept = list(read)
        labels = _labels(data.decode(), form)
        ids = blank_ids([quad for quad, _ in kept], labels, file.scoped)
        anonymous = [id_ for label, id_ in ids.items() if label not in labels]
        alike = len(anonymous) - len(set(anonymous))
        if alike:
            rows.note(
                f"{alike:,} anonymous nodes of {file.path.name} say what another says and are one with it"
            )
        read = iter(kept)

    names: dict[str, str] = {}

    def id_of(term: NamedNode | BlankNode) -> str:
        id_ = term.value
        if isinstance(term, BlankNode):
            id_ = ids.get(id_) or file.scoped(f"_:{id_}")
        return names.setdefault(id_, id_)

    found: list[Statement] = []
    quoted = 0
    for quad, line in read:
        subject, target, graph = quad.subject, quad.object, quad.graph_name
        if isinstance(subject, pyoxigraph.Triple) or isinstance(target, pyoxigraph.Triple):
            quoted += 1
            continue
        if isinstance(target, Literal):
            fault = _text_fault(target.value)
            if fault is not None:
                rows.reject(file.path, line, f"{fault} of {shown(subject.value)}", "printable text")
                continue
        found.append(
            Statement(
                id_of(subject),
                id_of(quad.predicate),
                target if isinstance(target, Literal) else id_of(target),
                None if isinstance(graph, DefaultGraph) else id_of(graph),
                line,
            )
        )
    if quoted:
        rows.note(f"{quoted:,} statements about statements (RDF-star) of {file.path.name} were left out")
    return found


def _labels(text: str, form: RdfFormat) -> set[str]:
    """Labels of blank nodes that stand in a file; the parser draws those of the others at random."""
    if form == RdfFormat.RDF_XML:
        return {html.unescape(label) for label in _NODE_ID.findall(text)}
    return {label.rstrip(".") for label in _LABEL.findall(text)}


def _text_fault(text: str) -> str | None:
    control = _CONTROL.search(text)
    if control is None:
        return None
    return f"the control character U+{ord(control.group()):04X} in {shown(text)}"
