"""Families: what is drawn is possible, what is derived is true, and each derivation proves its fact."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_schema.domains import load_domain, sample_folder
from graph_schema.domains.family.generator import Genealogy, generate, to_gedcom
from graph_schema.domains.family.kinship import derive, rules
from kgplatform.graphs.importing import read_files

SIZES = st.integers(2, 150)
SEEDS = st.integers(0, 10_000)


@given(SIZES, SEEDS)
@settings(max_examples=25, deadline=None)
def test_years_and_families_are_possible(size: int, seed: int) -> None:
    drawn = generate(size, seed)
    assert len(drawn.people) >= size
    for family in drawn.families:
        father, mother = drawn.people[family.husband], drawn.people[family.wife]
        assert (father.sex, mother.sex) == ("M", "F")
        for child in (drawn.people[c] for c in family.children):
            assert 15 < child.birth_year - mother.birth_year <= 45
            assert child.birth_year - father.birth_year > 15
            assert child.surname == father.surname
    for person in drawn.people.values():
        assert person.death_year is None or person.death_year > person.birth_year
    children = [c for family in drawn.families for c in family.children]
    assert len(children) == len(set(children))


def test_the_seed_decides() -> None:
    assert generate(80, 3) == generate(80, 3)
    assert generate(80, 3) != generate(80, 4)


def _by_definition(drawn: Genealogy) -> dict[str, set[tuple[str, str]]]:
    """A few relations written out by hand from the families, independent of the rules."""
    parents = {c: {f.husband, f.wife} for f in drawn.families for c in f.children}
    people = drawn.people
    found: dict[str, set[tuple[str, str]]] = {
        "AUNT": set(),
        "GRANDFATHER": set(),
        "COUSIN": set(),
        "BROTHER": set(),
    }
    for x in people:
        for y in people:
            if x == y:
                continue
            siblings = {p for p in people if p != x and parents.get(p, set()) & parents.get(x, set())}
            if people[x].sex == "M" and y in siblings:
                found["BROTHER"].add((x, y))
            if people[x].sex == "F" and siblings & parents.get(y, set()):
                found["AUNT"].add((x, y))
            if people[x].sex == "M" and any(x in parents.get(p, set()) for p in parents.get(y, set())):
                found["GRANDFATHER"].add((x, y))
            for p in parents.get(x, set()):
                for q in parents.get(y, set()):
                    if p != q and parents.get(p, set()) & parents.get(q, set()):
                        found["COUSIN"].add((x, y))
    return found


@given(SEEDS)
@settings(max_examples=8, deadline=None)
def test_rules_say_what_the_words_mean(seed: int) -> None:
    drawn = generate(45, seed)
    facts = drawn.kinship().facts()
    for relation, wanted in _by_definition(drawn).items():
        assert {(h, t) for h, r, t in facts if r == relation} == wanted


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_every_derivation_proves_its_fact(seed: int) -> None:
    drawn = generate(40, seed)
    kinship = drawn.kinship()
    sex = {p.id: p.sex for p in drawn.people.values()}
    for fact in kinship.facts():
        assert kinship.derivations[fact]
        for proof in kinship.proofs(fact):
            assert set(proof) <= kinship.drawn
            parents = [(h, t) for h, r, t in proof if r == "PARENT"]
            couples = [(h, t) for h, r, t in proof if r == "SPOUSE"]
            assert fact in derive(parents, couples, sex).derivations


def test_a_fact_may_follow_in_several_ways() -> None:
    kinship = derive(
        [("f", "a"), ("m", "a"), ("f", "b"), ("m", "b")], [("f", "m")], {"a": "M", "f": "M", "m": "F"}
    )
    ways = kinship.derivations["a", "BROTHER", "b"]
    assert set(ways) == {
        (("f", "FATHER", "a"), ("f", "FATHER", "b")),
        (("m", "MOTHER", "a"), ("m", "MOTHER", "b")),
    }
    assert ("b", "BROTHER", "a") not in kinship.derivations


def test_rules_cover_the_schema_in_an_order_that_works() -> None:
    seen = {"PARENT", "SPOUSE"}
    recorded = {"ADOPTED_BY", "FOSTER_CHILD_OF", "STEPCHILD_OF"}
    for rule in rules():
        assert {name for name, _, _ in rule.atoms} <= seen | {rule.relation}
        assert rule.relation not in {name for name, _, _ in rule.atoms}
        seen.add(rule.relation)
    assert seen | recorded == {t.name for t in load_domain("family").relation_types}


def test_gedcom_gives_back_what_was_drawn(tmp_path: Path) -> None:
    drawn = generate(90, 11)
    path = tmp_path / "drawn.ged"
    path.write_text(to_gedcom(drawn), "utf-8")
    data = read_files([path]).data
    facts = {(f["head"], f["relation"], f["tail"]) for f in data.facts.to_pylist()}
    wanted = drawn.kinship().facts()
    assert facts == {f for f in wanted if f[1] != "COUSIN" or f[0] < f[2]}
    for node in data.nodes.to_pylist():
        person = drawn.people[node["id"]]
        assert node["name"] == f"{person.given} {person.surname}"
        assert (node["birth_year"], node["death_year"]) == (person.birth_year, person.death_year)


def test_the_sample_is_what_the_generator_draws() -> None:
    assert (sample_folder("family") / "families.ged").read_text("utf-8") == to_gedcom(generate(200, seed=7))


def test_people_of_unknown_sex_are_parents_only(tmp_path: Path) -> None:
    path = tmp_path / "x.ged"
    people = "".join(f"0 @I{i}@ INDI\n1 NAME P{i}\n" for i in (1, 2, 3))
    family = "0 @F1@ FAM\n1 HUSB @I1@\n1 CHIL @I2@\n0 @F2@ FAM\n1 CHIL @I3@\n"
    path.write_text(f"0 HEAD\n1 CHAR UTF-8\n{people}{family}0 TRLR\n", "utf-8")
    reading = read_files([path])
    assert [(f["head"], f["relation"], f["tail"]) for f in reading.data.facts.to_pylist()] == [
        ("I1", "FATHER", "I2")
    ]
    assert any("unknown sex" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("date", "year"),
    [("1 JAN 1900", 1900), ("BET 1890 AND 1895", None), ("ABT 1700", 1700), ("(who knows)", None)],
)
def test_years_of_gedcom_dates(date: str, year: int | None, tmp_path: Path) -> None:
    path = tmp_path / "x.ged"
    tree = f"0 @I1@ INDI\n1 NAME A\n1 SEX M\n1 BIRT\n2 DATE {date}\n0 @I2@ INDI\n1 NAME B\n1 SEX F\n"
    path.write_text(f"0 HEAD\n1 CHAR UTF-8\n{tree}0 @F1@ FAM\n1 HUSB @I1@\n1 WIFE @I2@\n0 TRLR\n", "utf-8")
    node = read_files([path]).data.nodes.to_pylist()[0]
    assert node.get("birth_year") == year
