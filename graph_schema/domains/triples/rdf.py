"""N-Triples, Turtle and RDF/XML as facts, names and properties."""

from __future__ import annotations

import io
from collections import Counter

import pyoxigraph

from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, RowReport
from graph_schema.reserved import RESERVED_PROPERTIES

_FORMATS = {
    ".nt": pyoxigraph.RdfFormat.N_TRIPLES,
    ".ttl": pyoxigraph.RdfFormat.TURTLE,
    ".n3": pyoxigraph.RdfFormat.N3,
    ".rdf": pyoxigraph.RdfFormat.RDF_XML,
}
_NAMES = ("http://www.w3.org/2000/01/rdf-schema#label", "http://www.w3.org/2004/02/skos/core#prefLabel")
_ALIAS = "http://www.w3.org/2004/02/skos/core#altLabel"


def read_rdf(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    """Add the statements of a file.

    Statements between resources are facts; relations go by the last part of their IRI where that is
    unambiguous. Labels become names and aliases, other literals properties.

    Raises:
        InputError: the file breaks its format, naming the line.
    """
    statements = _statements(file)
    facts = [s for s in statements if not isinstance(s[2], pyoxigraph.Literal)]
    literals = [s for s in statements if isinstance(s[2], pyoxigraph.Literal)]
    if not facts:
        raise InputError("no statement between two resources", wanted="at least one", file=file.path)
    short = _short_names([p for _, p, _ in statements])
    ids = [_id(o) for _, _, o in facts]
    unknown: list[None] = [None] * len(facts)
    heads, relations = [s for s, _, _ in facts], [short[p] for _, p, _ in facts]
    builder.add(file.path, unknown, heads, relations, ids, split=file.split, ends=("Concept", "Concept"))
    _describe(file, builder, set(heads) | set(ids), literals, short)
    if literals:
        rows.note(f"{len(literals):,} literals of {file.path.name} became names and properties of nodes")


def _statements(file: InputFile) -> list[tuple[str, str, object]]:
    try:
        parsed = pyoxigraph.parse(io.BytesIO(file.content()), _FORMATS[file.suffix])
        return [(_id(q.subject), q.predicate.value, q.object) for q in parsed]
    except SyntaxError as fault:
        raise InputError(
            f"broken RDF: {fault.msg}",
            wanted=f"{_FORMATS[file.suffix].name}",
            file=file.path,
            line=fault.lineno,
        ) from None


def _id(term: object) -> str:
    return term.value if isinstance(term, pyoxigraph.NamedNode) else str(term)


def _short_names(predicates: list[str]) -> dict[str, str]:
    """The last part of each IRI, or the whole where two share their last part or it is empty."""
    last = {iri: iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1] for iri in dict.fromkeys(predicates)}
    often = Counter(last.values())
    return {iri: part if part and often[part] == 1 else iri for iri, part in last.items()}


def _describe(
    file: InputFile,
    builder: GraphBuilder,
    known: set[str],
    literals: list[tuple[str, str, object]],
    short: dict[str, str],
) -> None:
    names: dict[str, list[str]] = {}
    values: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, literal in literals:
        text = str(getattr(literal, "value", literal))
        if predicate in _NAMES or predicate == _ALIAS:
            place = names.setdefault(subject, [])
            place.insert(0 if predicate in _NAMES else len(place), text)
        else:
            key = short[predicate] + ("_" if short[predicate] in RESERVED_PROPERTIES else "")
            values.setdefault(subject, {}).setdefault(key, []).append(text)
    for subject in sorted(known & (set(names) | set(values))):
        called = names.get(subject, [subject])
        builder.node(
            subject,
            "Concept",
            called[0],
            file=file.path,
            line=None,
            aliases=called[1:],
            properties={k: " | ".join(sorted(v)) for k, v in values.get(subject, {}).items()},
            keep_name=True,
        )
