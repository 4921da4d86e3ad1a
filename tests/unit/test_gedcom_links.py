"""Families of genealogies: who is whose child, by birth or not, whichever side tells of it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from graph_schema.errors import InputError
from graph_schema.reading.report import RowReport
from tests.unit.gedcom_trees import Read, born, family, person, read_tree

IDA = person("I1", "Ida /Vale/", "1 SEX F")
MAX = person("I2", "Max /Vale/", "1 SEX M")
LOU = person("I3", "Lou /Vale/", "1 SEX M")
BEA = person("I4", "Bea /Roth/", "1 SEX F")
CARL = person("I5", "Carl /Roth/", "1 SEX M")
BIRTH = family("F1", "WIFE I1", "HUSB I2", "CHIL I3")
OTHERS = family("F2", "WIFE I4", "HUSB I5", "CHIL I3")
COUPLE = {("I1", "WIFE", "I2"), ("I2", "HUSBAND", "I1")}
COUPLES = COUPLE | {("I4", "WIFE", "I5"), ("I5", "HUSBAND", "I4")}
OF_IDA = {("I1", "MOTHER", "I3"), ("I3", "SON", "I1")}
OF_MAX = {("I2", "FATHER", "I3"), ("I3", "SON", "I2")}
OF_BEA = {("I4", "MOTHER", "I3"), ("I3", "SON", "I4")}
OF_CARL = {("I5", "FATHER", "I3"), ("I3", "SON", "I5")}


def _lou(*lines: str) -> str:
    return person("I3", "Lou /Vale/", "1 SEX M", *lines)


def _two_families(folder: Path, lou: str, others: str = OTHERS) -> Read:
    return read_tree(folder, IDA + MAX + lou + BEA + CARL + BIRTH + others)


@pytest.mark.parametrize("nobody", ["@VOID@", "", "@@", "@ @", "@", " @VOID@ ", "@void@\n2 PHRASE a sailor"])
@pytest.mark.parametrize("tag", ["HUSB", "CHIL"])
def test_a_void_pointer_is_nobody_known(tag: str, nobody: str, tmp_path: Path) -> None:
    read = read_tree(tmp_path, IDA + LOU + family("F1", "WIFE I1", "CHIL I3") + f"1 {tag} {nobody}\n")
    assert read.facts == OF_IDA


@pytest.mark.parametrize("tag", ["FAMC", "FAMS"])
def test_a_person_may_point_to_no_family(tag: str, tmp_path: Path) -> None:
    read = read_tree(tmp_path, IDA + _lou(f"1 {tag} @VOID@", f"1 {tag}") + family("F1", "WIFE I1", "CHIL I3"))
    assert read.facts == OF_IDA


@pytest.mark.parametrize(
    ("line", "found", "wanted"),
    [
        ("1 CHIL @I9@", "CHIL @I9@, whom nobody declares", "the id of a person"),
        ("1 HUSB @F1@", "HUSB @F1@, which is a FAM record", "the id of a person"),
        ("1 HUSB @S1@", "HUSB @S1@, which is a SOUR record", "the id of a person"),
        ("1 HUSB Max Vale", "HUSB Max Vale, whom nobody declares", "the id of a person"),
        ("1 CHIL @I9", "CHIL @I9, whom nobody declares", "the id of a person"),
    ],
)
def test_a_pointer_to_nobody_is_refused_or_left_out(
    line: str, found: str, wanted: str, tmp_path: Path
) -> None:
    content = "0 @S1@ SOUR\n1 TITL A book\n" + IDA + LOU + family("F1", "WIFE I1", "CHIL I3", line)
    with pytest.raises(InputError, match=re.escape(found)) as caught:
        read_tree(tmp_path, content)
    assert (caught.value.line, wanted in str(caught.value)) == (16, True)
    read = read_tree(tmp_path, content, skip=True)
    assert (read.facts, read.rows.count) == (OF_IDA, 1)


@pytest.mark.parametrize("line", ["1 FAMC @F9@", "1 FAMS @F9@", "1 FAMS @I1@", "1 BIRT\n2 FAMC @F9@"])
def test_a_pointer_to_no_family_is_refused_or_left_out(line: str, tmp_path: Path) -> None:
    content = IDA + _lou(line) + family("F1", "WIFE I1", "CHIL I3")
    with pytest.raises(InputError, match="the id of a family"):
        read_tree(tmp_path, content)
    assert read_tree(tmp_path, content, skip=True).facts == OF_IDA


@pytest.mark.parametrize("pointer", ["@I3", "I3@", "I3", " @I3 "])
def test_a_pointer_that_lacks_an_at_sign_is_read(pointer: str, tmp_path: Path) -> None:
    read = read_tree(tmp_path, IDA + LOU + family("F1", "WIFE I1") + f"1 CHIL {pointer}\n")
    assert read.facts == OF_IDA
    assert f"1, such as {pointer.strip()} (line 13)" in read.note("lack an @")


def test_an_id_that_lacks_an_at_sign_is_read(tmp_path: Path) -> None:
    read = read_tree(
        tmp_path, (IDA + LOU + family("F1", "WIFE I1", "CHIL I3")).replace("@I1@ INDI", "@I1 INDI")
    )
    assert read.facts == OF_IDA
    assert "such as @I1 (line 5)" in read.note("lack an @")


@pytest.mark.parametrize(
    ("people", "families", "one_sided"),
    [
        (["1 FAMS @F1@", "1 FAMS @F1@", "1 FAMC @F1@"], family("F1", "WIFE I1", "HUSB I2"), 1),
        (["1 FAMS @F1@", "1 FAMS @F1@", "1 FAMC @F1@"], family("F1", "CHIL I3"), 2),
        (["1 FAMS @F1@", "1 FAMS @F1@", "1 FAMC @F1@"], family("F1"), 3),
        (["1 FAMS @F1@", "1 FAMS @F1@", "1 FAMC @F1@"], BIRTH, 0),
        (["1 NOTE -", "1 FAMS @F1@", "1 NOTE -"], BIRTH, 2),
    ],
)
def test_either_side_makes_a_link(people: list[str], families: str, one_sided: int, tmp_path: Path) -> None:
    ida, max_ = (record + line + "\n" for record, line in zip((IDA, MAX), people[:2], strict=True))
    read = read_tree(tmp_path, ida + max_ + _lou(people[2]) + families)
    assert read.facts == COUPLE | OF_IDA | OF_MAX
    if one_sided:
        assert f": {one_sided}, such as " in read.note("one-sided")
    else:
        assert read.rows.notes == []


def test_a_child_that_stands_twice_is_one(tmp_path: Path) -> None:
    read = read_tree(tmp_path, IDA + LOU + family("F1", "WIFE I1", "CHIL I3", "CHIL I3", "WIFE I1"))
    assert read.facts == OF_IDA
    assert "2, such as CHIL @I3@ (line 14); WIFE @I1@ (line 15)" in read.note("twice in one family")


@pytest.mark.parametrize(
    ("pedigree", "relation"),
    [
        ("adopted", "ADOPTED_BY"),
        ("ADOPTED", "ADOPTED_BY"),
        ("foster", "FOSTER_CHILD_OF"),
        ("FOSTER", "FOSTER_CHILD_OF"),
        ("step", "STEPCHILD_OF"),
        ("Stepchild", "STEPCHILD_OF"),
    ],
)
def test_links_not_by_birth_are_relations_of_their_own(pedigree: str, relation: str, tmp_path: Path) -> None:
    lou = _lou("1 FAMC @F1@", "2 PEDI birth", "1 FAMC @F2@", f"2 PEDI {pedigree}")
    read = _two_families(tmp_path, lou)
    beside = {("I3", relation, "I4"), ("I3", relation, "I5")}
    assert read.facts == COUPLES | OF_IDA | OF_MAX | beside


@pytest.mark.parametrize("year", ["1922", "1890"])
def test_only_parents_by_birth_must_be_older(year: str, tmp_path: Path) -> None:
    bea = person("I4", "Bea /Roth/", "1 SEX F", born(year))
    lou = _lou(born("1920"), "1 FAMC @F1@", "2 PEDI birth", "1 FAMC @F2@", "2 PEDI adopted")
    read = read_tree(tmp_path, IDA + MAX + bea + CARL + lou + BIRTH + OTHERS)
    beside = {("I3", "ADOPTED_BY", "I4"), ("I3", "ADOPTED_BY", "I5")}
    assert read.facts == COUPLES | OF_IDA | OF_MAX | beside


@pytest.mark.parametrize(
    "said",
    [
        "2 PEDI sealing",
        "2 PEDI SEALING",
        "2 PEDI OTHER",
        "2 STAT disproven",
        "2 STAT CHALLENGED\n2 PEDI birth",
    ],
)
def test_sealings_and_refuted_links_are_left_out_and_counted(said: str, tmp_path: Path) -> None:
    read = _two_families(tmp_path, _lou("1 FAMC @F1@", "1 FAMC @F2@", said))
    assert read.facts == COUPLES | OF_IDA | OF_MAX
    assert ": 2, such as @I3@ and @I4@ (" in read.note("left out")


@pytest.mark.parametrize("status", ["proven", "PROVEN"])
def test_a_proven_link_stays(status: str, tmp_path: Path) -> None:
    lou = _lou("1 FAMC @F1@", f"2 STAT {status}")
    read = read_tree(tmp_path, IDA + MAX + lou + BIRTH)
    assert read.facts == COUPLE | OF_IDA | OF_MAX


@pytest.mark.parametrize(
    ("child", "facts"),
    [
        ("2 _FREL Natural\n2 _MREL Natural", OF_BEA | OF_CARL),
        ("2 _FREL Step\n2 _MREL Natural", OF_BEA | {("I3", "STEPCHILD_OF", "I5")}),
        ("2 _FREL Adopted", OF_BEA | {("I3", "ADOPTED_BY", "I5")}),
        ("2 _MREL foster\n2 _FREL adopted", {("I3", "FOSTER_CHILD_OF", "I4"), ("I3", "ADOPTED_BY", "I5")}),
        ("2 _MREL Unknown\n2 _FREL Private", set()),
    ],
)
def test_a_child_may_be_another_to_father_and_mother(
    child: str, facts: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    for lou, others in ((LOU, OTHERS + child + "\n"), (_lou("1 FAMC @F2@", child), OTHERS)):
        assert _two_families(tmp_path, lou, others).facts == COUPLES | OF_IDA | OF_MAX | facts


@pytest.mark.parametrize(
    ("lines", "others", "facts"),
    [
        (["3 ADOP BOTH"], "", {("I3", "ADOPTED_BY", "I4"), ("I3", "ADOPTED_BY", "I5")}),
        (["3 ADOP HUSB"], "", {("I3", "ADOPTED_BY", "I5")}),
        (["3 ADOP WIFE"], "", {("I3", "ADOPTED_BY", "I4")}),
        ([], "", {("I3", "ADOPTED_BY", "I4"), ("I3", "ADOPTED_BY", "I5")}),
        (["3 ADOP HUSB", "1 FAMC @F2@"], "", {("I3", "ADOPTED_BY", "I5")} | OF_BEA),
        (["3 ADOP HUSB", "1 FAMC @F2@", "2 PEDI adopted"], "", {("I3", "ADOPTED_BY", "I5")}),
        (["3 ADOP HUSB"], "1 CHIL @I3@\n", {("I3", "ADOPTED_BY", "I5")} | OF_BEA),
        (["3 ADOP BOTH"], "1 CHIL @I3@\n", {("I3", "ADOPTED_BY", "I4"), ("I3", "ADOPTED_BY", "I5")}),
    ],
)
def test_an_adoption_names_who_adopts(
    lines: list[str], others: str, facts: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    couple = family("F2", "WIFE I4", "HUSB I5")
    read = _two_families(tmp_path, _lou("1 ADOP", "2 FAMC @F2@", *lines), couple + others)
    assert read.facts == COUPLES | OF_IDA | OF_MAX | facts


def test_a_mother_does_not_adopt_her_own_child(tmp_path: Path) -> None:
    lou = _lou("1 FAMC @F1@", "1 FAMC @F2@", "2 PEDI adopted")
    content = IDA + lou + CARL + family("F1", "WIFE I1") + family("F2", "WIFE I1", "HUSB I5")
    couple = {("I1", "WIFE", "I5"), ("I5", "HUSBAND", "I1")}
    assert read_tree(tmp_path, content).facts == OF_IDA | couple | {("I3", "ADOPTED_BY", "I5")}


def test_nobody_adopts_themselves(tmp_path: Path) -> None:
    lou = _lou("1 FAMC @F1@", "1 FAMC @F2@", "2 PEDI adopted")
    content = IDA + lou + family("F1", "WIFE I1") + family("F2", "HUSB I3")
    with pytest.raises(InputError, match="@I3@ as adopted child of themselves"):
        read_tree(tmp_path, content)
    assert read_tree(tmp_path, content, skip=True).facts == OF_IDA


def test_an_adoption_by_nobody_named_is_told(tmp_path: Path) -> None:
    read = read_tree(tmp_path, IDA + _lou("1 ADOP", "2 DATE 1905") + family("F1", "WIFE I1", "CHIL I3"))
    assert read.facts == OF_IDA
    assert ": 1, such as @I3@ (line 11)" in read.note("name no family")


def test_a_birth_may_name_its_family(tmp_path: Path) -> None:
    read = read_tree(tmp_path, IDA + _lou("1 BIRT", "2 FAMC @F1@") + family("F1", "WIFE I1"))
    assert read.facts == OF_IDA


def test_adopted_siblings_are_none_by_blood(tmp_path: Path) -> None:
    eva = person("I6", "Eva", "1 SEX F", "1 FAMC @F2@", "2 PEDI birth")
    lou = _lou("1 FAMC @F1@", "1 FAMC @F2@", "2 PEDI adopted")
    facts = _two_families(tmp_path, lou + eva).facts
    assert ("I6", "DAUGHTER", "I4") in facts
    assert not any(relation in ("SISTER", "BROTHER") for _, relation, _ in facts)


def test_four_parents_by_birth_are_told(tmp_path: Path) -> None:
    read = _two_families(tmp_path, LOU)
    assert read.facts == COUPLES | OF_IDA | OF_MAX | OF_BEA | OF_CARL
    assert ": 1, such as @I3@" in read.note("more than two parents")


def test_a_family_of_three_is_refused_or_left_out(tmp_path: Path) -> None:
    content = IDA + MAX + LOU + BEA + BIRTH + "1 WIFE @I4@\n" + family("F2", "WIFE I4", "CHIL I3")
    with pytest.raises(InputError, match="3 partners in the family @F1@") as caught:
        read_tree(tmp_path, content)
    assert caught.value.line == 17
    assert read_tree(tmp_path, content, skip=True).facts == OF_BEA


@pytest.mark.parametrize("tags", [("HUSB", "HUSB"), ("WIFE", "WIFE"), ("HUSB", "WIFE"), ("WIFE", "HUSB")])
def test_two_partners_of_any_role_are_a_couple(tags: tuple[str, str], tmp_path: Path) -> None:
    couple = family("F1", f"{tags[0]} I1", f"{tags[1]} I2", "CHIL I3")
    assert read_tree(tmp_path, IDA + MAX + LOU + couple).facts == COUPLE | OF_IDA | OF_MAX


def test_who_descends_from_themselves_is_found_whatever_the_order(tmp_path: Path) -> None:
    people = [person(f"I{i}", f"P{i}", "1 SEX F") for i in range(6)]
    families = [family(f"F{i}", f"WIFE I{i}", f"CHIL I{(i + 1) % 5}") for i in range(5)]
    records = [*people, *families, family("F9", "WIFE I0", "CHIL I5")]
    found: set[tuple[frozenset[tuple[str, str, str]], str]] = set()
    for seed in range(4):
        random.Random(seed).shuffle(records)
        with pytest.raises(InputError, match="@I0@ as child of @I4@"):
            read_tree(tmp_path, "".join(records))
        read = read_tree(tmp_path, "".join(records), skip=True)
        found.add((frozenset(read.facts), read.rows.first[0].found))
    assert len(found) == 1


def test_a_long_line_of_descent_is_no_trouble(tmp_path: Path) -> None:
    people = "".join(person(f"I{i}", f"P{i}") for i in range(3000))
    families = "".join(family(f"F{i}", f"WIFE I{i}", f"CHIL I{i + 1}") for i in range(2999))
    read = read_tree(tmp_path, people + families)
    assert {relation for _, relation, _ in read.facts} == {
        "MOTHER",
        "DAUGHTER",
        "GRANDMOTHER",
        "GRANDDAUGHTER",
    }
    assert len(read.facts) == 2999 + 2998 + 2998 + 2997


def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    lou = _lou("1 FAMC @F1@", "1 FAMC @F2@", "2 PEDI adopted")
    records = [
        *(IDA.replace("1 SEX F\n", ""), MAX, lou, BEA, CARL, BIRTH, OTHERS),
        *(
            "0 INDI\n1 NAME Nora\n1 FAMC @F1@\n",
            "0 INDI\n1 NAME Nora\n1 FAMC @F1@\n",
            "0 INDI\n1 NAME Otto\n",
        ),
    ]
    first = read_tree(tmp_path, "".join(records))
    for seed in range(5):
        random.Random(seed).shuffle(records)
        read = read_tree(tmp_path, "".join(records))
        assert (read.facts, read.nodes) == (first.facts, first.nodes)
        assert len(read.rows.notes) == len(first.rows.notes)


def test_rows_are_counted_one_by_one(tmp_path: Path) -> None:
    content = IDA + LOU + family("F1", "WIFE I1", "CHIL I3", "CHIL I8", "CHIL I9", "HUSB F1")
    rows: RowReport = read_tree(tmp_path, content, skip=True).rows
    assert [row.line for row in rows.first] == [14, 15, 16]
