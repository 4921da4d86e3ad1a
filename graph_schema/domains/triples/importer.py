"""Reads facts of any kind: tables, split folders, RDF, JSON lines."""

from __future__ import annotations

from graph_schema.domains import load_domain
from graph_schema.reading import GraphBuilder, InputFiles, RowReport
from graph_schema.reading.adding import add_triples
from graph_schema.reading.layouts import Layout
from graph_schema.reading.nodes import read_nodes
from graph_schema.reading.selecting import RDF
from graph_schema.tables import GraphData


def recognise(files: InputFiles) -> bool:
    """See `Importer`: every file could hold facts."""
    return bool(files.files)


def read(files: InputFiles, rows: RowReport) -> GraphData:
    """See `Importer`."""
    builder = GraphBuilder(load_domain("triples"), rows)
    layout = Layout.of(files)
    rdf = [file for file in layout.facts if file.suffix in RDF]
    if rdf:
        from graph_schema.domains.triples.rdf import read_rdf  # with a parser of its own

        read_rdf(rdf, rows, builder, files.language, files.relations)
    for file in layout.facts:
        if file not in rdf:
            add_triples(builder, layout.triples(file, rows), ("Concept", "Concept"))
    for file in layout.nodes:
        read_nodes(file, rows, builder, "Concept")
    layout.note_unused(rows, builder)
    return builder.build()
