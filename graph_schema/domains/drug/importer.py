"""Reads tables about drugs: the sample's own, Hetionet's nodes and edges, protein roles, interactions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from graph_schema.domains import load_domain
from graph_schema.domains.drug.interaction_files import InteractionFiles, is_cold_start, is_list
from graph_schema.domains.drug.interaction_tables import InteractionTables, table_of
from graph_schema.domains.drug.interactions import read_interactions
from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport, read_rows
from graph_schema.reading.adding import add_triples
from graph_schema.reading.headers import edge_columns
from graph_schema.reading.layouts import Layout
from graph_schema.reading.nodes import read_nodes as read_nodes_of_any_kind
from graph_schema.reading.triples import first_fields
from graph_schema.tables import GraphData

_OURS = ("id", "type", "name")


def recognise(files: InputFiles) -> bool:
    """See `Importer`: the headers of one of the table shapes, a cold start's names, and nothing else."""
    if any(_shape(file) not in (None, "own nodes") for file in files.files):
        return True
    tables = {table_of(file) for file in files.files} - {None}
    return (
        len(tables) > 1
        or any(map(is_cold_start, files.folders()))
        or all(table_of(file) or is_list(file) for file in files.files)
    )


def read(files: InputFiles, rows: RowReport) -> GraphData:
    """See `Importer`."""
    from graph_schema.domains.drug.hetionet import HetionetIds, read_edges, read_nodes, read_roles

    builder = GraphBuilder(load_domain("drug"), rows)
    ids = HetionetIds()
    readers: dict[str, Callable[[InputFile], None]] = {
        "nodes": lambda file: read_nodes(file, rows, builder, ids),
        "edges": lambda file: read_edges(file, rows, builder, ids),
        "roles": lambda file: read_roles(file, rows, builder, ids),
        "own nodes": lambda file: _read_own_nodes(file, rows, builder),
        "own facts": lambda file: _read_own_facts(file, rows, builder),
    }
    _refuse_nothing_but_numbers(files)
    tables = InteractionTables.read(files, rows, builder)
    others: list[InputFile] = []
    for folder in files.folders():
        found = InteractionFiles.of(folder)
        read_interactions(found, tables, rows, builder, files.columns)
        read = {file.path for file in (*found.facts, *found.parts, *found.lists)}
        left = [file for file in folder.files if file.path not in read and table_of(file) is None]
        for file in sorted(left, key=lambda f: not _declares_nodes(f)):
            shape = _shape(file)
            if shape is None:
                others.append(file)
            else:
                readers[shape](file)
    _read_others(replace(files, files=tuple(others)), rows, builder)
    return builder.build()


def _refuse_nothing_but_numbers(files: InputFiles) -> None:
    """Raises: InputError: tables of what numbers stand for, lists of drugs, and no facts."""
    if all(table_of(file) or is_list(file) for file in files.files):
        lists = [file for file in files.files if is_list(file)]
        raise InputError(
            "a list of drugs and no facts" if lists else "a table of what numbers stand for and no facts",
            wanted="interactions by number beside it: train, or train with valid_S0, test_S0 and the like",
            file=(lists or files.files)[0].path,
            hint="Give their folder in the same import, with the tables drugs and relations",
        )


def _read_others(files: InputFiles, rows: RowReport, builder: GraphBuilder) -> None:
    """Tables of nodes and facts in forms of other tools; kinds and relations are those of the schema."""
    layout = Layout.of(files)
    for file in layout.facts:
        if edge_columns(first_fields(file)) is None and files.columns is None:
            raise InputError(
                f"the columns {', '.join(first_fields(file)[:6]) or 'of no table'}",
                wanted="nodes (id, name, kind), edges (source, metaedge, target), roles (drugbank_id, "
                "role, entrez_gene_id, gene_symbol), a folder with drugs, relations and train, or tables of "
                "nodes and facts whose headers say what each column is",
                file=file.path,
                line=1,
            )
        add_triples(builder, layout.triples(file, rows), None)
    for file in layout.nodes:
        read_nodes_of_any_kind(file, rows, builder, "Drug")


def _shape(file: InputFile) -> str | None:
    names = set(first_fields(file))
    shapes: tuple[tuple[set[str], str], ...] = (
        ({"id", "name", "kind"}, "nodes"),
        ({"source", "metaedge", "target"}, "edges"),
        ({"drugbank_id", "role", "entrez_gene_id"}, "roles"),
        (set(_OURS), "own nodes"),
        ({"head", "relation", "tail", "checked"}, "own facts"),
    )
    return next((shape for wanted, shape in shapes if wanted <= names), None)


def _declares_nodes(file: InputFile) -> bool:
    return "name" in first_fields(file)


def _read_own_nodes(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    found = read_rows(file, rows, header=_OURS, blank=None)
    others = found.others(*_OURS, "aliases")
    columns = [found.column(c) for c in (*_OURS, "aliases")]
    for i, line in enumerate(found.lines):
        id_, kind, name, also = (column[i] for column in columns)
        if builder.schema.node_type(kind) is None:
            known = ", ".join(t.name for t in builder.schema.node_types)
            rows.reject(file.path, line, f"the node type {kind!r}", f"one of {known}")
            continue
        aliases = [a.strip() for a in also.split("|")]
        builder.node(
            id_,
            kind,
            name,
            file=file.path,
            line=line,
            aliases=aliases,
            keep_name=True,
            properties={key: values[i] for key, values in others.items()},
        )


def _read_own_facts(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    header = ("head", "relation", "tail", "source", "checked")
    found = read_rows(file, rows, header=header, blank=None)
    checked = found.column("checked")
    kept: list[int] = []
    for i, value in enumerate(checked):
        if value in ("true", "false"):
            kept.append(i)
        else:
            rows.reject(file.path, found.lines[i], f"checked {value!r}", "true or false")
    others = {name: [values[i] for i in kept] for name, values in found.others(*header).items()}
    heads, relations, tails, sources = (found.column(part) for part in header[:4])
    builder.add(
        file.path,
        [found.lines[i] for i in kept],
        [heads[i] for i in kept],
        [relations[i] for i in kept],
        [tails[i] for i in kept],
        sources_each=[[sources[i]] for i in kept],
        properties={"checked": [checked[i] == "true" for i in kept], **others},
    )
