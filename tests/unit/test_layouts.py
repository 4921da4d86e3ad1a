"""Folders and whole files as papers and projects publish them, and what each gives."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from graph_schema.errors import InputError
from kgplatform.graphs.importing import read_files
from tests.written import AB, BC, column, facts_of, read


def test_conceptnet_as_published(tmp_path: Path) -> None:
    about = '{"dataset": "/d/x", "weight": 2.0}'
    rows = [
        f"/a/[/r/IsA/,/c/en/hot_dog/n/,/c/en/food/]\t/r/IsA\t/c/en/hot_dog/n\t/c/en/food\t{about}",
        f"/a/[/r/Synonym/,/c/de/hund/,/c/en/dog/]\t/r/Synonym\t/c/de/hund\t/c/en/dog\t{about}",
        f"/a/[/r/ExternalURL/,/c/en/dog/,http://x/]\t/r/ExternalURL\t/c/en/dog\thttp://x\t{about}",
    ]
    reading = read(tmp_path, {"assertions.tsv": "\n".join(rows)})
    assert reading.domain == "concept"
    assert facts_of(reading) == [
        ("/c/de/hund", "SYNONYM", "/c/en/dog"),
        ("/c/en/hot_dog/n", "IS_A", "/c/en/food"),
    ]
    assert column(reading, "weight") == [2.0, 2.0]
    assert {n["name"] for n in reading.data.nodes.to_pylist()} == {"hund (de)", "dog", "hot dog", "food"}
    assert any("ExternalURL (1)" in note for note in reading.notes)


def test_conceptnet_with_relations_first(tmp_path: Path) -> None:
    reading = read(tmp_path, {"train.txt": "IsA\tdog\tanimal\t2.0\nAtLocation\tdog\thouse\t1.5\n"})
    assert reading.domain == "concept"
    assert ("dog", "AT_LOCATION", "house") in facts_of(reading)
    assert column(reading, "weight") == ["1.5", "2.0"]


SPLITS = {"train.txt": "c\tr\ta\n", "valid.txt": "c\tr\td\n", "test.txt": "d\tr\ta\n"}


def test_lists_beside_the_splits(tmp_path: Path) -> None:
    files = {"entities.txt": "a\nb\nc\nd\nlonely\n", "relations.txt": "r\n", "facts.txt": "a\tr\tb\n"}
    reading = read(tmp_path, {**SPLITS, **files})
    assert len(facts_of(reading)) == 4
    assert any("entities of entities.txt in no fact, left out: 1" in note for note in reading.notes)


def test_openke_numbers_and_their_dictionaries(tmp_path: Path) -> None:
    files = {
        "entity2id.txt": "3\na\t0\nb b\t1\nc\t2\n",
        "relation2id.txt": "1\nr\t0\n",
        "train2id.txt": "2\n0 1 0\n1 2 0\n",
        "test2id.txt": "1\n0 2 0\n",
    }
    reading = read(tmp_path, files)
    assert facts_of(reading) == [("a", "r", "b b"), ("a", "r", "c"), ("b b", "r", "c")]
    assert column(reading, "split") == ["train", "test", "train"]
    with pytest.raises(InputError, match=r"train2id.txt:1: found 3 in the first line and 2 rows"):
        read(tmp_path / "cut", {**files, "train2id.txt": "3\n0 1 0\n1 2 0\n"})
    with pytest.raises(InputError, match="the number '7'"):
        read(tmp_path / "unknown", {**files, "test2id.txt": "1\n0 7 0\n"})


def test_dictionaries_of_names_that_the_facts_use_themselves(tmp_path: Path) -> None:
    files = {"entities.dict": "0\ta\n1\tb\n2\tc\n3\td\n", "relations.dict": "0\tr\n"}
    assert len(facts_of(read(tmp_path, {**SPLITS, **files}))) == 3
    numbers = {"train.txt": "0\t0\t1\n", "valid.txt": "1\t0\t2\n"}
    assert facts_of(read(tmp_path / "numbers", {**numbers, **files})) == [AB, BC]


def test_a_file_that_holds_all_of_the_splits(tmp_path: Path) -> None:
    reading = read(tmp_path, {**SPLITS, "all.txt": "c\tr\ta\nc\tr\td\nd\tr\ta\n"})
    assert column(reading, "split") == ["train", "valid", "test"]
    assert any("only there: 3" in note for note in reading.notes)


def test_a_column_that_says_the_split(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.tsv": "head\trelation\ttail\tsplit\na\tr\tb\ttrain\nb\tr\tc\ttest\n"})
    assert column(reading, "split") == ["train", "test"]


def test_entities_that_only_the_test_names(tmp_path: Path) -> None:
    reading = read(tmp_path, {"train.tsv": "a\tr\tb\n", "test.tsv": "a\tr\tghost\n"})
    assert any("nothing can be learned: 1" in note for note in reading.notes)


def test_splits_without_anything_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="valid and test and none for train"):
        read(tmp_path, {"valid.tsv": "a\tr\tb\n", "test.tsv": "b\tr\tc\n"})


def test_json_saved_as_a_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found JSON"):
        read(tmp_path, {"a.tsv": '[{"head": "a"},\n{"head": "b"}]\n'})


def test_an_empty_file_beside_full_ones_and_a_folder_inside(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.tsv": "a\tr\tb\n", "b.tsv": "", "train.tsv/c.tsv": "x\ty\tz\n"})
    assert facts_of(reading) == [AB]
    assert {
        "b.tsv was left aside: it is empty",
        "train.tsv/ was left aside: a folder inside a folder",
    } <= set(reading.notes)


def test_a_gzip_file_that_unpacks_to_far_more(tmp_path: Path) -> None:
    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress(b"a\tr\tb\n" * 20_000_000))
    with pytest.raises(InputError, match="more than 200 times its size"):
        read_files([tmp_path])
