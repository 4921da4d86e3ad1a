"""Hetionet-style tables: nodes, edges with metaedge codes, and the roles proteins play for drugs."""

from __future__ import annotations

from graph_schema.reading import GraphBuilder, InputFile, RowReport, read_rows

SOURCE = "Hetionet v1.0"
ROLE_SOURCE = "DrugBank roles"

_KINDS = {
    "Compound": "Drug",
    "Gene": "Gene",
    "Disease": "Disease",
    "Pharmacologic Class": "PharmacologicClass",
    "Side Effect": "SideEffect",
    "Symptom": "Symptom",
    "Anatomy": "Anatomy",
    "Pathway": "Pathway",
    "Biological Process": "BiologicalProcess",
    "Cellular Component": "CellularComponent",
    "Molecular Function": "MolecularFunction",
}
_METAEDGES = {
    "AdG": "DOWNREGULATES",
    "AeG": "EXPRESSES",
    "AuG": "UPREGULATES",
    "CbG": "BINDS",
    "CcSE": "CAUSES",
    "CdG": "DOWNREGULATES",
    "CpD": "PALLIATES",
    "CrC": "RESEMBLES",
    "CtD": "TREATS",
    "CuG": "UPREGULATES",
    "DaG": "ASSOCIATES",
    "DdG": "DOWNREGULATES",
    "DlA": "LOCALIZES",
    "DpS": "PRESENTS",
    "DrD": "RESEMBLES",
    "DuG": "UPREGULATES",
    "GcG": "COVARIES",
    "GiG": "INTERACTS",
    "GpBP": "PARTICIPATES",
    "GpCC": "PARTICIPATES",
    "GpMF": "PARTICIPATES",
    "GpPW": "PARTICIPATES",
    "Gr>G": "REGULATES",
    "PCiC": "INCLUDES",
}
_ROLES = {
    "target": "TARGETS",
    "enzyme": "HAS_ENZYME",
    "transporter": "HAS_TRANSPORTER",
    "carrier": "HAS_CARRIER",
}


def read_nodes(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    """Nodes: `Compound::DB00682`, its name, its kind. The id loses the kind."""
    found = read_rows(file, rows, header=("id", "name", "kind"))
    columns = (found.column(c) for c in ("id", "name", "kind"))
    for line, id_, name, kind in zip(found.lines, *columns, strict=True):
        if kind not in _KINDS:
            rows.reject(file.path, line, f"the kind {kind!r}", f"one of {', '.join(_KINDS)}")
        elif not id_.startswith(f"{kind}::") or id_ == f"{kind}::":
            rows.reject(file.path, line, f"the id {id_!r}", f"{kind}:: and an identifier")
        else:
            builder.node(_bare(id_), _KINDS[kind], name, file=file.path, line=line, keep_name=True)


def read_edges(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    """Edges: `Compound::DB00682`, `CbG`, `Gene::1559`, and where the row comes from."""
    found = read_rows(file, rows, header=("source", "metaedge", "target"), blank=("provenance",))
    codes = found.column("metaedge")
    known = [i for i, code in enumerate(codes) if code in _METAEDGES]
    if len(known) < len(codes):
        for line, code in zip(found.lines, codes, strict=True):
            if code not in _METAEDGES:
                rows.reject(file.path, line, f"the metaedge {code!r}", f"one of {', '.join(_METAEDGES)}")
    heads, tails = found.column("source"), found.column("target")
    provenance = found.column("provenance")
    builder.add(
        file.path,
        [found.lines[i] for i in known],
        [_bare(heads[i]) for i in known],
        [_METAEDGES[codes[i]] for i in known],
        [_bare(tails[i]) for i in known],
        sources=[SOURCE],
        properties={
            "metaedge": [codes[i] for i in known],
            "provenance": [provenance[i] for i in known],
        },
    )


def read_roles(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    """Roles: DrugBank accession, target/enzyme/transporter/carrier, NCBI Gene number, symbol."""
    found = read_rows(file, rows, header=("drugbank_id", "role", "entrez_gene_id", "gene_symbol"))
    columns = [found.column(c) for c in ("drugbank_id", "role", "entrez_gene_id", "gene_symbol")]
    kept: list[int] = []
    for i, (drug, role, gene, symbol) in enumerate(zip(*columns, strict=True)):
        if role not in _ROLES:
            rows.reject(file.path, found.lines[i], f"the role {role!r}", f"one of {', '.join(_ROLES)}")
            continue
        kept.append(i)
        builder.node(gene, "Gene", symbol, file=file.path, line=found.lines[i], keep_name=True)
        builder.imply(drug, "Drug")
    builder.add(
        file.path,
        [found.lines[i] for i in kept],
        [columns[0][i] for i in kept],
        [_ROLES[columns[1][i]] for i in kept],
        [columns[2][i] for i in kept],
        sources=[ROLE_SOURCE],
    )


def _bare(id_: str) -> str:
    """The identifier without Hetionet's kind before it."""
    return id_.partition("::")[2] or id_
