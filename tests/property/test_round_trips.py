"""Random graphs with hostile names, written in every form and read back."""

from __future__ import annotations

import csv
import json
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from graph_schema.reading.exported import read_export
from graph_schema.reading.report import RowReport
from graph_schema.reading.text import field_fault
from kgplatform.graphs.exporting import write_files
from kgplatform.graphs.importing import read_files
from kgplatform.graphs.pulling import PulledGraph

Fact = tuple[str, str, str]

_HOSTILE = [
    '"x"',
    'a"b',
    "'; DROP",
    "`) DETACH DELETE n //",
    "#tag",
    "# tag",
    "null",
    "\\N",
    "{a: 1}",
    "a,b;c|d",
    "😀",
]


def _usable(name: str) -> bool:
    return field_fault(name) is None and name == name.strip() == unicodedata.normalize("NFC", name)


names = (
    st.sampled_from(_HOSTILE) | st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)
).filter(_usable)
relations = names.filter(lambda name: len(quote(name)) < 150 and name.lower() != "predicted")
facts = st.sets(st.tuples(names, relations, names), min_size=1, max_size=8)


def read(name: str, text: str) -> set[Fact]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, "utf-8", newline="")
        reading = read_files([path], domain="triples")
    assert reading.rejected == 0
    return {(f["head"], f["relation"], f["tail"]) for f in reading.data.facts.to_pylist()}


def written(rows: Iterable[Iterable[str]], delimiter: str, header: bool) -> str:
    with tempfile.TemporaryFile("w+", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
        out.writerows([["head", "relation", "tail"], *rows] if header else rows)
        file.seek(0)
        return file.read()


@settings(deadline=None)
@given(facts)
def test_tables(some: set[Fact]) -> None:
    for delimiter, name in (("\t", "a.tsv"), (",", "a.csv"), (";", "a.csv"), ("|", "a.csv")):
        assert read(name, written(sorted(some), delimiter, header=True)) == some


@settings(deadline=None)
@given(facts)
def test_json_lines(some: set[Fact]) -> None:
    text = "".join(json.dumps(dict(zip(("head", "relation", "tail"), f, strict=True))) + "\n" for f in some)
    assert read("a.jsonl", text) == some
    assert read("a.jsonl", "".join(json.dumps(f, ensure_ascii=False) + "\n" for f in some)) == some


@settings(deadline=None)
@given(facts)
def test_n_triples(some: set[Fact]) -> None:
    def iri(name: str) -> str:
        return f"http://x.org/{quote(name, safe='')}"

    ends = {end for head, _, tail in some for end in (head, tail)}
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    lines = [f"<{iri(h)}> <{iri('r' + r)}> <{iri(t)}> ." for h, r, t in some]
    lines += [f"<{iri(end)}> <{label}> {json.dumps(end, ensure_ascii=False)} ." for end in ends]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.nt"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        reading = read_files([path])
    assert len(reading.data.facts) == len(some)
    assert {n["id"]: n["name"] for n in reading.data.nodes.to_pylist()} == {iri(end): end for end in ends}


@settings(deadline=None)
@given(facts, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
def test_exports(some: set[Fact], count: int, weight: float) -> None:
    about = {"about": ["x", "y"], "count": count, "weight": weight, "sure": True}
    lines = [json.dumps({"head": h, "relation": r, "tail": t, "said": r} | about) for h, r, t in sorted(some)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_text("\n".join(lines), "utf-8")
        reading = read_files([path], domain="triples")
        out = Path(folder) / "out"
        out.mkdir()
        write_files(PulledGraph("small", "1", reading.schema, reading.data), out)
        header, data = read_export(out, RowReport())
    assert (header.graph, header.domain_schema) == ("small", reading.schema)
    assert data.nodes.equals(reading.data.nodes)
    assert data.facts.equals(reading.data.facts)
    assert data.relations.equals(reading.data.relations)
