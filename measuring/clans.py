"""A genealogy of another make than the sample's: smaller, with great-aunts and great-grandparents.

Its relations are said here as sets of pairs, without the rules of the family domain and without its names.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

from measuring.kin import Complete, Divided, Pairs

_CHILDREN, _WEIGHTS = (0, 1, 2, 3, 4), (15, 20, 35, 20, 10)
_MARRIES = 0.75
_FOUNDERS = 12

_BY_SEX = {
    "parent": ("father", "mother"),
    "child": ("son", "daughter"),
    "spouse": ("husband", "wife"),
    "sibling": ("brother", "sister"),
    "parents_sibling": ("uncle", "aunt"),
    "siblings_child": ("nephew", "niece"),
    "grandparent": ("grandfather", "grandmother"),
    "grandchild": ("grandson", "granddaughter"),
    "grandparents_sibling": ("great_uncle", "great_aunt"),
    "siblings_grandchild": ("great_nephew", "great_niece"),
    "great_grandparent": ("great_grandfather", "great_grandmother"),
    "great_grandchild": ("great_grandson", "great_granddaughter"),
    "cousin": ("cousin", "cousin"),
}
"""What a relative is called, a man and a woman: 25 names."""


@dataclass
class _Clan:
    """People as they are drawn: sexes, children of each couple, couples."""

    dice: random.Random
    sex: list[str] = field(default_factory=list)
    parents: dict[int, tuple[int, int]] = field(default_factory=dict)
    couples: list[tuple[int, int]] = field(default_factory=list)

    def person(self, sex: str) -> int:
        self.sex.append(sex)
        return len(self.sex) - 1

    def couple(self, one: int, other: int) -> list[int]:
        """Marry two and have children."""
        self.couples.append((one, other))
        children = [
            self.person(self.dice.choice("FM")) for _ in range(self.dice.choices(_CHILDREN, _WEIGHTS)[0])
        ]
        self.parents |= dict.fromkeys(children, (one, other))
        return children

    def grow(self, people: int) -> None:
        """Generation after generation; all who marry marry newcomers."""
        young = [c for _ in range(_FOUNDERS) for c in self.couple(self.person("M"), self.person("F"))]
        while len(self.sex) < people:
            if not young:
                young = self.couple(self.person("M"), self.person("F"))
            one = young.pop(0)
            if self.dice.random() < _MARRIES:
                young += self.couple(one, self.person("F" if self.sex[one] == "M" else "M"))


def draw_clan(people: int, seed: int) -> Complete:
    """All kin facts of about so many people; a fact's head is the relative of its tail."""
    clan = _Clan(random.Random(seed))
    clan.grow(people)
    names = [f"p{number:05}" for number in range(len(clan.sex))]
    facts = frozenset(
        (names[one], _BY_SEX[kind][clan.sex[one] == "F"], names[other])
        for kind, pairs in _pairs(clan).items()
        for one, other in pairs
    )
    base = frozenset(name for kind in ("parent", "spouse") for name in _BY_SEX[kind])
    return Complete(facts, dict(zip(names, clan.sex, strict=True)), base)


def _pairs(clan: _Clan) -> dict[str, Pairs]:
    """By kind of relation, (relative, of whom)."""
    parent = {(p, c) for c, both in clan.parents.items() for p in both}
    spouse = {pair for a, b in clan.couples for pair in ((a, b), (b, a))}
    siblings = _joined(_turned(parent), parent)
    uncles = _joined(siblings, parent)
    grandparents = _joined(parent, parent)
    great_uncles = _joined(siblings, grandparents)
    great_grandparents = _joined(parent, grandparents)
    return {
        "parent": parent,
        "child": _turned(parent),
        "spouse": spouse,
        "sibling": siblings,
        "parents_sibling": uncles,
        "siblings_child": _turned(uncles),
        "grandparent": grandparents,
        "grandchild": _turned(grandparents),
        "grandparents_sibling": great_uncles,
        "siblings_grandchild": _turned(great_uncles),
        "great_grandparent": great_grandparents,
        "great_grandchild": _turned(great_grandparents),
        "cousin": _joined(_turned(parent), uncles),
    }


def _turned(pairs: Pairs) -> Pairs:
    return {(b, a) for a, b in pairs}


def _joined(one: Pairs, other: Pairs) -> Pairs:
    """(a, c) where (a, b) is in the first and (b, c) in the second, and a is not c."""
    after = defaultdict(list)
    for b, c in sorted(other):
        after[b].append(c)
    return {(a, c) for a, b in one for c in after[b] if a != c}


def divided(clan: Complete, seed: int, *, hidden: float, noise: float = 0.0) -> Divided:
    """Hide a share of what follows from parents and spouses, and a twentieth to choose on.

    Args:
        clan: What is true.
        seed: Decides what is hidden.
        hidden: Share of the derived facts.
        noise: Wrong facts added, as a share of the known ones: true ones with another tail.
    """
    dice = random.Random(seed)
    derived = sorted(f for f in clan.facts if f[1] not in clan.base)
    dice.shuffle(derived)
    cut, end = int(hidden * len(derived)), int((hidden + 0.05) * len(derived))
    known = sorted(clan.facts - set(derived[:end]))
    wrong: set[tuple[str, str, str]] = set()
    everybody = sorted(clan.sex)
    while len(wrong) < noise * len(known):
        head, relation, _ = dice.choice(known)
        fact = (head, relation, dice.choice(everybody))
        if head != fact[2] and fact not in clan.facts:
            wrong.add(fact)
    return Divided(
        frozenset(known) | wrong, frozenset(wrong), frozenset(derived[cut:end]), frozenset(derived[:cut])
    )
