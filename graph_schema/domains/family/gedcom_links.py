"""Families of a genealogy: partners and children, as either side tells of them, and what kind of link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph_schema.domains.family.gedcom_dates import Span
from graph_schema.domains.family.gedcom_people import event_span
from graph_schema.domains.family.gedcom_pointers import Pointers
from graph_schema.domains.family.gedcom_records import Record
from graph_schema.domains.family.gedcom_tally import Tally

_ONE_SIDED = "one-sided links of a person and a family, read as if both told of them"
_BY_NOBODY = "adoptions that name no family (FAMC), from which nothing follows"

_Place = tuple[str, str, bool]
"""(family, person, whether as a child)."""

_TWICE = "people who stand twice in one family, counted once"


@dataclass
class ChildLink:
    """A child of a family. `said` are (role of the parent, or None for all; kind of link) as recorded."""

    line: int
    member: bool = False
    """Whether CHIL or FAMC says so, not an adoption or a birth alone."""
    said: list[tuple[str | None, str]] = field(default_factory=list)


@dataclass
class Family:
    """A family of a file by its own id: partners with their roles (HUSB, WIFE), children."""

    id: str
    line: int
    wedding: Span
    partners: dict[str, set[str]] = field(default_factory=dict)
    children: dict[str, ChildLink] = field(default_factory=dict)


def read_families(
    families: Mapping[str, Record], people: Mapping[str, Record], pointers: Pointers, tally: Tally
) -> list[Family]:
    """Families with all that FAM and INDI records say of them.

    Raises:
        InputError: unless rows are skipped, a pointer leads nowhere or to the wrong kind of record.
    """
    found = {id_: _family(id_, record, tally) for id_, record in families.items()}
    by_family: dict[_Place, int] = {}
    by_person: dict[_Place, int] = {}
    for family, record in families.items():
        for part in record.all("HUSB", "WIFE", "CHIL"):
            member = pointers.target(part, "INDI")
            if member is not None:
                if not _take(found[family], member, part):
                    tally.add(_TWICE, part.line, f"{part.tag} @{member}@")
                by_family.setdefault((family, member, part.tag == "CHIL"), part.line)
    for person, record in people.items():
        for part in record.all("FAMS", "FAMC"):
            id_ = pointers.target(part, "FAM")
            if id_ is not None:
                _answer(found[id_], person, part)
                by_person.setdefault((id_, person, part.tag == "FAMC"), part.line)
        for event in record.all("BIRT", "ADOP"):
            if event.tag == "ADOP" and not event.all("FAMC"):
                tally.add(_BY_NOBODY, event.line, f"@{person}@")
            for part in event.all("FAMC"):
                id_ = pointers.target(part, "FAM")
                if id_ is not None:
                    _add_event(found[id_], person, event.tag, part)
    lines = {**by_family, **by_person}
    for place in sorted(by_family.keys() ^ by_person.keys(), key=lambda one: lines[one]):
        tally.add(_ONE_SIDED, lines[place], f"@{place[1]}@ in @{place[0]}@")
    return list(found.values())


def _family(id_: str, record: Record, tally: Tally) -> Family:
    wedding, _ = event_span(record.all("MARR"), tally)
    return Family(id_, record.line, wedding)


def _take(family: Family, person: str, part: Record) -> bool:
    """Take in what a family says of a person; False: it said so before."""
    if part.tag != "CHIL":
        roles = family.partners.setdefault(person, set())
        fresh = part.tag not in roles
        roles.add(part.tag)
        return fresh
    fresh = person not in family.children
    _child(family, person, part).said += _by_role(part)
    return fresh


def _child(family: Family, person: str, part: Record) -> ChildLink:
    link = family.children.setdefault(person, ChildLink(part.line))
    link.member = True
    return link


def _answer(family: Family, person: str, part: Record) -> None:
    if part.tag == "FAMS":
        family.partners.setdefault(person, set())
        return
    link = _child(family, person, part)
    link.said += _by_role(part)
    status, kind = part.text("STAT").lower(), part.text("PEDI").lower()
    if status in ("disproven", "challenged"):
        link.said.append((None, status))
    elif kind:
        link.said.append((None, kind))


def _add_event(family: Family, person: str, event: str, part: Record) -> None:
    link = family.children.setdefault(person, ChildLink(part.line))
    if event == "BIRT":
        link.said.append((None, "birth"))
        return
    by = part.text("ADOP").upper()
    link.said += [(role, "adopted") for role in ((by,) if by in ("HUSB", "WIFE") else ("HUSB", "WIFE", None))]


def _by_role(part: Record) -> list[tuple[str | None, str]]:
    said = (("HUSB", part.text("_FREL").lower()), ("WIFE", part.text("_MREL").lower()))
    return [(role, kind) for role, kind in said if kind]
