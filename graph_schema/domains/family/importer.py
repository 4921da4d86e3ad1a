"""Reads genealogies in GEDCOM and tables of kin relations."""

from __future__ import annotations

from graph_schema.domains import load_domain
from graph_schema.domains.family.kinship import derive
from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport
from graph_schema.reading.adding import add_triples
from graph_schema.reading.layouts import Layout
from graph_schema.reading.nodes import read_nodes
from graph_schema.reading.triples import glimpse
from graph_schema.tables import GraphData

_SEX = {
    "M": (
        "FATHER HUSBAND SON BROTHER UNCLE NEPHEW GRANDFATHER GRANDSON FATHER_IN_LAW SON_IN_LAW BROTHER_IN_LAW"
    ),
    "F": (
        "MOTHER WIFE DAUGHTER SISTER AUNT NIECE GRANDMOTHER GRANDDAUGHTER "
        "MOTHER_IN_LAW DAUGHTER_IN_LAW SISTER_IN_LAW"
    ),
}
_SEX_OF_HEAD = {relation: sex for sex, names in _SEX.items() for relation in names.split()}


def is_gedcom(file: InputFile) -> bool:
    """Whether a file is GEDCOM, by its name or first line."""
    return file.suffix in (".ged", ".gedcom") or (file.head(1) or [""])[0].strip() == "0 HEAD"


def recognise(files: InputFiles) -> bool:
    """See `Importer`: GEDCOM, or tables of kin relations only."""
    if any(is_gedcom(file) for file in files.files):
        return True
    schema = load_domain("family")
    found = [glimpse(file, files.columns) for file in Layout.of(files).facts]
    return bool(found) and all(
        bool(names) and all(schema.relation_type(name) is not None for name in names) for names in found
    )


def read(files: InputFiles, rows: RowReport) -> GraphData:
    """See `Importer`."""
    builder = GraphBuilder(load_domain("family"), rows)
    layout = Layout.of(files)
    for file in layout.facts:
        if is_gedcom(file):
            _read_genealogy(file, rows, builder)
        else:
            add_triples(builder, layout.triples(file, rows), ("Person", "Person"))
    for file in layout.nodes:
        read_nodes(file, rows, builder, "Person")
    layout.note_unused(rows, builder.entities())
    _tell_sexes(builder)
    return builder.build()


def _read_genealogy(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    from graph_schema.domains.family.gedcom import read_gedcom  # with a parser of its own

    tree = read_gedcom(file, rows)
    for person in tree.people.values():
        properties = {"birth_year": person.birth_year, "death_year": person.death_year, "sex": person.sex}
        builder.node(
            person.id, "Person", person.name, file=file.path, line=person.line, properties=properties
        )
    sex = {p.id: p.sex for p in tree.people.values() if p.sex is not None}
    kinship = derive(tree.parents, tree.couples, sex)
    derived = [f for f in kinship.facts() if f[1] != "COUSIN" or f[0] < f[2]]  # a symmetric one stands once
    facts = derived + sorted(fact for fact in kinship.drawn if fact[0] not in sex)
    if len(sex) < len(tree.people):
        rows.note(f"{len(tree.people) - len(sex)} people of unknown sex are only PARENT and SPOUSE of others")
    heads, relations, tails = ([fact[i] for fact in facts] for i in range(3))
    builder.add(
        file.path, [None] * len(facts), heads, relations, tails, sources=[tree.source] if tree.source else []
    )


def _tell_sexes(builder: GraphBuilder) -> None:
    """Give people their sex where all facts they are head of agree on it."""
    told: dict[str, set[str]] = {}
    for head, relation, _ in builder.facts:
        if relation in _SEX_OF_HEAD:
            told.setdefault(head, set()).add(_SEX_OF_HEAD[relation])
    for id_ in sorted(told):
        if id_ not in builder.nodes and len(told[id_]) == 1:
            builder.node(id_, "Person", id_, file="", line=None, properties={"sex": next(iter(told[id_]))})
        elif id_ in builder.nodes and len(told[id_]) == 1:
            builder.nodes[id_].properties.setdefault("sex", next(iter(told[id_])))
