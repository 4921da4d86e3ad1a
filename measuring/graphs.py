"""Public benchmark graphs as their importer reads them, without a database."""

from __future__ import annotations

from pathlib import Path

from graph_schema.domains import load_domain, load_importer, own_files
from graph_schema.reading import InputFiles, RowReport
from kgplatform.graphs.pulling import PulledGraph


def read_graph(*paths: Path, domain: str = "triples") -> PulledGraph:
    """The graph of some files and folders, named after the first. Raises: InputError."""
    data = load_importer(domain).read(InputFiles.of(paths, own=own_files()), RowReport())
    return PulledGraph(paths[0].name, "", load_domain(domain), data)
