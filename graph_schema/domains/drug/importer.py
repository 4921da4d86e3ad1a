"""Reads tables about drugs: the sample's own, Hetionet's nodes and edges, protein roles, interactions."""

from __future__ import annotations

from collections.abc import Callable

from graph_schema.domains import load_domain
from graph_schema.domains.drug.hetionet import read_edges, read_nodes, read_roles
from graph_schema.domains.drug.interactions import is_interactions, read_interactions
from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport, read_rows
from graph_schema.reading.triples import first_fields
from graph_schema.tables import GraphData

_Read = Callable[[InputFile, RowReport, GraphBuilder], None]
_OURS = ("id", "type", "name")


def recognise(files: InputFiles) -> bool:
    """See `Importer`: the headers of one of the table shapes, and nothing else."""
    if any(is_interactions(folder) for folder in files.folders()):
        return True
    return any(_reader(file) not in (None, _read_own_nodes) for file in files.files)


def read(files: InputFiles, rows: RowReport) -> GraphData:
    """See `Importer`."""
    builder = GraphBuilder(load_domain("drug"), rows)
    for folder in files.folders():
        if is_interactions(folder):
            read_interactions(folder, rows, builder)
            continue
        for file in sorted(folder.files, key=lambda f: not _declares_nodes(f)):
            reader = _reader(file)
            if reader is None:
                raise InputError(
                    f"the columns {', '.join(first_fields(file)[:6]) or 'of no table'}",
                    wanted="nodes (id, name, kind), edges (source, metaedge, target), roles (drugbank_id, "
                    "role, entrez_gene_id, gene_symbol), or a folder with drugs, relations and train",
                    file=file.path,
                    line=1,
                )
            reader(file, rows, builder)
    return builder.build()


def _reader(file: InputFile) -> _Read | None:
    names = set(first_fields(file))
    shapes: tuple[tuple[set[str], _Read], ...] = (
        ({"id", "name", "kind"}, read_nodes),
        ({"source", "metaedge", "target"}, read_edges),
        ({"drugbank_id", "role", "entrez_gene_id"}, read_roles),
        (set(_OURS), _read_own_nodes),
        ({"head", "relation", "tail", "checked"}, _read_own_facts),
    )
    return next((reader for wanted, reader in shapes if wanted <= names), None)


def _declares_nodes(file: InputFile) -> bool:
    return "name" in first_fields(file)


def _read_own_nodes(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    found = read_rows(file, rows, header=_OURS, blank=("aliases", "description"))
    said = found.column("description")
    for i, line in enumerate(found.lines):
        id_, kind, name = (found.column(c)[i] for c in _OURS)
        if builder.schema.node_type(kind) is None:
            known = ", ".join(t.name for t in builder.schema.node_types)
            rows.reject(file.path, line, f"the node type {kind!r}", f"one of {known}")
            continue
        aliases = [a.strip() for a in found.column("aliases")[i].split("|")]
        builder.node(
            id_,
            kind,
            name,
            file=file.path,
            line=line,
            aliases=aliases,
            keep_name=True,
            properties={"description": said[i]},
        )


def _read_own_facts(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    found = read_rows(
        file, rows, header=("head", "relation", "tail", "source", "checked"), blank=("mechanism",)
    )
    checked = found.column("checked")
    for line, value in zip(found.lines, checked, strict=True):
        if value not in ("true", "false"):
            rows.reject(file.path, line, f"checked {value!r}", "true or false")
    builder.add(
        file.path,
        found.lines,
        found.column("head"),
        found.column("relation"),
        found.column("tail"),
        sources_each=[[name] for name in found.column("source")],
        properties={"checked": [v == "true" for v in checked], "mechanism": found.column("mechanism")},
    )
