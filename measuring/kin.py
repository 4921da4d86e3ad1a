"""A genealogy with hidden facts, and which chains of the facts left prove a hidden one."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from graph_schema.arrays import Ints, Mask
from graph_schema.domains.family.generator import Genealogy, generate
from graph_schema.domains.family.kinship import Fact, Kinship

BASE = frozenset({"FATHER", "MOTHER", "HUSBAND", "WIFE"})
"""Relations that say what was drawn; every other fact follows from these and the sexes."""

SYMMETRIC = "COUSIN"

Step = tuple[str, bool]
"""A relation, and whether it is walked from its head to its tail."""

Pattern = tuple[Step, ...]
People = tuple[str, ...]
Pairs = set[tuple[int, int]]


@dataclass(frozen=True)
class Complete:
    """Everything that is true of some people.

    Attributes:
        facts: (head, relation, tail); one that holds both ways stands in both.
        sex: "M" or "F" by person.
        base: Relations that say what was drawn; the others follow.
    """

    facts: frozenset[Fact]
    sex: dict[str, str]
    base: frozenset[str] = BASE

    @classmethod
    def of(cls, genealogy: Genealogy) -> Complete:
        """That of a genealogy of the family domain."""
        sex = {p.id: p.sex for p in genealogy.people.values()}
        return cls(frozenset(genealogy.kinship().facts()), sex)


@dataclass(frozen=True)
class Divided:
    """Facts divided: what is known (wrong facts among it), held back to choose, and hidden."""

    known: frozenset[Fact]
    wrong: frozenset[Fact]
    valid: frozenset[Fact]
    hidden: frozenset[Fact]

    def write(self, folder: Path) -> None:
        """Tables `train.tsv`, `valid.tsv` and `test.tsv`, as an import reads them."""
        for name, facts in (("train", self.known), ("valid", self.valid), ("test", self.hidden)):
            rows = "".join("\t".join(fact) + "\n" for fact in sorted(facts))
            (folder / f"{name}.tsv").write_text(rows, "utf-8")

    @cached_property
    def links(self) -> dict[tuple[str, str], tuple[tuple[Step, Fact], ...]]:
        """For two people in either order, the known facts between them as steps from the first."""
        found: dict[tuple[str, str], list[tuple[Step, Fact]]] = defaultdict(list)
        for fact in sorted(self.known):
            head, relation, tail = fact
            found[head, tail].append(((relation, True), fact))
            found[tail, head].append(((relation, relation == SYMMETRIC), fact))
        return {ends: tuple(facts) for ends, facts in found.items()}

    @cached_property
    def near(self) -> dict[str, tuple[str, ...]]:
        """Who shares a known fact with each person."""
        found: dict[str, list[str]] = defaultdict(list)
        for one, other in self.links:
            found[one].append(other)
        return {one: tuple(sorted(others)) for one, others in found.items()}

    def chains(self, fact: Fact, longest: int) -> Iterator[People]:
        """Everybody met on each way over known facts from its head to its tail, nobody twice."""
        head, _, tail = fact
        ahead = set(self.near.get(tail, ()))
        if (head, tail) in self.links:
            yield head, tail
        if longest >= 2:
            for middle in self.near.get(head, ()):
                if middle in ahead and middle != tail:
                    yield head, middle, tail
        if longest >= 3:
            for one, other in itertools.product(self.near.get(head, ()), sorted(ahead)):
                if (one, other) in self.links and tail != one != other != head:
                    yield head, one, other, tail
        if longest >= 4:
            raise ValueError(f"chains of at most 3 facts are looked at; wanted {longest}")


@dataclass(frozen=True)
class HiddenKin(Divided):
    """The facts of a genealogy of the family domain, divided, with how its rules derive them."""

    genealogy: Genealogy
    kinship: Kinship

    @classmethod
    def draw(cls, people: int, seed: int, *, noise: float = 0.0) -> HiddenKin:
        """Hide a fifth of the derived facts, and a twentieth more to choose on.

        Args:
            people: About how many.
            seed: Decides the genealogy and what is hidden.
            noise: Wrong facts added, as a share of the known ones: true ones with another tail.
        """
        genealogy = generate(people, seed)
        kinship = genealogy.kinship()
        facts = [f for f in kinship.facts() if f[1] != SYMMETRIC or f[0] < f[2]]
        dice = random.Random(seed)
        derived = [f for f in facts if f[1] not in BASE]
        dice.shuffle(derived)
        cut, end = len(derived) // 5, len(derived) // 5 + len(derived) // 20
        hidden, valid = frozenset(derived[:cut]), frozenset(derived[cut:end])
        known = sorted(set(facts) - hidden - valid)
        wrong: set[Fact] = set()
        everybody = sorted(genealogy.people)
        while len(wrong) < noise * len(known):
            head, relation, _ = dice.choice(known)
            other = dice.choice(everybody)
            fact, mirrored = (head, relation, other), (other, relation, head)
            if head != other and not {fact, mirrored} & kinship.derivations.keys():
                wrong.add(min(fact, mirrored) if relation == SYMMETRIC else fact)
        return cls(frozenset(known) | wrong, frozenset(wrong), valid, hidden, genealogy, kinship)

    def derivations(self, fact: Fact) -> dict[People, list[frozenset[Fact]]]:
        """How the rules as written derive a fact: people along the chain, with the facts used, known or not.

        A symmetric fact is derived in either direction.
        """
        head, relation, tail = fact
        found: dict[People, list[frozenset[Fact]]] = defaultdict(list)
        mirrored = [(tail, relation, head)] if relation == SYMMETRIC else []
        for one in (fact, *mirrored):
            for used in self.kinship.derivations.get(one, ()):
                between = {e for f in used for e in (f[0], f[2])} - {head, tail}
                facts = {(min(h, t), r, max(h, t)) if r == SYMMETRIC else (h, r, t) for h, r, t in used}
                found[head, *sorted(between), tail].append(frozenset(facts))
        return found


def walked(start: str, facts: Sequence[Fact]) -> People:
    """Everybody met on a chain of facts, from `start` on."""
    people = [start]
    for head, _, tail in facts:
        people.append(tail if people[-1] == head else head)
    return tuple(people)


class Proofs:
    """Which patterns of steps leave no other possibility than a relation.

    A chain of facts proves a fact when every chain of the same pattern (the same relations walked in the same
    directions over people who are all different, from a head of the sex the relation speaks of) joins
    its ends by that relation in complete genealogies. They are looked through one by one: the genealogy in
    question and others of `generate`, which knows no second marriage. The rules as written and the ways
    around them that are as certain both pass ("the father's brother", "the uncle of the brother").

    `alone` False lets a chain lean on what is never hidden: who is whose parent and who is married to whom.
    Then "the grandfather's son" passes for an uncle, since the father is known to be another; alone it does
    not. "The cousin's cousin" passes for a cousin neither way: it may be a sister.
    """

    def __init__(self, true: Sequence[Complete], *, alone: bool = False) -> None:
        self._alone = alone
        self._worlds = [_World(complete) for complete in true]
        self._known: dict[tuple[str, Pattern], bool] = {}

    def sound(self, relation: str, pattern: Pattern) -> bool:
        """Whether the pattern always makes its ends the relation; False where it never occurs."""
        found = self._known.get((relation, pattern))
        if found is None:
            counted = [world.count(relation, pattern, self._alone) for world in self._worlds]
            found = sum(total for total, _ in counted) > 0 and all(total == held for total, held in counted)
            self._known[relation, pattern] = found
        return found

    def strict(self, kin: Divided, fact: Fact, facts: Sequence[Fact]) -> bool:
        """Whether these very facts, in order from its head, prove a fact."""
        people = walked(fact[0], facts)
        steps = ((f[1], f[0] == at or f[1] == SYMMETRIC) for f, at in zip(facts, people, strict=False))
        return not kin.wrong.intersection(facts) and self.sound(fact[1], tuple(steps))

    def lenient(self, kin: Divided, fact: Fact, people: People) -> bool:
        """Whether some known facts between the same people in the same order prove a fact."""
        links = [kin.links.get(ends, ()) for ends in itertools.pairwise(people)]
        true = [[step for step, f in link if f not in kin.wrong] for link in links]
        return any(self.sound(fact[1], pattern) for pattern in itertools.product(*true))


class _World:
    """A complete genealogy as arrays."""

    def __init__(self, true: Complete) -> None:
        self.ids = {person: i for i, person in enumerate(sorted(true.sex))}
        facts = sorted(true.facts)
        ends = np.array([(self.ids[h], self.ids[t]) for h, _, t in facts], dtype=np.int64)
        relation = np.array([r for _, r, _ in facts])
        self._ends = {str(r): ends[relation == r] for r in np.unique(relation)}
        self._codes = {r: np.sort(e[:, 0] * len(self.ids) + e[:, 1]) for r, e in self._ends.items()}
        close = np.concatenate([self._ends[r] for r in sorted(true.base)])
        close = np.concatenate([close, close[:, ::-1]])
        self._close = np.unique(close[:, 0] * len(self.ids) + close[:, 1])
        self._rows: dict[Step, tuple[Ints, Ints]] = {}
        for r, pairs in self._ends.items():
            for forward, both in ((True, pairs), (False, pairs[:, ::-1])):
                ordered = both[np.argsort(both[:, 0], kind="stable")]
                ptr = np.searchsorted(ordered[:, 0], np.arange(len(self.ids) + 1))
                self._rows[r, forward] = (ptr, ordered[:, 1])
        male = np.array([true.sex[p] == "M" for p in sorted(true.sex)])
        self._able = {}
        for r, pairs in self._ends.items():
            sexes = set(male[pairs[:, 0]].tolist())
            self._able[r] = np.flatnonzero(np.isin(male, list(sexes)))

    def count(self, relation: str, pattern: Pattern, alone: bool) -> tuple[int, int]:
        """How often the pattern occurs, and how often with its ends so related; stops at the first misfit.

        `alone` False leaves out ends that are parent and child or married, unless the relation is of such.
        """
        if relation not in self._ends or any(step not in self._rows for step in pattern):
            return 0, 0
        total = held = 0
        for heads in np.array_split(self._able[relation], 6):
            chains = heads[:, None]
            for step in pattern:
                ptr, neighbour = self._rows[step]
                width = ptr[chains[:, -1] + 1] - ptr[chains[:, -1]]
                start = np.repeat(ptr[chains[:, -1]] - np.cumsum(width) + width, width)
                fresh = neighbour[start + np.arange(width.sum())]
                chains = np.concatenate([np.repeat(chains, width, axis=0), fresh[:, None]], axis=1)
                chains = chains[(chains[:, :-1] != chains[:, -1:]).all(axis=1)]
            codes = chains[:, 0] * len(self.ids) + chains[:, -1]
            so_related = _among(codes, self._codes[relation])
            if not alone and not _among(self._codes[relation][:1], self._close).all():
                kept = ~_among(codes, self._close)
                codes, so_related = codes[kept], so_related[kept]
            total, held = total + len(codes), held + int(so_related.sum())
            if held < total:
                break
        return total, held


def _among(codes: Ints, ordered: Ints) -> Mask:
    place = np.minimum(np.searchsorted(ordered, codes), len(ordered) - 1)
    found: Mask = ordered[place] == codes
    return found
