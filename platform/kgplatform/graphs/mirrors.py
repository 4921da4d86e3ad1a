"""Facts that say the same from the other end: (x, MOTHER, y) and (y, SON, x)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.schema import GraphSchema
from graph_schema.triples import TripleSet

_SHARE = 0.9
"""Of a relation's facts, how many have a mirror where it is said to be mirrored."""

_FEWEST = 10
"""Mirrored facts below which nothing is said."""

Fact = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mirrors:
    """Which relations mirror each other, as a schema declares it.

    `family` has, for each declared relation, one name that all relations share that mirror each other, at
    once or through others; `side` is 0 or 1 where such a family has two sides (MOTHER and FATHER, SON and
    DAUGHTER), None where it has not (BROTHER and SISTER).
    """

    family: Mapping[str, str]
    side: Mapping[str, int | None]

    @classmethod
    def of(cls, schema: GraphSchema) -> Self:
        """The mirrors a schema declares."""
        beside: dict[str, set[str]] = {}
        for relation in schema.relation_types:
            for other in relation.inverse_of:
                beside.setdefault(relation.name, set()).add(other)
                beside.setdefault(other, set()).add(relation.name)
        family: dict[str, str] = {}
        side: dict[str, int | None] = {}
        for first in sorted(beside):
            if first in family:
                continue
            sides, ahead = {first: 0}, [first]
            while ahead:
                one = ahead.pop()
                for other in beside[one] - sides.keys():
                    sides[other] = 1 - sides[one]
                    ahead.append(other)
            two = all(sides[a] != sides[b] for a in sides for b in beside[a])
            for name, number in sides.items():
                family[name], side[name] = first, number if two else None
        return cls(family, side)

    def as_one(self, fact: Fact) -> Fact:
        """The same for facts that mirror each other; a fact of a relation without mirrors is itself."""
        head, relation, tail = fact
        if relation not in self.family:
            return fact
        side = self.side[relation]
        swapped = tail < head if side is None else side == 1
        return (tail, self.family[relation], head) if swapped else (head, self.family[relation], tail)


@dataclass(frozen=True, slots=True)
class Undeclared:
    """A relation whose facts nearly all have a mirror among facts of `others`, while no schema says so."""

    relation: str
    others: tuple[str, ...]
    mirrored: int
    facts: int

    def __str__(self) -> str:
        many = f"{self.mirrored:,} of {self.facts:,} facts of {self.relation}"
        how = (
            "hold in both directions"
            if self.others == (self.relation,)
            else f"are said once more from the other end, by {', '.join(self.others)}"
        )
        return f"{many} {how}, which the schema does not say: what is held out can be read off these"


def undeclared(facts: TripleSet, mirrors: Mirrors) -> list[Undeclared]:
    """Relations that others mirror in the facts while no schema says so, by name.

    What is held out of them can be read off its mirror, unless that is held out as well.

    Args:
        facts: The facts to look at.
        mirrors: What is declared.
    """
    v = facts.vocabulary
    rows = facts.triples[facts.triples[:, 0] != facts.triples[:, 2]]
    which, others = _reversed(rows, len(v.entities))
    families = [mirrors.family.get(name, f"\0{name}") for name in v.relations]
    family = np.unique(families, return_inverse=True)[1]
    own = np.array([name in mirrors.family or name in v.symmetric for name in v.relations])
    relations = rows[which, 1]
    strange = ~(own[relations] & (family[relations] == family[others]))
    which, others, relations = which[strange], others[strange], relations[strange]
    totals = np.bincount(rows[:, 1], minlength=len(v.relations))
    mirrored = np.bincount(rows[np.unique(which), 1], minlength=len(v.relations))
    found = []
    for relation, name in enumerate(v.relations):
        count, total = int(mirrored[relation]), int(totals[relation])
        if count >= max(_FEWEST, _SHARE * total):
            by = np.bincount(others[relations == relation], minlength=len(v.relations))
            names = tuple(v.relations[i] for i in np.flatnonzero(by >= (1 - _SHARE) * total))
            found.append(Undeclared(name, names, count, total))
    return found


def _reversed(rows: Ints, entities: int) -> tuple[Ints, Ints]:
    """(P,) rows, and (P,) the relation of each fact that joins the same two the other way round."""
    forth = rows[:, 0] * entities + rows[:, 2]
    back = rows[:, 2] * entities + rows[:, 0]
    order, turned = np.argsort(forth, kind="stable"), np.argsort(back, kind="stable")
    forth, back = forth[order], back[turned]  # both in order: looked up from start to end
    first = np.searchsorted(forth, back, side="left")
    many = np.searchsorted(forth, back, side="right") - first
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(turned, many), rows[order[np.repeat(first, many) + within], 1]
