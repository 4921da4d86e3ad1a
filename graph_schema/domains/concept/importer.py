"""Reads WordNet's database files, tables of synsets, WordNet benchmarks and ConceptNet triples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from graph_schema.domains import load_domain
from graph_schema.domains.concept.conceptnet import OF_100K, is_assertions, read_assertions, relation_names
from graph_schema.domains.concept.wordnet import DATABASE, is_database, read_database
from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport, read_rows
from graph_schema.reading.adding import add_triples
from graph_schema.reading.layouts import Layout
from graph_schema.reading.nodes import read_nodes
from graph_schema.reading.triples import first_fields, glimpse
from graph_schema.schema import GraphSchema
from graph_schema.tables import GraphData

OWN = frozenset(DATABASE)
"""See `Importer`."""

_TABLE = ("name", "offset", "pos", "lemmas", "gloss")
_OURS = ("id", "lemmas", "part_of_speech", "gloss")
_NAMES = ("offset", "pos", "lemmas", "gloss")
_PARTS = {
    "n": "noun",
    "v": "verb",
    "a": "adjective",
    "s": "adjective satellite",
    "r": "adverb",
    "adj": "adjective",
    "adv": "adverb",
}
_Ids = dict[str, str]
"""The id of a synset by the name its facts use."""


def recognise(files: InputFiles) -> bool:
    """See `Importer`: WordNet's files, a table of synsets, or relations of WordNet or ConceptNet only."""
    known = (is_database, is_assertions, lambda file: _synset_table(file) is not None)
    if any(knows(file) for knows in known for file in files.files):
        return True
    facts = Layout.of(files).facts
    return bool(facts) and all(_phrases(file, files) for file in facts)


def read(files: InputFiles, rows: RowReport) -> GraphData:
    """See `Importer`."""
    builder = GraphBuilder(load_domain("concept"), rows)
    for folder in files.folders():
        database = [file for file in folder.files if is_database(file)]
        if database:
            read_database(database, rows, builder)
            continue
        ids: _Ids = {}
        tables = [file for file in folder.files if _synset_table(file) is not None]
        for file in tables:
            reader = _synset_table(file)
            if reader is not None:
                ids.update(reader(file, rows, builder))
        layout = Layout.of(replace(folder, files=tuple(f for f in folder.files if f not in tables)))
        if not layout.facts and tables:
            raise InputError(
                "synsets and no facts", wanted="a file of facts beside them", file=tables[0].path
            )
        for file in layout.facts:
            if is_assertions(file):
                read_assertions(file, rows, builder)
            else:
                _read_facts(file, layout, rows, builder, ids if tables else None)
        for file in layout.nodes:
            read_nodes(file, rows, builder, "Phrase")
        layout.note_unused(rows, builder)
    return builder.build()


def _synset_table(file: InputFile) -> Callable[[InputFile, RowReport, GraphBuilder], _Ids] | None:
    names = set(first_fields(file))
    if names.issuperset(_TABLE):
        return _read_synsets
    if names.issuperset(_OURS):
        return _read_own
    return _read_names if names.issuperset(_NAMES) else None


def _phrases(file: InputFile, files: InputFiles) -> bool:
    """Whether all relations at the top of a file are spelled as ConceptNet or a WordNet benchmark does."""
    schema = load_domain("concept")
    known = relation_names(schema) | schema.aliases.keys()
    relations = glimpse(file, _columns(file, files.columns, schema))
    return bool(relations) and relations <= known


def _columns(file: InputFile, columns: Sequence[str] | None, schema: GraphSchema) -> Sequence[str] | None:
    """What the columns of a file of facts are: as a person says, else ConceptNet's four where they fit."""
    fits = glimpse(file, OF_100K) if columns is None else set[str]()
    return OF_100K if fits and fits <= relation_names(schema) else columns


def _read_synsets(file: InputFile, rows: RowReport, builder: GraphBuilder) -> _Ids:
    found = read_rows(file, rows, header=_TABLE, blank=_may_be_blank(file, _TABLE))
    others = found.others(*_TABLE)
    ids: _Ids = {}
    columns = [found.column(c) for c in _TABLE]
    for i, line in enumerate(found.lines):
        name, offset, pos, lemmas, gloss = (column[i] for column in columns)
        if pos not in _PARTS:
            rows.reject(file.path, line, f"the part of speech {pos!r}", "n, v, a, s or r")
            continue
        ids[name] = f"{offset}-{pos}"
        words = [word.replace("_", " ") for word in lemmas.replace("|", " ").split()]
        _declare(builder, file, line, ids[name], [*words, name], pos, gloss, _row(others, i))
    return ids


def _read_names(file: InputFile, rows: RowReport, builder: GraphBuilder) -> _Ids:
    found = read_rows(file, rows, header=_NAMES, blank=[*_may_be_blank(file, _NAMES), "pos"])
    others = found.others(*_NAMES, "ambiguous")
    ids: _Ids = {}
    columns = [found.column(c) for c in _NAMES]
    for i, line in enumerate(found.lines):
        offset, pos, lemmas, gloss = (column[i] for column in columns)
        ids[offset] = offset
        _declare(builder, file, line, offset, lemmas.split(", "), pos, gloss, _row(others, i))
    if "ambiguous" in (found.header or ()):
        doubtful = sum(flag not in ("", "0") for flag in found.column("ambiguous"))
        if doubtful:
            rows.note(f"offsets of {file.path.name} that stand for several synsets, named by one: {doubtful}")
    return ids


def _read_own(file: InputFile, rows: RowReport, builder: GraphBuilder) -> _Ids:
    found = read_rows(file, rows, header=_OURS, blank=_may_be_blank(file, _OURS))
    others = found.others(*_OURS)
    ids: _Ids = {}
    columns = [found.column(c) for c in _OURS]
    for i, line in enumerate(found.lines):
        id_, lemmas, pos, gloss = (column[i] for column in columns)
        ids[id_] = id_
        _declare(builder, file, line, id_, lemmas.split(", "), pos, gloss, _row(others, i))
    return ids


def _may_be_blank(file: InputFile, columns: Sequence[str]) -> set[str]:
    return {"gloss", *first_fields(file)} - (set(columns) - {"gloss"})


def _row(columns: Mapping[str, Sequence[str]], i: int) -> dict[str, str]:
    return {name: values[i] for name, values in columns.items()}


def _declare(
    builder: GraphBuilder,
    file: InputFile,
    line: int,
    id_: str,
    names: list[str],
    pos: str,
    gloss: str,
    others: Mapping[str, str],
) -> None:
    builder.node(
        id_,
        "Synset",
        names[0],
        file=file.path,
        line=line,
        aliases=names[1:],
        properties={"part_of_speech": _PARTS.get(pos, pos), "gloss": gloss, **others},
    )


def _read_facts(
    file: InputFile, layout: Layout, rows: RowReport, builder: GraphBuilder, ids: _Ids | None
) -> None:
    """Facts between synsets of the folder's table, or where it has none, as the names of relations say."""
    layout = replace(layout, columns=_columns(file, layout.columns, builder.schema))
    found = layout.triples(file, rows)
    if ids is not None:
        heads, tails = ([ids.get(e, e) for e in column] for column in (found.heads, found.tails))
        found = replace(found, heads=heads, tails=tails)
    kind = "Synset" if ids is not None or _of_wordnet(found.relations, builder.schema) else "Phrase"
    add_triples(builder, found, None if ids is not None else (kind, kind))


def _of_wordnet(relations: Sequence[str], schema: GraphSchema) -> bool:
    """Whether facts are between synsets: one of their relations never joins phrases."""
    declared = [schema.relation_type(name) for name in set(relations)]
    return any(kind is not None and "Phrase" not in kind.head for kind in declared)
