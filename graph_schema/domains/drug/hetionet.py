"""Hetionet-style tables: nodes, edges with metaedge codes, and the roles proteins play for drugs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph_schema.reading import GraphBuilder, InputFile, RowReport, read_rows
from graph_schema.schema import GraphSchema

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


@dataclass
class HetionetIds:
    """The ids of nodes by their full ids: `DB00682` for `Compound::DB00682`.

    An id that stands for several kinds is that of the kind whose node type the schema names first; the
    others keep their full ids.
    """

    _of: dict[str, str] = field(default_factory=dict)

    def told_apart(self, schema: GraphSchema, full: Iterable[str]) -> int:
        """Take in full ids. Returns: how many ids stand for several kinds."""
        order = {kind.name: i for i, kind in enumerate(schema.node_types)}
        by_bare: dict[str, set[str]] = {}
        for one in full:
            by_bare.setdefault(_bare(one), set()).add(one)
        several = {bare: ids for bare, ids in by_bare.items() if len(ids) > 1}
        for bare, ids in several.items():
            first = min(ids, key=lambda one: order[_KINDS[one.partition("::")[0]]])
            self._of |= {one: bare if one == first else one for one in ids}
        return len(several)

    def of(self, full: str) -> str:
        """The id of a node."""
        return self._of.get(full, _bare(full))


def read_nodes(file: InputFile, rows: RowReport, builder: GraphBuilder, ids: HetionetIds) -> None:
    """Nodes: `Compound::DB00682`, its name, its kind. The id loses the kind unless two kinds share it."""
    found = read_rows(file, rows, header=("id", "name", "kind"), blank=None)
    columns = [found.column(c) for c in ("id", "name", "kind")]
    sound: list[int] = []
    for i, (id_, _, kind) in enumerate(zip(*columns, strict=True)):
        if kind not in _KINDS:
            rows.reject(file.path, found.lines[i], f"the kind {kind!r}", f"one of {', '.join(_KINDS)}")
        elif not id_.startswith(f"{kind}::") or id_ == f"{kind}::":
            rows.reject(file.path, found.lines[i], f"the id {id_!r}", f"{kind}:: and an identifier")
        else:
            sound.append(i)
    several = ids.told_apart(builder.schema, (columns[0][i] for i in sound))
    if several:
        rows.note(f"ids of {file.path.name} that stand for several kinds, each a node of its own: {several}")
    others = found.others("id", "name", "kind")
    for i in sound:
        builder.node(
            ids.of(columns[0][i]),
            _KINDS[columns[2][i]],
            columns[1][i],
            file=file.path,
            line=found.lines[i],
            properties={name: values[i] for name, values in others.items()},
            keep_name=True,
        )


def read_edges(file: InputFile, rows: RowReport, builder: GraphBuilder, ids: HetionetIds) -> None:
    """Edges: `Compound::DB00682`, `CbG`, `Gene::1559`, and where the row comes from."""
    found = read_rows(file, rows, header=("source", "metaedge", "target"), blank=None)
    codes = found.column("metaedge")
    known = [i for i, code in enumerate(codes) if code in _METAEDGES]
    if len(known) < len(codes):
        for line, code in zip(found.lines, codes, strict=True):
            if code not in _METAEDGES:
                rows.reject(file.path, line, f"the metaedge {code!r}", f"one of {', '.join(_METAEDGES)}")
    heads, tails = found.column("source"), found.column("target")
    builder.add(
        file.path,
        [found.lines[i] for i in known],
        [ids.of(heads[i]) for i in known],
        [_METAEDGES[codes[i]] for i in known],
        [ids.of(tails[i]) for i in known],
        sources=[SOURCE],
        properties={
            name: [values[i] for i in known] for name, values in found.others("source", "target").items()
        },
    )


def read_roles(file: InputFile, rows: RowReport, builder: GraphBuilder, ids: HetionetIds) -> None:
    """Roles: DrugBank accession, target/enzyme/transporter/carrier, NCBI Gene number, symbol."""
    header = ("drugbank_id", "role", "entrez_gene_id", "gene_symbol")
    found = read_rows(file, rows, header=header, blank=None)
    drugs, roles, genes, symbols = (found.column(c) for c in header)
    kept: list[int] = []
    for i, role in enumerate(roles):
        if role not in _ROLES:
            rows.reject(file.path, found.lines[i], f"the role {role!r}", f"one of {', '.join(_ROLES)}")
            continue
        kept.append(i)
        builder.node(
            ids.of(f"Gene::{genes[i]}"),
            "Gene",
            symbols[i],
            file=file.path,
            line=found.lines[i],
            keep_name=True,
        )
        builder.imply(ids.of(f"Compound::{drugs[i]}"), "Drug")
    builder.add(
        file.path,
        [found.lines[i] for i in kept],
        [ids.of(f"Compound::{drugs[i]}") for i in kept],
        [_ROLES[roles[i]] for i in kept],
        [ids.of(f"Gene::{genes[i]}") for i in kept],
        sources=[ROLE_SOURCE],
        properties={name: [values[i] for i in kept] for name, values in found.others(*header).items()},
    )


def _bare(id_: str) -> str:
    """The identifier without Hetionet's kind before it."""
    return id_.partition("::")[2] or id_
