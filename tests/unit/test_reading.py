"""Shapes of files that must be read, and what skipping bad rows keeps."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from graph_schema.errors import InputError
from graph_schema.reading import InputFiles
from kgplatform.graphs.importing import Reading, read_files

Facts = list[tuple[str, str, str]]


def facts_of(reading: Reading) -> Facts:
    return [(f["head"], f["relation"], f["tail"]) for f in reading.data.facts.to_pylist()]


WANTED = [("a", "r", "b"), ("b", "s", "c")]
SHAPES = {
    "plain.tsv": b"a\tr\tb\nb\ts\tc\n",
    "no_end.tsv": b"a\tr\tb\nb\ts\tc",
    "windows.tsv": b"a\tr\tb\r\nb\ts\tc\r\n",
    "mark.tsv": b"\xef\xbb\xbfa\tr\tb\nb\ts\tc\n",
    "blanks.tsv": b"a\tr\t b\n\nb \ts\tc\n\n\n",
    "comment.tsv": b"# made by hand\na\tr\tb\nb\ts\tc\n",
    "plain.csv": b'a,r,"b"\nb,s,c\n',
    "semicolons.csv": b"a;r;b\nb;s;c\n",
    "header.tsv": b"tail\thead\trelation\nb\ta\tr\nc\tb\ts\n",
    "spo.csv": b"Subject,Predicate,Object\na,r,b\nb,s,c\n",
    "edges.csv": b"source,target,type,weight\na,b,r,1\nb,c,s,\n",
    "comment_header.tsv": b"# head\trelation\ttail\na\tr\tb\nb\ts\tc\n",
    "repeated.tsv": b"b\ts\tc\na\tr\tb\na\tr\tb\n",
    "plain.jsonl": b'{"head": "a", "relation": "r", "tail": "b"}\n{"h": "b", "r": "s", "t": "c"}\n',
    "arrays.ndjson": b'["a", "r", "b"]\n\n["b", "s", "c"]\n',
    "packed.tsv.gz": gzip.compress(b"a\tr\tb\nb\ts\tc\n"),
    "packed_unnamed.tsv": gzip.compress(b"a\tr\tb\nb\ts\tc\n"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_all_of_these_say_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(SHAPES[name])
    reading = read_files([path])
    assert reading.domain == "triples"
    assert facts_of(reading) == WANTED
    assert reading.data.nodes["id"].to_pylist() == ["a", "b", "c"]
    assert reading.data.relations["name"].to_pylist() == ["r", "s"]
    assert reading.data.facts["type"].to_pylist() == ["r", "s"]


def test_swapped_columns_names_in_chinese_no_validation(tmp_path: Path) -> None:
    """Head, tail, relation; ten relations; train and test only."""
    rows = [f"实体{i}\t实体{(i * 7 + k) % 40}\t关系{k}\n" for i in range(40) for k in range(10)]
    (tmp_path / "train.txt").write_text("".join(rows[:350]), "utf-8")
    (tmp_path / "test.txt").write_text("".join(rows[350:]), "utf-8")
    with pytest.raises(InputError, match="--columns head,tail,relation"):
        read_files([tmp_path])
    reading = read_files([tmp_path], columns=["head", "tail", "relation"])
    assert reading.data.relations.num_rows == 10
    assert reading.data.nodes.num_rows == 40
    assert set(reading.data.facts["split"].to_pylist()) == {"train", "test"}
    assert ("实体0", "关系3", "实体3") in facts_of(reading)


def test_hostile_names_are_only_names(tmp_path: Path) -> None:
    names = [
        "`) DETACH DELETE n //",
        "'; DROP TABLE x; --",
        "{a: 1}",
        "$x",
        "\\u0041",
        "😀",
        "<script>",
        "-",
        "null",
    ]
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{n}\t{n}\t{n}\n" for n in names), "utf-8")
    reading = read_files([path])
    assert facts_of(reading) == sorted((n, n, n) for n in names)


def test_quotes_in_tab_separated_text_are_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("\"x\tr\t5' end\n", "utf-8")
    assert facts_of(read_files([path])) == [('"x', "r", "5' end")]


def test_skipping_counts_and_remembers(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a\tr\tb\nbad\n\tr\tc\na\tPREDICTED\tb\na\tr\tc\n" + "bad\n" * 30, "utf-8")
    reading = read_files([path], skip_rejected=True)
    assert facts_of(reading) == [("a", "r", "b"), ("a", "r", "c")]
    assert reading.rejected == 33
    assert len(reading.rejected_rows) == 20
    assert [r.line for r in reading.rejected_rows[:3]] == [2, 3, 6]
    assert str(reading.rejected_rows[0]).startswith(f"{path}:2: found 1 column ('bad'); wanted 3 columns")


def test_skipping_leaves_out_a_fact_of_two_splits(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("a\tr\tb\n")
    (tmp_path / "valid.tsv").write_text("a\tr\tb\nb\tr\tc\n")
    reading = read_files([tmp_path], skip_rejected=True)
    assert list(zip(facts_of(reading), reading.data.facts["split"].to_pylist(), strict=True)) == [
        (("a", "r", "b"), "train"),
        (("b", "r", "c"), "valid"),
    ]
    assert reading.rejected == 1


def test_nothing_sound_is_an_error_even_when_skipping(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a\tPREDICTED\tb\n")
    with pytest.raises(InputError, match="no fact"):
        read_files([path], skip_rejected=True)


def test_order_of_rows_and_files_does_not_matter(tmp_path: Path) -> None:
    one, other = tmp_path / "one.tsv", tmp_path / "other.tsv"
    one.write_text("a\tr\tb\nb\ts\tc\n")
    other.write_text("z\tr\ty\n")
    first = read_files([one, other]).data
    one.write_text("b\ts\tc\na\tr\tb\n")
    second = read_files([other, one]).data
    assert first.facts.equals(second.facts)
    assert first.nodes.equals(second.nodes)


def test_splits_are_told_by_names_of_files_that_stand_together(tmp_path: Path) -> None:
    for name in ("train", "dev", "test", "facts"):
        (tmp_path / f"{name}.tsv").write_text(f"a\tr\t{name}\n")
    files = InputFiles.of([tmp_path])
    assert [f.split for f in files.files] == ["facts", "train", "valid", "test"]
    assert InputFiles.of([tmp_path / "test.tsv"]).files[0].split is None
    assert InputFiles.of([tmp_path / "train.tsv"]).files[0].split is None


def test_names_beside_the_facts(tmp_path: Path) -> None:
    (tmp_path / "facts.tsv").write_text("/m/1\tr\t/m/2\n/m/2\tr\t/m/3\n")
    (tmp_path / "names.tsv").write_text(
        "mid\tlabel\tdescription\n/m/1\tOne\tfirst\n/m/2\tTwo\t\n/m/9\tNine\t\n"
    )
    reading = read_files([tmp_path])
    nodes = {n["id"]: n for n in reading.data.nodes.to_pylist()}
    assert {i: n["name"] for i, n in nodes.items()} == {"/m/1": "One", "/m/2": "Two", "/m/3": "/m/3"}
    assert nodes["/m/1"]["description"] == "first"
    assert any("go by their id: 1" in note for note in reading.notes)


def test_rdf_labels_become_names(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(
        "@prefix x: <http://x.org/> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        'x:a x:knows x:b ; rdfs:label "Anna" ; x:age 7 .\n'
    )
    reading = read_files([path])
    assert facts_of(reading) == [("http://x.org/a", "knows", "http://x.org/b")]
    first = reading.data.nodes.to_pylist()[0]
    assert (first["name"], first["age"]) == ("Anna", "7")


def test_relations_that_differ_in_case_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a\tIsa\tb\nb\tisa\tc\n")
    reading = read_files([path])
    assert reading.data.relations["name"].to_pylist() == ["Isa", "isa"]
    assert reading.notes == ("the relations 'Isa' and 'isa' differ in case only",)


def test_sources_and_further_columns_stay_with_the_fact(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("head\trelation\ttail\tsource\tyear\na\tr\tb\tX|Y\t1999\na\tr\tb\tZ\t\n")
    fact = read_files([path]).data.facts.to_pylist()[0]
    assert fact["sources"] == ["X", "Y", "Z"]
    assert fact["year"] == "1999"
