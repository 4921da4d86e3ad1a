"""RDF as facts, names and properties: all files of one import together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import compress

from graph_schema.domains.triples.rdf_labels import (
    ALIASES,
    DESCRIPTION,
    DESCRIPTIONS,
    NAMES,
    Said,
    described,
)
from graph_schema.domains.triples.rdf_names import OWL, RDF, STRUCTURE, short_names
from graph_schema.domains.triples.rdf_statements import Statements, statements_of
from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, RowReport
from graph_schema.reserved import RESERVED_PROPERTIES
from graph_schema.validation import relation_fault

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z")


def read_rdf(
    files: Sequence[InputFile],
    rows: RowReport,
    builder: GraphBuilder,
    language: str | None = None,
    relations: Mapping[str, str] | None = None,
) -> None:
    """Add the statements of files, whatever their order and that of their lines.

    Statements between resources are facts; `short_names` says how relations go. Labels become names and
    aliases, other literals properties (see `described`). A named graph is the source of its facts. Left out
    are facts about an ontology itself, and those whose tail is a word of RDF, RDFS, OWL, SKOS or XSD.

    Args:
        files: RDF files of any format.
        rows: Takes what cannot be read.
        builder: Takes nodes and facts.
        language: Tag of the language in which names and texts are wanted, such as "de"; None: English.
        relations: IRIs by the names that relations of the graph have already, and keep.

    Raises:
        InputError: a file breaks its format, or none holds a fact.
    """
    read = {file: statements_of(file, rows) for file in files}
    headers = {
        head
        for statements in read.values()
        for head, predicate, tail in statements.facts()
        if tail == f"{OWL}Ontology" and predicate == f"{RDF}type"
    }
    facts = {file: _facts(statements, headers) for file, statements in read.items()}
    _note_left_out(read, facts, headers, rows)
    if not any(found.heads for found in facts.values()):
        raise InputError(
            "no statement between two resources" + (f" in {len(files)} files" if len(files) > 1 else ""),
            wanted="at least one",
            file=files[0].path if len(files) == 1 else None,
        )
    taken = {name: iri for name, iri in (relations or {}).items() if _IRI.match(iri)}
    names = {iri: name for name, iri in taken.items()}
    names |= short_names(
        {predicate for found in facts.values() for predicate in found.predicates} - names.keys(),
        lambda name: relation_fault(name) is None and name not in taken,
    )
    for predicate in sorted({predicate for found in facts.values() for predicate in found.predicates}):
        builder.relation(names[predicate], names[predicate], predicate, None)
    for file, found in facts.items():
        lines = [line for line in found.lines if line is not None]
        builder.add(
            file.path,
            lines if len(lines) == len(found.lines) else [None] * len(found.lines),
            found.heads,
            [names[predicate] for predicate in found.predicates],
            found.tails,
            split=file.split,
            ends=("Concept", "Concept"),
            sources_each=[() if graph is None else (graph,) for graph in found.graphs],
        )
    _describe(read, rows, builder, language)


def _facts(statements: Statements, headers: set[str]) -> Statements:
    """Those facts that are knowledge of a field."""
    words = {tail for tail in set(statements.tails) if tail.startswith(STRUCTURE)}
    if not words and headers.isdisjoint(statements.heads):
        return statements
    kept = [h not in headers and t not in words for h, _, t in statements.facts()]
    return Statements(
        heads=list(compress(statements.heads, kept)),
        predicates=list(compress(statements.predicates, kept)),
        tails=list(compress(statements.tails, kept)),
        graphs=list(compress(statements.graphs, kept)),
        lines=list(compress(statements.lines, kept)),
    )


def _note_left_out(
    read: dict[InputFile, Statements],
    facts: dict[InputFile, Statements],
    headers: set[str],
    rows: RowReport,
) -> None:
    everything, kept = read.values(), facts.values()
    about = sum(head in headers for s in everything for head in s.heads) if headers else 0
    words = sum(len(s.heads) for s in everything) - about - sum(len(s.heads) for s in kept)
    if headers:
        rows.note(f"facts about an ontology itself, left out: {about:,}, of {', '.join(sorted(headers)[:3])}")
    if words:
        rows.note(f"facts whose tail is a word of RDF, RDFS, OWL, SKOS or XSD, left out: {words:,}")
    used = set().union(*(s.heads for s in kept), *(s.tails for s in kept))
    alone = set().union(*(s.heads for s in everything), *(s.subjects for s in everything)) - used - headers
    if alone:
        rows.note(f"resources in no fact, left out with what is said of them: {len(alone):,}")
    graphs = set().union(*(s.graphs for s in kept)) - {None}
    if graphs:
        rows.note(f"named graphs, kept by name as the sources of their facts: {len(graphs):,}")


def _describe(
    read: dict[InputFile, Statements], rows: RowReport, builder: GraphBuilder, language: str | None
) -> None:
    """Declare the nodes of the facts that texts speak of."""
    used = builder.entities()
    about: dict[str, list[Said]] = {}
    first: dict[str, InputFile] = {}
    for file, found in read.items():
        columns = (found.subjects, found.says, found.texts, found.languages)
        for subject, predicate, text, tag in zip(*columns, strict=True):
            if subject in used:
                about.setdefault(subject, []).append((predicate, text, tag))
                first.setdefault(subject, file)
    keys = _keys({predicate for said in about.values() for predicate, _, _ in said})
    left = 0
    for id_ in sorted(about):
        node = described(about[id_], keys, language)
        left += node.left
        builder.node(
            id_,
            "Concept",
            node.name or id_,
            file=first[id_].path,
            line=None,
            aliases=node.aliases,
            properties=node.properties,
            keep_name=True,
        )
    if about:
        rows.note(f"literals that became names and properties of nodes: {sum(map(len, about.values())):,}")
    if left:
        wanted = "English" if language is None else f"{language!r}, English"
        rows.note(f"texts left out for one in a language that comes first ({wanted}, none, any): {left:,}")


def _keys(predicates: set[str]) -> dict[str, str]:
    """A property for each predicate that neither names nor describes."""
    taken = {f"{name}_" for name in RESERVED_PROPERTIES}
    if predicates & DESCRIPTIONS:
        taken.add(DESCRIPTION)
    short = short_names(predicates - NAMES.keys() - ALIASES - DESCRIPTIONS, lambda name: name not in taken)
    return {iri: f"{name}_" if name in RESERVED_PROPERTIES else name for iri, name in short.items()}
