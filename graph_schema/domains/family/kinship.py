"""Derives every kin relation from parents, marriages and sexes, and remembers how."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from graph_schema.yaml_text import parse_yaml

Fact = tuple[str, str, str]
"""(head, relation, tail): the head is the relation of the tail."""

Derivation = tuple[Fact, ...]
"""The facts a rule used; together they prove the fact."""

_RULE = re.compile(r"(\w+)\(x, y\) <- (.+)\Z")
_ATOM = re.compile(r"([A-Z_]+)\((\w), (\w)\)")
_SEX = re.compile(r"(male|female)\((\w)\)")
_SEXES = {"male": "M", "female": "F"}


@dataclass(frozen=True, slots=True)
class Rule:
    """`relation(x, y)` holds where all atoms hold, x has the sex, and, if `apart`, x is not y."""

    relation: str
    atoms: tuple[tuple[str, str, str], ...]
    sex: str | None
    apart: bool


@dataclass(frozen=True)
class Kinship:
    """All kin facts, each derived one with its derivations; drawn facts have none."""

    drawn: frozenset[Fact]
    derivations: Mapping[Fact, tuple[Derivation, ...]]

    def facts(self) -> list[Fact]:
        """The derived facts, sorted."""
        return sorted(self.derivations)

    def proofs(self, fact: Fact) -> tuple[Derivation, ...]:
        """Every way in which a fact follows from drawn facts alone; a drawn fact proves itself."""
        if fact in self.drawn:
            return ((fact,),)
        found: dict[Derivation, None] = {}
        for derivation in self.derivations[fact]:
            chains: list[Derivation] = [()]
            for step in derivation:
                chains = [(*chain, *proof) for chain in chains for proof in self.proofs(step)]
            found.update(dict.fromkeys(tuple(dict.fromkeys(chain)) for chain in chains))
        return tuple(found)


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of `rules.yaml`, in their order."""
    content = parse_yaml((Path(__file__).parent / "rules.yaml").read_text("utf-8"))
    return tuple(_parsed(text) for text in content["rules"])


def derive(
    parents: Iterable[tuple[str, str]], couples: Iterable[tuple[str, str]], sex: Mapping[str, str]
) -> Kinship:
    """All kin facts that follow.

    Args:
        parents: (parent, child) ids.
        couples: Pairs of married people, each once.
        sex: "M" or "F" by id; people of unknown sex are left out.
    """
    known = _Facts()
    for parent, child in parents:
        known.add((parent, "PARENT", child))
    for one, other in couples:
        known.add((one, "SPOUSE", other))
        known.add((other, "SPOUSE", one))
    drawn = frozenset(known.all)
    derivations: dict[Fact, dict[Derivation, None]] = {}
    for rule in rules():
        found: dict[Fact, dict[Derivation, None]] = {}
        for binding, used in _matches(rule, known):
            x, y = binding["x"], binding["y"]
            if (rule.apart and x == y) or (rule.sex is not None and sex.get(x) != rule.sex):
                continue
            found.setdefault((x, rule.relation, y), {})[used] = None
        for fact, ways in found.items():
            known.add(fact)
            derivations.setdefault(fact, {}).update(ways)
    return Kinship(drawn, {fact: tuple(ways) for fact, ways in derivations.items()})


@dataclass
class _Facts:
    """Facts by relation and either end."""

    all: set[Fact] = field(default_factory=set)
    by_head: dict[tuple[str, str], list[Fact]] = field(default_factory=lambda: defaultdict(list))
    by_tail: dict[tuple[str, str], list[Fact]] = field(default_factory=lambda: defaultdict(list))
    by_relation: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))

    def add(self, fact: Fact) -> None:
        if fact not in self.all:
            self.all.add(fact)
            head, relation, tail = fact
            self.by_head[relation, head].append(fact)
            self.by_tail[relation, tail].append(fact)
            self.by_relation[relation].append(fact)

    def matching(self, relation: str, head: str | None, tail: str | None) -> list[Fact]:
        """Facts of a relation with these ends; None: any."""
        if head is not None and tail is not None:
            fact = (head, relation, tail)
            return [fact] if fact in self.all else []
        if head is not None:
            return self.by_head.get((relation, head), [])
        if tail is not None:
            return self.by_tail.get((relation, tail), [])
        return self.by_relation.get(relation, [])


def _matches(
    rule: Rule, known: _Facts, binding: Mapping[str, str] | None = None, used: Derivation = ()
) -> Iterator[tuple[Mapping[str, str], Derivation]]:
    bound = binding or {}
    if len(used) == len(rule.atoms):
        yield bound, used
        return
    relation, first, second = rule.atoms[len(used)]
    for fact in known.matching(relation, bound.get(first), bound.get(second)):
        yield from _matches(rule, known, {**bound, first: fact[0], second: fact[2]}, (*used, fact))


def _parsed(text: str) -> Rule:
    match = _RULE.match(text)
    if match is None:
        raise ValueError(f"rule {text!r}: wanted 'R(x, y) <- S(x, z), T(z, y), male(x), x != y'")
    body = match.group(2)
    sexes = [_SEXES[word] for word, who in _SEX.findall(body) if who == "x"]
    atoms = tuple((name, first, second) for name, first, second in _ATOM.findall(body))
    return Rule(match.group(1), atoms, sexes[0] if sexes else None, "x != y" in body)
