"""What no genealogy can hold, which is refused, and what no life allows, which is told."""

from __future__ import annotations

from collections.abc import Iterator

from graph_schema.domains.family.gedcom_dates import Span
from graph_schema.domains.family.gedcom_tally import Tally
from graph_schema.domains.family.gedcom_tree import FamilyTree, PersonRecord
from graph_schema.reading import InputFile, RowReport

_OLDEST = 120
_AGES_OF_MOTHERS = (10, 65)
_AGES_OF_FATHERS = (10, 100)
_BIRTH_PARENTS = 2


def check(tree: FamilyTree, file: InputFile, rows: RowReport, tally: Tally) -> None:
    """Take contradictions out of a tree and count what is beyond belief, which stays.

    Raises:
        InputError: unless rows are skipped, somebody died before their birth, was born before a parent,
            or is their own ancestor.
    """
    _check_deaths(tree, file, rows)
    _check_births(tree, file, rows)
    _check_ancestors(tree, file, rows)
    _tell_lives(tree, tally)
    _tell_parents(tree, tally)
    _tell_weddings(tree, tally)


def _check_deaths(tree: FamilyTree, file: InputFile, rows: RowReport) -> None:
    for person in tree.people.values():
        if _before(person.death, person.birth):
            found = f"@{person.id}@ died {person.death} and was born {person.birth}"
            rows.reject(file.path, person.line, found, "a death after the birth")
            person.death, person.death_date = Span(), None


def _check_births(tree: FamilyTree, file: InputFile, rows: RowReport) -> None:
    for (parent, child), line in list(tree.parents.items()):
        born, before = tree.people[child].birth, tree.people[parent].birth
        if _before(born, before):
            found = f"@{child}@ born {born}, and the parent @{parent}@ born {before}"
            rows.reject(file.path, line, found, "a child born after its parents")
            del tree.parents[parent, child]


def _check_ancestors(tree: FamilyTree, file: InputFile, rows: RowReport) -> None:
    """Refuse cycles. A link that closes one is named, and left out where rows are skipped.

    Walks down from each person in the order of ids, so that the order of records does not matter.
    """
    children: dict[str, list[str]] = {}
    for parent, child in sorted(tree.parents):
        children.setdefault(parent, []).append(child)
    done: set[str] = set()
    for start in list(children):
        above: dict[str, Iterator[str]] = {} if start in done else {start: iter(children[start])}
        while above:
            person = next(reversed(above))
            child = next(above[person], "")
            if not child:
                del above[person]
                done.add(person)
            elif child in above:
                found = f"@{child}@ as child of @{person}@, who is a descendant of theirs or the same person"
                line = tree.parents.pop((person, child))
                rows.reject(file.path, line, found, "nobody who is their own ancestor")
            elif child not in done:
                above[child] = iter(children.get(child, ()))


def _tell_lives(tree: FamilyTree, tally: Tally) -> None:
    for person in tree.people.values():
        age = _least(person.birth, person.death)
        if age is not None and age > _OLDEST:
            example = f"@{person.id}@, born {person.birth} and died {person.death}"
            tally.add(f"people who lived longer than {_OLDEST} years", person.line, example)


def _tell_parents(tree: FamilyTree, tally: Tally) -> None:
    birth_parents: dict[str, int] = {}
    for (parent_id, child_id), line in tree.parents.items():
        parent, child = tree.people[parent_id], tree.people[child_id]
        birth_parents[child_id] = birth_parents.get(child_id, 0) + 1
        if birth_parents[child_id] == _BIRTH_PARENTS + 1:
            tally.add("children of more than two parents by birth", line, f"@{child_id}@")
        _tell_age(parent, child, line, tally)
        after = 1 if parent.sex == "M" else 0
        if parent.death.latest is not None and _before(parent.death, child.birth, after):
            example = f"@{child_id}@, born {child.birth}, of @{parent_id}@, who died {parent.death}"
            tally.add("children born after the death of a parent", line, example)


def _tell_age(parent: PersonRecord, child: PersonRecord, line: int, tally: Tally) -> None:
    what, (youngest, oldest) = {
        "F": ("mothers", _AGES_OF_MOTHERS),
        "M": ("fathers", _AGES_OF_FATHERS),
    }.get(parent.sex or "", ("parents", _AGES_OF_FATHERS))
    least, most = _least(parent.birth, child.birth), _most(parent.birth, child.birth)
    if (most is not None and most < youngest) or (least is not None and least > oldest):
        example = f"@{parent.id}@, born {parent.birth}, of @{child.id}@, born {child.birth}"
        tally.add(f"{what} younger than {youngest} or older than {oldest} at a birth", line, example)


def _tell_weddings(tree: FamilyTree, tally: Tally) -> None:
    for couple, marriage in tree.couples.items():
        for person in (tree.people[id_] for id_ in couple):
            example = f"@{person.id}@ in {marriage.wedding}"
            if _before(marriage.wedding, person.birth):
                tally.add("people married before their birth", marriage.line, example)
            elif _before(person.death, marriage.wedding):
                tally.add("people married after their death", marriage.line, example)


def _before(one: Span, other: Span, years: int = 0) -> bool:
    """Whether one is before the other, by more than so many years, whatever the two dates mean."""
    return one.latest is not None and other.earliest is not None and one.latest + years < other.earliest


def _least(start: Span, end: Span) -> int | None:
    """The least number of years from one to the other."""
    if end.earliest is None or start.latest is None:
        return None
    return end.earliest - start.latest


def _most(start: Span, end: Span) -> int | None:
    if end.latest is None or start.earliest is None:
        return None
    return end.latest - start.earliest
