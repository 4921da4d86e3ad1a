"""Reads genealogies in GEDCOM and tables of kin relations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from graph_schema.domains import load_domain
from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport
from graph_schema.reading.adding import add_triples
from graph_schema.reading.layouts import Layout
from graph_schema.reading.nodes import read_nodes
from graph_schema.reading.triples import glimpse
from graph_schema.tables import GraphData

if TYPE_CHECKING:
    from graph_schema.domains.family.gedcom_tree import FamilyTree
    from graph_schema.domains.family.kinship import Fact

OWN = frozenset({".ged", ".gedcom"})
"""See `Importer`."""

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
_HEAD = re.compile(r" *0 +HEAD *(?:\r|\Z)")
_SYMMETRIC = frozenset({"COUSIN", "SPOUSE"})


def is_gedcom(file: InputFile) -> bool:
    """Whether a file is GEDCOM, by its name or first line."""
    return file.suffix in OWN or _HEAD.match((file.head(1) or [""])[0]) is not None


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
    genealogies = [file for file in files.files if is_gedcom(file)]
    for file in genealogies:
        _read_genealogy(file, rows, builder)
    layout = Layout.of(replace(files, files=tuple(f for f in files.files if f not in genealogies)))
    for file in layout.facts:
        add_triples(builder, layout.triples(file, rows), ("Person", "Person"))
    for file in layout.nodes:
        read_nodes(file, rows, builder, "Person")
    layout.note_unused(rows, builder)
    _tell_sexes(builder)
    return builder.build()


def _read_genealogy(file: InputFile, rows: RowReport, builder: GraphBuilder) -> None:
    from graph_schema.domains.family.gedcom import read_gedcom  # with a parser of its own

    tree = read_gedcom(file, rows)
    for person in tree.people.values():
        builder.node(
            file.scoped(person.id),
            "Person",
            person.name,
            file=file.path,
            line=person.line,
            aliases=person.aliases,
            properties={
                "birth_year": person.birth.year,
                "death_year": person.death.year,
                "birth_date": person.birth_date,
                "death_date": person.death_date,
                "sex": person.sex,
            },
        )
    sex = {person.id: person.sex for person in tree.people.values() if person.sex in ("M", "F")}
    if len(sex) < len(tree.people):
        rows.note(f"people of unknown sex, only PARENT and SPOUSE of others: {len(tree.people) - len(sex)}")
    facts = _facts_of(tree, sex)
    builder.add(
        file.path,
        [None] * len(facts),
        [file.scoped(head) for head, _, _ in facts],
        [relation for _, relation, _ in facts],
        [file.scoped(tail) for _, _, tail in facts],
        sources=[tree.source] if tree.source else [],
    )


def _facts_of(tree: FamilyTree, sex: Mapping[str, str]) -> list[Fact]:
    """All that follows by blood and marriage, and what is recorded beside it; each symmetric fact once."""
    from graph_schema.domains.family.kinship import derive  # with rules that are parsed

    kinship = derive(tree.parents, tree.couples, sex)
    neutral = {fact for fact in kinship.drawn if fact[0] not in sex}
    facts = {*kinship.facts(), *neutral, *tree.raised}
    return sorted(
        f for f in facts if f[1] not in _SYMMETRIC or f[0] < f[2] or (f[2], f[1], f[0]) not in facts
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
