"""Draws genealogies of any size: invented people, their parents, marriages and years."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from graph_schema.domains.family.kinship import Kinship, derive
from graph_schema.yaml_text import parse_yaml

_CHILDREN = (0, 1, 2, 3, 4, 5, 6)
_CHILDREN_WEIGHTS = (10, 14, 30, 22, 13, 7, 4)
_LAST_YEAR = 2020


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person. `death_year` is None for the living."""

    id: str
    given: str
    surname: str
    sex: str
    birth_year: int
    death_year: int | None


@dataclass(frozen=True)
class Family:
    """A couple and their children, by id, in order of birth."""

    husband: str
    wife: str
    children: tuple[str, ...]


@dataclass(frozen=True)
class Genealogy:
    """People by id, and the families that tie them."""

    people: dict[str, Person]
    families: tuple[Family, ...]

    def kinship(self) -> Kinship:
        """Every kin relation among them, with its derivations."""
        parents = [(p, c) for f in self.families for c in f.children for p in (f.husband, f.wife)]
        couples = [(f.husband, f.wife) for f in self.families]
        return derive(parents, couples, {p.id: p.sex for p in self.people.values()})


@cache
def _names(kind: str) -> tuple[str, ...]:
    """Given names of a sex ("F", "M"), or "surnames"."""
    return tuple(parse_yaml((Path(__file__).parent / "names.yaml").read_text("utf-8"))[kind])


def generate(size: int, seed: int) -> Genealogy:
    """A genealogy of about `size` people, never fewer; the same seed gives the same one.

    Couples start around 1850; each has up to six children, 2.5 on average. Four of five children marry:
    where they can somebody unrelated from another family drawn before, otherwise a newcomer.
    """
    return _Drawing(random.Random(seed)).drawn(max(size, 2))  # noqa: S311  # nothing here is secret


class _Drawing:
    """The state while one genealogy is drawn."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.people: dict[str, Person] = {}
        self.families: list[Family] = []
        self.single: list[str] = []
        self.ancestors: dict[str, frozenset[str]] = {}

    def drawn(self, size: int) -> Genealogy:
        waiting: list[tuple[str, str]] = []
        while len(self.people) < size:
            if not waiting:
                waiting += self._matched() or [self._founders()]
            self._raise_family(*waiting.pop(0))
        return Genealogy(self.people, tuple(self.families))

    def _founders(self) -> tuple[str, str]:
        year = self.dice.randint(1846, 1858)
        return self._newcomer("M", year), self._newcomer("F", year + self.dice.randint(-3, 4))

    def _newcomer(self, sex: str, year: int) -> str:
        return self._person(sex, self.dice.choice(_names("surnames")), year, frozenset())

    def _person(self, sex: str, surname: str, year: int, ancestors: frozenset[str]) -> str:
        id_ = f"I{len(self.people) + 1}"
        death = year + self.dice.choice((self.dice.randint(50, 69), self.dice.randint(70, 95)))
        given = self.dice.choice(_names(sex))
        self.people[id_] = Person(id_, given, surname, sex, year, death if death <= _LAST_YEAR else None)
        self.ancestors[id_] = ancestors | {id_}
        return id_

    def _raise_family(self, husband: str, wife: str) -> None:
        father, mother = self.people[husband], self.people[wife]
        count = self.dice.choices(_CHILDREN, _CHILDREN_WEIGHTS)[0]
        year = max(father.birth_year, mother.birth_year) + self.dice.randint(20, 28)
        children = []
        for _ in range(count):
            if year > min(mother.birth_year + 45, _LAST_YEAR):
                break
            sex = self.dice.choice("FM")
            child = self._person(sex, father.surname, year, self.ancestors[husband] | self.ancestors[wife])
            children.append(child)
            if self.dice.random() < 0.8:
                self.single.append(child)
            year += self.dice.randint(1, 4)
        self.families.append(Family(husband, wife, tuple(children)))

    def _matched(self) -> list[tuple[str, str]]:
        """Couples among those who wait to marry, each with a known match or a newcomer."""
        couples = []
        waiting, self.single = self.single, []
        while waiting:
            one = self.people[waiting.pop(0)]
            match = next((o for o in waiting if self._fits(one, self.people[o])), None)
            if match is not None and self.dice.random() < 0.5:
                waiting.remove(match)
                other = match
            else:
                other = self._newcomer(
                    "F" if one.sex == "M" else "M", one.birth_year + self.dice.randint(-4, 4)
                )
            couples.append((one.id, other) if one.sex == "M" else (other, one.id))
        return couples

    def _fits(self, one: Person, other: Person) -> bool:
        related = self.ancestors[one.id] & self.ancestors[other.id]
        return one.sex != other.sex and not related and abs(one.birth_year - other.birth_year) <= 8


def to_gedcom(genealogy: Genealogy) -> str:
    """The genealogy as a GEDCOM 5.5.1 file."""
    lines = [
        "0 HEAD",
        "1 SOUR kg-platform sample",
        "1 GEDC",
        "2 VERS 5.5.1",
        "2 FORM LINEAGE-LINKED",
        "1 CHAR UTF-8",
    ]
    as_child = {c: n for n, f in enumerate(genealogy.families, 1) for c in f.children}
    as_spouse: dict[str, list[int]] = {}
    for number, family in enumerate(genealogy.families, 1):
        for spouse in (family.husband, family.wife):
            as_spouse.setdefault(spouse, []).append(number)
    for person in genealogy.people.values():
        lines += [f"0 @{person.id}@ INDI", f"1 NAME {person.given} /{person.surname}/", f"1 SEX {person.sex}"]
        lines += ["1 BIRT", f"2 DATE {person.birth_year}"]
        if person.death_year is not None:
            lines += ["1 DEAT", f"2 DATE {person.death_year}"]
        lines += [f"1 FAMS @F{n}@" for n in as_spouse.get(person.id, [])]
        if person.id in as_child:
            lines.append(f"1 FAMC @F{as_child[person.id]}@")
    for number, family in enumerate(genealogy.families, 1):
        lines += [f"0 @F{number}@ FAM", f"1 HUSB @{family.husband}@", f"1 WIFE @{family.wife}@"]
        lines += [f"1 CHIL @{child}@" for child in family.children]
    return "\n".join([*lines, "0 TRLR"]) + "\n"
