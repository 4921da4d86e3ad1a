"""People of genealogies: names, sex as recorded, and ids that are local to their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_schema.domains.family import importer
from graph_schema.errors import InputError
from graph_schema.reading import InputFile, InputFiles, RowReport
from tests.unit.gedcom_trees import HEAD, family, person, read_tree

PAIR = family("F1", "WIFE I1", "CHIL I2")
LOU = person("I2", "Lou /Vale/", "1 SEX M")


@pytest.mark.parametrize(
    ("lines", "name", "aliases"),
    [
        (["1 NAME Ida /Vale/"], "Ida Vale", []),
        (["1 NAME  Ida   /Vale/ "], "Ida Vale", []),
        (["1 NAME /Vale/ Ida"], "Vale Ida", []),
        (["1 NAME Ida /Vale/ jr."], "Ida Vale jr.", []),
        (["1 NAME Ida/Vale/"], "Ida Vale", []),
        (["1 NAME Ida //"], "Ida", []),
        (["1 NAME Ida @@ Sea"], "Ida @ Sea", []),
        (
            ["1 NAME Ida /Vale/", "2 TYPE birth", "1 NAME Ida /Stone/", "2 TYPE married"],
            "Ida Vale",
            ["Ida Stone"],
        ),
        (
            ["1 NAME Ida /Stone/", "2 TYPE married", "1 NAME Ida /Vale/", "2 TYPE birth"],
            "Ida Vale",
            ["Ida Stone"],
        ),
        (["1 NAME Ida /Stone/", "2 TYPE MARRIED", "1 NAME Ida /Vale/"], "Ida Vale", ["Ida Stone"]),
        (["1 NAME Didi", "2 TYPE aka", "1 NAME Ida /Vale/", "2 TYPE maiden"], "Ida Vale", ["Didi"]),
        (["1 NAME Ida /Vale/", "1 NAME Ada /Vale/"], "Ida Vale", ["Ada Vale"]),
        (["1 NAME Ida /Stone/", "2 TYPE married"], "Ida Stone", []),
        (["1 NAME", "2 GIVN Ida", "2 SURN Vale"], "Ida Vale", []),
        (["1 NAME //", "2 GIVN Ida"], "Ida", []),
        (["1 NAME", "1 NAME Ida"], "Ida", []),
        (["1 NAME"], "I1", []),
        ([], "I1", []),
        (["1 NAME Ida /Vale/", "2 NICK Didi"], "Ida Vale", ["Didi"]),
        (["1 NAME Ida /Vale/", "2 ROMN Aida /Vale/", "2 FONE Eida"], "Ida Vale", ["Aida Vale", "Eida"]),
        (["1 NAME Ida /Vale/", "2 TRAN Ида /Вейл/", "3 LANG ru"], "Ida Vale", ["Ида Вейл"]),
        (["1 NAME Ida /Vale/", "2 _MARNM Stone", "2 _AKA Didi"], "Ida Vale", ["Didi"]),
        (["1 NAME Ida /Vale/", "2 _MARNM Ida /Stone/"], "Ida Vale", ["Ida Stone"]),
        (["1 NAME Ida /Vale/", "1 ALIA Didi /Vale/", "1 ALIA @I2@"], "Ida Vale", ["Didi Vale"]),
        (["1 NAME Ida /Vale/", "1 NAME Ida /Vale/"], "Ida Vale", []),
    ],
)
def test_the_name_of_birth_stands_first(
    lines: list[str], name: str, aliases: list[str], tmp_path: Path
) -> None:
    ida = "".join(f"{line}\n" for line in ("0 @I1@ INDI", *lines, "1 SEX F"))
    node = read_tree(tmp_path, ida + LOU + PAIR).nodes["I1"]
    assert (node["name"], node["aliases"]) == (name, aliases)


@pytest.mark.parametrize(
    ("sex", "shown", "facts"),
    [
        ("1 SEX F", "F", {("I1", "MOTHER", "I2"), ("I2", "SON", "I1")}),
        ("1 SEX f", "F", {("I1", "MOTHER", "I2"), ("I2", "SON", "I1")}),
        ("1 SEX Female", "F", {("I1", "MOTHER", "I2"), ("I2", "SON", "I1")}),
        ("1 SEX M", "M", {("I1", "FATHER", "I2"), ("I2", "SON", "I1")}),
        ("1 SEX X", "X", {("I1", "PARENT", "I2")}),
        ("1 SEX U", "U", {("I1", "PARENT", "I2")}),
        ("1 SEX N", "N", {("I1", "PARENT", "I2")}),
        ("1 SEX Unknown", "Unknown", {("I1", "PARENT", "I2")}),
        ("1 SEX", None, {("I1", "PARENT", "I2")}),
    ],
)
def test_sex_is_as_recorded_whatever_the_role(
    sex: str, shown: str | None, facts: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    read = read_tree(tmp_path, person("I1", "Ida", sex) + LOU + PAIR)
    assert (read.nodes["I1"].get("sex"), read.facts) == (shown, facts)
    assert not any("by their role" in note for note in read.rows.notes)


def test_a_couple_of_unknown_sexes_stands_once(tmp_path: Path) -> None:
    people = (
        person("I1", "Robin", "1 SEX X") + person("I2", "Kim", "1 SEX U") + person("I3", "Lou", "1 SEX M")
    )
    read = read_tree(tmp_path, people + family("F1", "HUSB I1", "WIFE I2", "CHIL I3"))
    assert read.facts == {("I1", "SPOUSE", "I2"), ("I1", "PARENT", "I3"), ("I2", "PARENT", "I3")}
    assert not any("repeated" in note for note in read.rows.notes)
    assert read.note("unknown sex").endswith(": 2")


def test_a_role_fills_in_where_no_sex_stands(tmp_path: Path) -> None:
    read = read_tree(tmp_path, person("I1", "Ida") + LOU + PAIR)
    assert read.facts == {("I1", "MOTHER", "I2"), ("I2", "SON", "I1")}
    assert ": 1, such as @I1@ (line 5)" in read.note("by their role")


def test_two_roles_that_differ_fill_nothing_in(tmp_path: Path) -> None:
    people = person("I1", "Kim") + LOU + person("I3", "Max", "1 SEX M")
    read = read_tree(tmp_path, people + PAIR + family("F2", "HUSB I1", "CHIL I3"))
    assert read.facts == {("I1", "PARENT", "I2"), ("I1", "PARENT", "I3")}


NORA = "0 INDI\n1 NAME Nora /Quill/\n1 SEX F\n1 FAMS @F1@\n"
OTTO = "0 INDI\n1 NAME Otto /Quill/\n1 SEX M\n1 FAMS @F1@\n"
TWIN = "0 INDI\n1 NAME Pia\n1 FAMC @F1@\n"


def test_people_without_an_id_get_a_stable_one(tmp_path: Path) -> None:
    one = read_tree(tmp_path, NORA + OTTO + TWIN + TWIN + family("F1"))
    other = read_tree(tmp_path, TWIN + family("F1") + OTTO + TWIN + "1 NOTE new\n" + NORA)
    assert (one.nodes, one.facts) == (other.nodes, other.facts)
    names = sorted(str(node["name"]) for node in one.nodes.values())
    assert names == ["Nora Quill", "Otto Quill", "Pia", "Pia"]
    assert [id_ for id_ in one.nodes if id_.endswith("-2")] == [max(one.nodes, key=len)]
    assert len({id_ for id_ in one.nodes if id_.startswith("person-")}) == 4


def test_a_person_without_any_link_stays(tmp_path: Path) -> None:
    read = read_tree(tmp_path, "0 INDI\n1 NAME Eva\n" + person("I1", "Ida") + LOU + PAIR)
    assert {node["name"] for node in read.nodes.values()} == {"Eva", "Ida", "Lou Vale"}


def test_ids_are_local_to_their_file(tmp_path: Path) -> None:
    plain = read_tree(tmp_path, person("I1", "Ida", "1 SEX F") + LOU + PAIR)
    scoped = read_tree(tmp_path, person("I1", "Ida", "1 SEX F") + LOU + PAIR, scope="b")
    assert set(scoped.nodes) == {"b:I1", "b:I2"}
    assert scoped.facts == {(f"b:{head}", relation, f"b:{tail}") for head, relation, tail in plain.facts}


def test_two_trees_with_the_same_ids_stay_apart(tmp_path: Path) -> None:
    files = []
    for scope, names in (("", ("Ida", "Eva", "Lou")), ("b", ("Olga", "Nina", "Pia"))):
        people = "".join(person(f"I{i}", f"{name} /Vale/", "1 SEX F") for i, name in enumerate(names, 1))
        path = tmp_path / f"tree{scope}.ged"
        path.write_text(f"{HEAD}{people}{family('F1', 'HUSB I1', 'WIFE I2', 'CHIL I3')}0 TRLR\n", "utf-8")
        files.append(InputFile(path, scope=scope))
    for order in (files, files[::-1]):
        data = importer.read(InputFiles(tuple(order)), RowReport())
        assert data.nodes["id"].to_pylist() == ["I1", "I2", "I3", "b:I1", "b:I2", "b:I3"]
        assert data.facts.num_rows == 12


def test_one_id_for_two_people_is_refused_or_one_of_them_left_out(tmp_path: Path) -> None:
    ida, eva = person("I1", "Ida", "1 SEX F"), person("I1", "Eva", "1 SEX F")
    with pytest.raises(InputError, match="a second person @I1@"):
        read_tree(tmp_path, ida + eva + LOU + PAIR)
    one = read_tree(tmp_path, ida + eva + LOU + PAIR, skip=True)
    other = read_tree(tmp_path, eva + LOU + PAIR + ida, skip=True)
    assert one.nodes == other.nodes
    assert one.rows.count == other.rows.count == 1


def test_a_person_and_a_family_may_share_an_id(tmp_path: Path) -> None:
    content = (person("I1", "Ida", "1 SEX F") + LOU + PAIR).replace("@F1@", "@I1@")
    assert read_tree(tmp_path, content).facts == {("I1", "MOTHER", "I2"), ("I2", "SON", "I1")}


def test_facts_name_the_system_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tree.ged"
    path.write_text(
        f"0 HEAD\n1 SOUR Ours\n2 VERS 3\n{person('I1', 'Ida', '1 SEX F')}{LOU}{PAIR}0 TRLR\n", "utf-8"
    )
    facts = importer.read(InputFiles((InputFile(path),)), RowReport()).facts.to_pylist()
    assert {tuple(fact["sources"]) for fact in facts} == {("Ours",)}
