"""Reads facts of any kind: tables, split folders, RDF, JSON lines."""

from __future__ import annotations

from graph_schema.domains import load_domain
from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport
from graph_schema.reading.names import is_name_table, read_names
from graph_schema.reading.triples import read_triples
from graph_schema.tables import GraphData

_RDF = frozenset({".nt", ".nq", ".ttl", ".trig", ".n3", ".rdf", ".rdfs", ".owl", ".xml"})


def recognise(files: InputFiles) -> bool:
    """See `Importer`: every file could hold facts."""
    return bool(files.files)


def read(files: InputFiles, rows: RowReport) -> GraphData:
    """See `Importer`."""
    builder = GraphBuilder(load_domain("triples"), rows)
    rdf = [file for file in files.files if file.suffix in _RDF]
    tables = [file for file in files.files if file.suffix not in _RDF]
    if rdf:
        from graph_schema.domains.triples.rdf import read_rdf  # with a parser of its own

        read_rdf(rdf, rows, builder)
    for file in tables:
        if not is_name_table(file):
            _read_table(file, files, rows, builder)
    for file in tables:
        if is_name_table(file):
            read_names(file, rows, builder, "Concept")
    return builder.build()


def _read_table(file: InputFile, files: InputFiles, rows: RowReport, builder: GraphBuilder) -> None:
    found = read_triples(file, rows, files.columns)
    builder.add(
        file.path,
        found.lines,
        found.heads,
        found.relations,
        found.tails,
        split=file.split,
        ends=("Concept", "Concept"),
        sources_each=found.sources,
        properties=found.properties,
    )
