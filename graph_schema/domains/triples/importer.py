"""Reads facts of any kind: RDF, and all forms of `graph_schema.reading.formats`."""

from __future__ import annotations

from dataclasses import replace

from graph_schema.domains import load_domain
from graph_schema.reading import GraphBuilder, InputFiles, RowReport
from graph_schema.reading.adding import add_triples
from graph_schema.reading.layouts import Layout
from graph_schema.reading.nodes import read_nodes
from graph_schema.tables import GraphData

RDF = frozenset({".nt", ".nq", ".ttl", ".trig", ".n3", ".rdf", ".rdfs", ".owl", ".xml"})
OWN = RDF - {".xml"}
"""See `Importer`: an XML file is RDF where it is given by its name, and may be anything in a folder."""


def recognise(files: InputFiles) -> bool:
    """See `Importer`: every file could hold facts."""
    return bool(files.files)


def read(files: InputFiles, rows: RowReport) -> GraphData:
    """See `Importer`."""
    builder = GraphBuilder(load_domain("triples"), rows)
    rdf = [file for file in files.files if file.suffix in RDF]
    layout = Layout.of(replace(files, files=tuple(f for f in files.files if f not in rdf)))
    if rdf:
        from graph_schema.domains.triples.rdf import read_rdf  # with a parser of its own

        read_rdf(rdf, rows, builder, files.language, files.relations)
    for file in layout.facts:
        add_triples(builder, layout.triples(file, rows), ("Concept", "Concept"))
    for file in layout.nodes:
        read_nodes(file, rows, builder, "Concept")
    layout.note_unused(rows, builder)
    return builder.build()
