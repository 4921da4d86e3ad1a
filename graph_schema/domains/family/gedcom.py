"""Genealogies in GEDCOM 5.5, 5.5.1 and 7: people, parents and couples, with contradictions named by line."""

from __future__ import annotations

import hashlib
from collections import defaultdict

from graph_schema.domains.family.gedcom_bonds import join
from graph_schema.domains.family.gedcom_checks import check
from graph_schema.domains.family.gedcom_links import Family, read_families
from graph_schema.domains.family.gedcom_people import fill_in_sexes, person_of
from graph_schema.domains.family.gedcom_pointers import Pointers
from graph_schema.domains.family.gedcom_records import Record, read_records
from graph_schema.domains.family.gedcom_tally import Tally
from graph_schema.domains.family.gedcom_tree import FamilyTree
from graph_schema.errors import InputError
from graph_schema.reading import InputFile, RowReport

_DIGITS = 12


def read_gedcom(file: InputFile, rows: RowReport) -> FamilyTree:
    """People and families of a file.

    Raises:
        InputError: the file is no GEDCOM or names nobody; or, unless rows are skipped, a line cannot be read,
            a pointer leads nowhere, somebody is their own ancestor or was born before a parent.
    """
    tally = Tally(file, rows)
    records: dict[str, list[Record]] = {"INDI": [], "FAM": []}
    tags: dict[str, set[str]] = defaultdict(set)
    tree = FamilyTree()
    for record in read_records(file, rows, tally):
        tags[record.xref].add(record.tag)
        if record.tag == "HEAD" and tree.source is None:
            tree.source = record.text("SOUR") or None
        elif record.tag in records:
            records[record.tag].append(record)
    if not records["INDI"]:
        raise InputError("no person (INDI)", wanted="a genealogy with people", file=file.path)
    people = _by_id(records["INDI"], "person", file, rows)
    tree.people = {id_: person_of(record, id_, tally) for id_, record in people.items()}
    pointers = Pointers(file, rows, tally, tags)
    families = read_families(_by_id(records["FAM"], "family", file, rows), people, pointers, tally)
    silent = [id_ for id_, record in people.items() if not record.all("SEX")]
    fill_in_sexes(tree.people, _roles(families), silent, tally)
    join(families, tree, file, rows, tally)
    check(tree, file, rows, tally)
    tally.tell()
    return tree


def _by_id(records: list[Record], word: str, file: InputFile, rows: RowReport) -> dict[str, Record]:
    """Records by their id, each once. Those without one get one from what they say, whatever their order.

    Raises:
        InputError: two records have one id, unless rows are skipped.
    """
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.xref, []).append(record)
    nameless = groups.pop("", [])
    found: dict[str, Record] = {}
    for id_, same in groups.items():
        found[id_], *others = sorted(same, key=Record.content) if len(same) > 1 else same
        for other in others:
            what = f"a second {word} @{id_}@ (another in line {found[id_].line})"
            rows.reject(file.path, other.line, what, f"each {word} once")
    counts: dict[str, int] = {}
    for record in nameless:
        digest = hashlib.sha256(record.content().encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        counts[digest] = number = counts.get(digest, 0) + 1
        found[f"{word}-{digest}" + (f"-{number}" if number > 1 else "")] = record
    return found


def _roles(families: list[Family]) -> dict[str, set[str]]:
    roles: dict[str, set[str]] = defaultdict(set)
    for family in families:
        for person, own in family.partners.items():
            roles[person] |= own
    return roles
