"""RDF as facts, names and properties: all files of one import together."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import Literal

from graph_schema.domains.triples.rdf_labels import (
    ALIASES,
    DESCRIPTION,
    DESCRIPTIONS,
    NAMES,
    described,
    one_line,
)
from graph_schema.domains.triples.rdf_names import OWL, RDF, STRUCTURE, short_names
from graph_schema.domains.triples.rdf_statements import Statement, statements_of
from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, RowReport
from graph_schema.reading.delimited import field_fault
from graph_schema.reserved import RESERVED_PROPERTIES
from graph_schema.validation import relation_fault

Texts = dict[str, list[tuple[str, Literal]]]
"""(predicate, literal) of what is said about each id."""


def read_rdf(
    files: Sequence[InputFile], rows: RowReport, builder: GraphBuilder, language: str | None = None
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

    Raises:
        InputError: a file breaks its format, or none holds a fact.
    """
    read = {file: statements_of(file, rows) for file in files}
    headers = {
        s.subject
        for statements in read.values()
        for s in statements
        if s.predicate == f"{RDF}type" and s.object == f"{OWL}Ontology"
    }
    facts = {file: _facts(statements, headers) for file, statements in read.items()}
    _note_left_out(read, facts, headers, rows)
    if not any(facts.values()):
        raise InputError(
            "no statement between two resources" + (f" in {len(files)} files" if len(files) > 1 else ""),
            wanted="at least one",
            file=files[0].path if len(files) == 1 else None,
        )
    relations = short_names(
        (s.predicate for found in facts.values() for s in found),
        lambda name: relation_fault(builder.schema, name) is None,
    )
    for file, found in facts.items():
        _add(file, found, relations, builder)
    _describe(read, rows, builder, language)


def _facts(statements: list[Statement], headers: set[str]) -> list[Statement]:
    return [
        s
        for s in statements
        if isinstance(s.object, str) and s.subject not in headers and not s.object.startswith(STRUCTURE)
    ]


def _add(file: InputFile, facts: list[Statement], relations: dict[str, str], builder: GraphBuilder) -> None:
    lines = [s.line for s in facts if s.line is not None]
    builder.add(
        file.path,
        lines if len(lines) == len(facts) else [None] * len(facts),
        [s.subject for s in facts],
        [relations[s.predicate] for s in facts],
        [s.object for s in facts if isinstance(s.object, str)],
        split=file.split,
        ends=("Concept", "Concept"),
        sources_each=[() if s.graph is None else (s.graph,) for s in facts],
    )


def _note_left_out(
    read: dict[InputFile, list[Statement]],
    facts: dict[InputFile, list[Statement]],
    headers: set[str],
    rows: RowReport,
) -> None:
    everything = [s for statements in read.values() for s in statements]
    resources = [s for s in everything if isinstance(s.object, str)]
    about = sum(s.subject in headers for s in resources)
    words = len(resources) - about - sum(map(len, facts.values()))
    if headers:
        rows.note(
            f"{about:,} facts about the ontology itself ({', '.join(sorted(headers)[:3])}) were left out"
        )
    if words:
        rows.note(f"{words:,} facts whose tail is a word of RDF, RDFS, OWL, SKOS or XSD were left out")
    used = {end for found in facts.values() for s in found for end in (s.subject, s.object)}
    alone = {s.subject for s in everything} - used - headers
    if alone:
        rows.note(f"{len(alone):,} resources stand in no fact and were left out, as is what is said of them")
    graphs = {s.graph for found in facts.values() for s in found} - {None}
    if graphs:
        rows.note(f"the names of {len(graphs):,} named graphs are kept as the sources of their facts")


def _describe(
    read: dict[InputFile, list[Statement]], rows: RowReport, builder: GraphBuilder, language: str | None
) -> None:
    """Declare the nodes of the facts that literals speak of."""
    used = builder.entities()
    texts: Texts = {}
    first: dict[str, InputFile] = {}
    for file, statements in read.items():
        for s in statements:
            if isinstance(s.object, Literal) and s.subject in used and _is_sound(s, file, rows):
                texts.setdefault(s.subject, []).append((s.predicate, s.object))
                first.setdefault(s.subject, file)
    said = {predicate for about in texts.values() for predicate, _ in about}
    keys = _keys(said)
    left = 0
    for id_ in sorted(texts):
        about = described(texts[id_], keys, language)
        left += about.left
        builder.node(
            id_,
            "Concept",
            about.name or id_,
            file=first[id_].path,
            line=None,
            aliases=about.aliases,
            properties=about.properties,
            keep_name=True,
        )
    count = sum(map(len, texts.values()))
    if count:
        rows.note(f"{count:,} literals became names and properties of nodes")
    if left:
        wanted = "English" if language is None else f"{language!r}, then English"
        rows.note(
            f"{left:,} texts were left out as the same is said in a language before theirs ({wanted}, none)"
        )


def _is_sound(statement: Statement, file: InputFile, rows: RowReport) -> bool:
    """Whether a literal that names a node is a name; rejected where not."""
    if statement.predicate not in NAMES and statement.predicate not in ALIASES:
        return True
    fault = field_fault(one_line(statement.object.value)) if isinstance(statement.object, Literal) else None
    if fault is not None:
        rows.reject(file.path, statement.line, f"{fault[0]} as a name of {statement.subject!r}", fault[1])
    return fault is None


def _keys(predicates: set[str]) -> dict[str, str]:
    """A property for each predicate that neither names nor describes."""
    taken = {f"{name}_" for name in RESERVED_PROPERTIES}
    if predicates & DESCRIPTIONS:
        taken.add(DESCRIPTION)
    short = short_names(predicates - NAMES.keys() - ALIASES - DESCRIPTIONS, lambda name: name not in taken)
    return {iri: f"{name}_" if name in RESERVED_PROPERTIES else name for iri, name in short.items()}
