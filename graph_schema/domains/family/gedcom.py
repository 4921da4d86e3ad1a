"""Genealogies in GEDCOM: people, parents and couples, with contradictions named by line."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

from ged4py.model import Individual, Record
from ged4py.parser import CodecError, GedcomReader, IntegrityError, ParserError

from graph_schema.errors import InputError
from graph_schema.reading import InputFile, RowReport
from graph_schema.reading.files import UTF16_MARKS

_YEAR = re.compile(r"\b(\d{3,4})\b(?!.*\b\d{3,4}\b)")
_LINE = re.compile(r"(.*) at line (\d+): `(.*)'", re.DOTALL)
_SHAPE = "lines such as '1 NAME Anna /Berg/', from '0 HEAD' to '0 TRLR'"


@dataclass(slots=True)
class PersonRecord:
    """A person of a file and the line where the record starts."""

    id: str
    name: str
    line: int
    sex: str | None = None
    birth_year: int | None = None
    death_year: int | None = None


@dataclass
class FamilyTree:
    """What a file says: people by id, (parent, child) with the line, couples."""

    people: dict[str, PersonRecord] = field(default_factory=dict)
    parents: dict[tuple[str, str], int] = field(default_factory=dict)
    couples: dict[tuple[str, str], int] = field(default_factory=dict)
    source: str | None = None
    """The system or collection the file says it comes from."""


def read_gedcom(file: InputFile, rows: RowReport) -> FamilyTree:
    """People and families of a file.

    Raises:
        InputError: the file is no GEDCOM; or, unless rows are skipped, a reference leads nowhere, somebody is
            their own ancestor, or was born before a parent.
    """
    content = file.content()
    if not content.startswith(UTF16_MARKS):
        _check_start(file, content)
    tree = FamilyTree()
    try:
        records = list(GedcomReader(io.BytesIO(content)).records0())
        for record in records:
            if record.tag == "HEAD":
                tree.source = record.sub_tag_value("SOUR")
            if record.tag == "INDI":
                _add_person(file, rows, tree, record, _line(content, record.offset))
        for record in records:
            if record.tag == "FAM":
                _add_family(file, rows, tree, record, content)
    except (ParserError, IntegrityError, CodecError, OSError, UnicodeDecodeError) as fault:
        raise _broken(file, fault) from None
    if not tree.people:
        raise InputError("no person (INDI)", wanted="a genealogy with people", file=file.path)
    _check_years(file, rows, tree)
    _check_ancestors(file, rows, tree)
    return tree


def _check_start(file: InputFile, content: bytes) -> None:
    nul = content.find(b"\0")
    if nul >= 0:
        raise InputError("a NUL character", wanted="text", file=file.path, line=_line(content, nul))
    first = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:6]
    if first != b"0 HEAD":
        line = content.split(b"\n", 1)[0][:60].decode("utf-8", "replace").strip()
        raise InputError(f"the first line {line!r}", wanted="'0 HEAD'", file=file.path, line=1)
    if b"0 TRLR" not in content[-200:]:
        raise InputError(
            "a file that ends without '0 TRLR'",
            wanted="a complete GEDCOM file",
            file=file.path,
            line=content.rstrip().count(b"\n") + 1,
            hint="It may have been cut; export it again",
        )


def _broken(file: InputFile, fault: Exception) -> InputError:
    if isinstance(fault, UnicodeDecodeError):
        content = file.content()
        at = content.find(fault.object) + fault.start
        found = f"byte 0x{fault.object[fault.start]:02x}, which is no {fault.encoding}"
        return InputError(found, wanted="text as CHAR says", file=file.path, line=_line(content, at))
    match = _LINE.match(str(fault))
    if match is None:
        return InputError(f"broken GEDCOM ({fault})", wanted=_SHAPE, file=file.path)
    what, line, text = match.groups()
    return InputError(f"{text!r} ({what})", wanted=_SHAPE, file=file.path, line=int(line))


def _line(content: bytes, offset: int | None) -> int:
    return content.count(b"\n", 0, offset or 0) + 1


def _add_person(file: InputFile, rows: RowReport, tree: FamilyTree, record: Record, line: int) -> None:
    id_ = str(record.xref_id).strip("@")
    if id_ in tree.people:
        place = f"first in line {tree.people[id_].line}"
        rows.reject(file.path, line, f"a second person @{id_}@ ({place})", "each person once")
        return
    sex = str(record.sub_tag_value("SEX") or "").strip().upper()
    name = record.name.format().strip() if isinstance(record, Individual) else ""
    person = PersonRecord(id_, name or id_, line, sex if sex in ("M", "F") else None)
    person.birth_year = _year(record.sub_tag_value("BIRT/DATE"))
    person.death_year = _year(record.sub_tag_value("DEAT/DATE"))
    if person.birth_year and person.death_year and person.death_year < person.birth_year:
        found = f"@{id_}@ died {person.death_year} and was born {person.birth_year}"
        rows.reject(file.path, line, found, "a death after the birth")
        person.death_year = None
    tree.people[id_] = person


def _add_family(file: InputFile, rows: RowReport, tree: FamilyTree, record: Record, content: bytes) -> None:
    parents: list[str] = []
    children: list[tuple[str, int]] = []
    for part in record.sub_records:
        if part.tag not in ("HUSB", "WIFE", "CHIL"):
            continue
        line, id_ = _line(content, part.offset), str(part.value or "").strip("@ ")
        if id_ not in tree.people:
            rows.reject(
                file.path, line, f"{part.tag} @{id_}@, whom nobody declares", "the id of a person (INDI)"
            )
            continue
        if part.tag == "CHIL":
            children.append((id_, line))
            continue
        parents.append(id_)
        person = tree.people[id_]
        person.sex = person.sex or ("M" if part.tag == "HUSB" else "F")
    if len(parents) == 2:
        line = _line(content, record.offset)
        if parents[0] == parents[1]:
            rows.reject(file.path, line, f"@{parents[0]}@ married to themselves", "two people")
        elif (parents[1], parents[0]) not in tree.couples:
            tree.couples.setdefault((parents[0], parents[1]), line)
    for child, line in children:
        for parent in parents:
            tree.parents.setdefault((parent, child), line)


def _year(date: object) -> int | None:
    """The last year a date names: BET 1890 AND 1895 → 1895; None without one, or before Christ."""
    text = str(date or "")
    match = _YEAR.search(text)
    return int(match.group(1)) if match and "B.C." not in text and "BC" not in text else None


def _check_years(file: InputFile, rows: RowReport, tree: FamilyTree) -> None:
    for (parent, child), line in list(tree.parents.items()):
        born, before = tree.people[child].birth_year, tree.people[parent].birth_year
        if born is not None and before is not None and born <= before:
            found = f"@{child}@ born {born}, and the parent @{parent}@ born {before}"
            rows.reject(file.path, line, found, "a child born after its parents")
            del tree.parents[parent, child]


def _check_ancestors(file: InputFile, rows: RowReport, tree: FamilyTree) -> None:
    """Refuse cycles. A link that closes one is named, and left out where rows are skipped."""
    children: dict[str, list[str]] = {}
    for (parent, child), line in list(tree.parents.items()):
        if _descends(children, child, parent):
            rows.reject(
                file.path,
                line,
                f"@{child}@ as child of @{parent}@, who is a descendant of theirs or the same person",
                "nobody who is their own ancestor",
            )
            del tree.parents[parent, child]
        else:
            children.setdefault(parent, []).append(child)


def _descends(children: dict[str, list[str]], ancestor: str, person: str) -> bool:
    """Whether `person` is `ancestor` or descends from them."""
    seen, waiting = {ancestor}, [ancestor]
    while waiting:
        one = waiting.pop()
        if one == person:
            return True
        fresh = [child for child in children.get(one, []) if child not in seen]
        seen.update(fresh)
        waiting += fresh
    return False
