"""Interactions in numbers: folders of a cold start, and tables that lie elsewhere in the import."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from graph_schema.errors import InputError
from graph_schema.reading import InputFiles
from kgplatform.graphs.importing import Reading, guess_domain, read_files

DRUGS = "id\tdrugbank_id\tname\n" + "".join(f"{i}\tDB{i:05d}\tdrug {i}\n" for i in range(8))
TEMPLATES = "id\ttemplate\n0\t#Drug1 may harm #Drug2.\n1\t#Drug2 may soothe #Drug1.\n"
COLD = {
    "train.tsv": "0\t1\t0\n1\t2\t1\n2\t3\t0\n",
    "train_1.tsv": "1\t2\t1\n",
    "train_set.tsv": "0\n1\n2\n3\n",
    "valid_set.tsv": "4\n5\n",
    "test_set.tsv": "6\n7\n",
    "valid_S0.tsv": "0\t1\t1\n0\t2\t0\n",
    "valid_S1.tsv": "0\t4\t0\n",
    "valid_S2.tsv": "4\t5\t1\n",
    "test_S0.tsv": "2\t1\t0\n0\t3\t0\n",
    "test_S1.tsv": "6\t1\t1\n",
    "test_S2.tsv": "6\t7\t0\n",
}
HETIONET = {
    "nodes.tsv": "id\tname\tkind\nCompound::DB00001\tUno\tCompound\nGene::9\tG\tGene\n",
    "edges.tsv": "source\tmetaedge\ttarget\nCompound::DB00001\tCbG\tGene::9\n",
}


def written(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def cold(tmp_path: Path) -> Path:
    return written(tmp_path / "cold", COLD)


@pytest.fixture
def tables(tmp_path: Path) -> list[Path]:
    folder = written(tmp_path / "drugbank", {"drugs.tsv": DRUGS, "relations.tsv": TEMPLATES})
    return [folder / "drugs.tsv", folder / "relations.tsv"]


def splits(reading: Reading) -> dict[tuple[str, str, str], str | None]:
    facts = reading.data.facts.to_pylist()
    return {(f["head"][-1], f["relation"], f["tail"][-1]): f["split"] for f in facts}


EXPECTED = {
    ("0", "INTERACTS_WITH:0", "1"): "train",
    ("1", "INTERACTS_WITH:1", "2"): "train",
    ("2", "INTERACTS_WITH:0", "3"): "train",
    ("0", "INTERACTS_WITH:1", "1"): "valid",
    ("0", "INTERACTS_WITH:0", "2"): "valid",
    ("0", "INTERACTS_WITH:0", "4"): "valid",
    ("4", "INTERACTS_WITH:1", "5"): "valid",
    ("2", "INTERACTS_WITH:0", "1"): "test",
    ("0", "INTERACTS_WITH:0", "3"): "test",
    ("6", "INTERACTS_WITH:1", "1"): "test",
    ("6", "INTERACTS_WITH:0", "7"): "test",
}


def test_numbers_become_names_and_protocols_become_splits(cold: Path, tables: list[Path]) -> None:
    reading = read_files([cold, *tables])
    assert reading.domain == "drug"
    assert splits(reading) == EXPECTED
    assert {row["id"]: row["name"] for row in reading.data.nodes.to_pylist()} == {
        f"DB{i:05d}": f"drug {i}" for i in range(8)
    }
    templates = {row["name"]: row["template"] for row in reading.data.relations.to_pylist()}
    assert templates == {
        "INTERACTS_WITH:0": "{head} may harm {tail}.",
        "INTERACTS_WITH:1": "{tail} may soothe {head}.",
    }


def test_what_holds_no_facts_and_what_leaks_is_said(cold: Path, tables: list[Path]) -> None:
    notes = read_files([cold, *tables]).notes
    assert [note.split(";")[0] for note in notes if "pairs of" in note] == [
        "1 pairs of valid are in train too with another interaction, 0 the other way round",
        "0 pairs of test are in train too with another interaction, 1 the other way round",
    ]
    assert "train_1.tsv was left aside: its 1 rows are in train too" in notes
    for name in ("train", "valid", "test"):
        assert f"{name}_set.tsv was left aside: it lists drugs and holds no facts" in notes


def test_tables_may_lie_in_the_folder_or_one_of_them(cold: Path, tables: list[Path]) -> None:
    beside = read_files([cold, *tables])
    shutil.copy(tables[0], cold)
    assert read_files([cold, tables[1]]).data == beside.data
    shutil.copy(tables[1], cold)
    inside = read_files([cold])
    assert inside.data == beside.data
    assert inside.notes == beside.notes


def test_a_folder_goes_by_its_own_tables_another_by_those_given(tmp_path: Path, tables: list[Path]) -> None:
    own = {"drugs.tsv": "id\tdrugbank_id\tname\n0\tDB00007\tdrug 7\n1\tDB00006\tdrug 6\n"}
    own |= {"relations.tsv": TEMPLATES, "train.tsv": "0\t1\t1\n"}
    folder = written(tmp_path / "own", own)
    assert splits(read_files([folder])) == {("7", "INTERACTS_WITH:1", "6"): None}
    plain = written(tmp_path / "plain", {"train.tsv": "0\t1\t0\n", "test.tsv": "0\t2\t0\n"})
    assert splits(read_files([plain, *tables])) == {
        ("0", "INTERACTS_WITH:0", "1"): "train",
        ("0", "INTERACTS_WITH:0", "2"): "test",
    }
    with pytest.raises(InputError, match=r"the number '0' for 'DB00007', and for 'DB00000' in .*drugs.tsv:2"):
        read_files([folder, plain, *tables])


def test_hetionet_joins_on_the_accession(tmp_path: Path, cold: Path, tables: list[Path]) -> None:
    reading = read_files([cold, *tables, written(tmp_path / "hetionet", HETIONET)])
    one = next(row for row in reading.data.nodes.to_pylist() if row["id"] == "DB00001")
    assert (one["type"], {one["name"], *one["aliases"]}) == ("Drug", {"drug 1", "Uno"})
    assert reading.data.facts.num_rows == len(EXPECTED) + 1


def test_the_same_facts_whatever_the_order_of_columns(cold: Path, tables: list[Path]) -> None:
    expected = read_files([cold, *tables]).data
    for path in cold.iterdir():
        rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
        turned = ["\t".join((r[2], r[1], r[0]) if len(r) == 3 else r) + "\n" for r in rows]
        path.write_text("".join(turned), "utf-8")
    assert read_files([cold, *tables], columns=["relation", "tail", "head"]).data == expected


def test_the_domain_is_guessed_from_tables_lists_and_protocols(cold: Path, tables: list[Path]) -> None:
    for paths in (
        [cold],
        tables,
        tables[:1],
        tables[1:],
        [cold / "train_set.tsv"],
        [cold / "train.tsv", *tables],
    ):
        assert guess_domain(InputFiles.of(paths)) == "drug"
    assert guess_domain(InputFiles.of([cold / "train.tsv", cold / "test_S0.tsv"])) == "drug"
    assert guess_domain(InputFiles.of([cold / "train.tsv"])) == "triples"
    (cold / "test_S0.tsv").write_text("a\tr\tb\n", "utf-8")
    assert guess_domain(InputFiles.of([cold / "train.tsv", cold / "test_S0.tsv"])) == "triples"


@pytest.mark.parametrize(("given", "missing"), [(0, "drugs and no table relations"), (1, "relations")])
def test_a_missing_table_is_asked_for(cold: Path, tables: list[Path], given: int, missing: str) -> None:
    with pytest.raises(InputError) as caught:
        read_files([cold, *tables[:given]])
    error = caught.value
    assert error.found == f"drugs and interactions by number, and no table {missing}"
    assert error.file == str(cold / "train.tsv")
    assert "relations (header: id, template)" in error.wanted
    assert "relations.tsv" in str(error.hint)
    assert "kgp import cold" in str(error.hint)


def test_tables_that_contradict_each_other_are_refused(
    tmp_path: Path, cold: Path, tables: list[Path]
) -> None:
    same = written(tmp_path / "again", {"drugs.tsv": DRUGS, "relations.tsv": TEMPLATES})
    assert splits(read_files([cold, *tables, same])) == EXPECTED
    (same / "drugs.tsv").write_text(DRUGS.replace("5\tDB00005", "5\tDB00015"), "utf-8")
    for skip in (False, True):
        with pytest.raises(InputError) as caught:
            read_files([cold, *tables, same], skip_rejected=skip)
        assert caught.value.line == 7
        assert "the number '5' for " in caught.value.found
        assert caught.value.wanted == "one meaning of each number"
    (same / "drugs.tsv").unlink()
    (same / "relations.tsv").write_text(TEMPLATES.replace("harm", "help"), "utf-8")
    with pytest.raises(InputError, match="the number '0' for '#Drug1 may h"):
        read_files([cold, *tables, same])


def test_a_part_of_train_must_be_one(cold: Path, tables: list[Path]) -> None:
    (cold / "train_2.tsv").write_text("0\t1\t0\n5\t6\t0\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_files([cold, *tables])
    error = caught.value
    assert (error.file, error.line) == (str(cold / "train_2.tsv"), 2)
    assert "a row that is not in train" in error.found
    assert "1 of 2 rows" in error.found
    assert "Add them to the file of train" in str(error.hint)
    reading = read_files([cold, *tables], skip_rejected=True)
    assert splits(reading) == EXPECTED
    assert reading.rejected == 1
    assert "train_2.tsv was left aside: of its 2 rows 1 are in train too" in reading.notes


def test_numbers_that_no_table_has_are_left_out_or_refused(cold: Path, tables: list[Path]) -> None:
    (cold / "test_S2.tsv").write_text("6\t7\t0\n6\t8\t0\n6\t7\t5\n", "utf-8")
    with pytest.raises(InputError, match=r"test_S2.tsv:2: found the drug number '8'"):
        read_files([cold, *tables])
    reading = read_files([cold, *tables], skip_rejected=True)
    assert splits(reading) == EXPECTED
    assert [row.line for row in reading.rejected_rows] == [2, 3]


def test_nothing_to_learn_from_is_said(cold: Path, tables: list[Path]) -> None:
    with pytest.raises(InputError, match="a list of drugs and no facts"):
        read_files([cold / "train_set.tsv", *tables])
    with pytest.raises(InputError, match="a table of what numbers stand for and no facts"):
        read_files(tables)
    with pytest.raises(InputError, match="files for valid and test and none for train"):
        read_files([cold / "valid_S1.tsv", cold / "test_S1.tsv", *tables])
