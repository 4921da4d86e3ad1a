"""A graph leaves as files and comes back the same, on every server; damaged exports are refused by line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from graph_schema.domains import available_domains, sample_folder
from graph_schema.errors import InputError, UnknownName
from graph_schema.tables import GraphData
from kgplatform.graphs.exporting import export_graph
from kgplatform.graphs.importing import ImportReport, import_files, read_files
from kgplatform.graphs.pulling import pull
from kgplatform.store.protocol import GraphStore
from tests.contracts import graphs


@pytest.fixture
def copy(store: GraphStore, graph: str) -> Iterator[str]:
    name = f"{graph}-copy"
    yield name
    if any(g["name"] == name for g in store.graphs()):
        store.drop_graph(name)


def same(store: GraphStore, one: str, other: str) -> None:
    """Both graphs are equal: schema, tables with types and values, fingerprint."""
    a, b = pull(store, one), pull(store, other)
    assert a.schema == b.schema
    assert a.data.nodes.equals(b.data.nodes)
    assert a.data.facts.equals(b.data.facts)
    assert a.data.relations.equals(b.data.relations)
    assert a.fingerprint == b.fingerprint


def counts(report: ImportReport) -> tuple[int, int]:
    return report.added, report.changed


@pytest.mark.parametrize("domain", available_domains())
def test_a_sample_comes_back_the_same(
    store: GraphStore, graph: str, copy: str, domain: str, tmp_path: Path
) -> None:
    import_files(store, [sample_folder(domain)], graph=graph, domain=domain, hold_out=0.1)
    files = export_graph(store, graph, tmp_path / "out")
    assert [f.name for f in files] == ["graph.json", "nodes.jsonl", "facts.jsonl", "relations.jsonl"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
    assert counts(import_files(store, [tmp_path / "out"])) == (0, 0)
    assert import_files(store, [tmp_path / "out"], graph=copy).added > 0
    same(store, graph, copy)


def test_every_kind_of_value_comes_back(store: GraphStore, graph: str, copy: str, tmp_path: Path) -> None:
    store.put_graph(graph, graphs.SCHEMA, graphs.small())
    folder = tmp_path / "new" / "out"
    for file in export_graph(store, graph, folder):
        file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert counts(import_files(store, [folder])) == (0, 0)
    import_files(store, [folder / "graph.json.gz"], graph=copy)
    same(store, graph, copy)
    row = store.get_graph(copy).nodes.filter(pa.array([False, True, False])).to_pylist()[0]
    assert row["name"] == 'it\'s "quoted" \\ 中文'
    assert (row["rank"], row["approved"], row["codes"], row["smiles"]) == (2**62, None, [], "")


def test_an_export_never_overwrites(store: GraphStore, graph: str, tmp_path: Path) -> None:
    store.put_graph(graph, graphs.SCHEMA, graphs.small())
    (tmp_path / "mine").mkdir()
    export_graph(store, graph, tmp_path / "mine")
    with pytest.raises(InputError, match=r"holds facts\.jsonl, graph\.json"):
        export_graph(store, graph, tmp_path / "mine")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="a file"):
        export_graph(store, graph, tmp_path / "file")
    with pytest.raises(InputError, match="cannot be written"):
        export_graph(store, graph, tmp_path / "file" / "below")
    with pytest.raises(UnknownName, match="no graph 'nobody'"):
        export_graph(store, "nobody", tmp_path / "nobody")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "mine"]


def test_nothing_is_left_of_an_export_that_was_stopped(store: GraphStore, graph: str, tmp_path: Path) -> None:
    store.put_graph(graph, graphs.SCHEMA, graphs.small())

    def stop(what: str, done: float, total: float) -> None:
        if what == "writing facts":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_graph(store, graph, tmp_path / "out", progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def exported(arcadedb_store: GraphStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Texts of the files of a small export, by name."""
    folder = tmp_path_factory.mktemp("export") / "out"
    arcadedb_store.put_graph("test-exported", graphs.SCHEMA, graphs.small())
    files = export_graph(arcadedb_store, "test-exported", folder)
    arcadedb_store.drop_graph("test-exported")
    return {f.name: f.read_text("utf-8") for f in files}


def replaced(name: str, old: str, new: str) -> Callable[[dict[str, str]], None]:
    def change(files: dict[str, str]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


def without(name: str) -> Callable[[dict[str, str]], None]:
    def change(files: dict[str, str]) -> None:
        del files[name]

    return change


def line_again(name: str) -> Callable[[dict[str, str]], None]:
    def change(files: dict[str, str]) -> None:
        first, _, rest = files[name].partition("\n")
        files[name] = f"{first}\n{first}\n" + rest.partition("\n")[2]

    return change


DAMAGE = {
    "no header": (without("graph.json"), "graph.json", "no such file"),
    "no nodes": (without("nodes.jsonl"), "nodes.jsonl", "no such file"),
    "no facts": (without("facts.jsonl"), "facts.jsonl", "no such file"),
    "no relations": (without("relations.jsonl"), "relations.jsonl", "no such file"),
    "header cut": (replaced("graph.json", "}\n", "\n"), "graph.json", "Invalid JSON"),
    "header is empty": (lambda files: files.update({"graph.json": ""}), "graph.json", "an empty file"),
    "later format": (replaced("graph.json", "graph 1", "graph 2"), "graph.json", "format: Input should be"),
    "unknown key": (replaced("graph.json", '"graph"', '"name"'), "graph.json", "graph: Field required"),
    "property type": (replaced("graph.json", '"integer"', '"date"'), "graph.json", "node_properties"),
    "broken schema": (replaced("graph.json", '"BINDS"', '"PREDICTED"'), "graph.json", "target 'PREDICTED'"),
    "rows lost": (lambda files: files.update({"facts.jsonl": files["facts.jsonl"].split("\n")[0]}),
                  "facts.jsonl", "found 1 rows; wanted 3"),
    "row cut": (replaced("nodes.jsonl", "}\n", "\n"), "nodes.jsonl:1", "no JSON"),
    "deep row": (lambda files: files.update({"nodes.jsonl": "[" * 100_000}), "nodes.jsonl:1", "no JSON"),
    "row is no object": (replaced("facts.jsonl", "{", "[1]\n{"), "facts.jsonl:1", "wanted an object"),
    "key missing": (replaced("nodes.jsonl", '"name": "Warfarin", ', ""), "nodes.jsonl:1", "without 'name'"),
    "key unknown": (replaced("nodes.jsonl", '"mass"', '"weight"'), "nodes.jsonl:1", "the key 'weight'"),
    "text for number": (replaced("nodes.jsonl", "308.33", '"heavy"'), "nodes.jsonl:1", "wanted a number"),
    "number too big": (replaced("nodes.jsonl", str(2**62), str(2**63)), "nodes.jsonl:2", "of 64 bits"),
    "number for text": (replaced("nodes.jsonl", '"Warfarin"', "7"), "nodes.jsonl:1", "wanted a string"),
    "list of numbers": (replaced("facts.jsonl", '["here"]', "[1]"), "facts.jsonl:1", "array of strings"),
    "blank id": (replaced("nodes.jsonl", '"d1"', '" "'), "nodes.jsonl:1", "a blank field"),
    "node twice": (line_again("nodes.jsonl"), "nodes.jsonl:2", "the id 'd1' again"),
    "fact twice": (line_again("facts.jsonl"), "facts.jsonl:2", "again"),
    "relation twice": (line_again("relations.jsonl"), "relations.jsonl:2", "again"),
    "unknown end": (replaced("facts.jsonl", '"g1"', '"g9"'), "facts.jsonl:1", "the tail 'g9'"),
    "unknown relation": (replaced("facts.jsonl", '"BINDS"', '"BIND"'), "facts.jsonl:3", "relation 'BIND'"),
    "unknown split": (replaced("facts.jsonl", '"sources"', '"split": "dev", "sources"'),
                      "facts.jsonl:1", "split 'dev'"),
    "wrong end": (replaced("facts.jsonl", '"head": "d2"', '"head": "g1"'), "facts.jsonl:3", "head of type"),
    "node type": (replaced("nodes.jsonl", '"Gene"', '"Person"'), "", "Person"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_export_is_refused(exported: dict[str, str], case: str, tmp_path: Path) -> None:
    change, place, message = DAMAGE[case]
    files = dict(exported)
    change(files)
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    if case == "no header":  # then nothing says that it is an export, and the folder is one of triples
        with pytest.raises(InputError):
            read_files([tmp_path])
        return
    with pytest.raises(InputError) as caught:
        read_files([tmp_path])
    assert message in str(caught.value)
    assert place in str(caught.value)


def test_bad_rows_of_an_export_can_be_left_out(exported: dict[str, str], tmp_path: Path) -> None:
    for name, text in exported.items():
        (tmp_path / name).write_text(text.replace('"d2"', '" "'), "utf-8")
    reading = read_files([tmp_path], skip_rejected=True)
    assert reading.rejected == 2  # the node and its fact
    assert (reading.data.nodes.num_rows, reading.data.facts.num_rows) == (2, 2)


def test_an_export_is_read_alone_and_as_it_says(exported: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name, text in exported.items():
        (out / name).write_text(text, "utf-8")
    other = tmp_path / "more.tsv"
    other.write_text("a\tr\tb\n")
    with pytest.raises(InputError, match="other paths: 1"):
        read_files([out, other])
    with pytest.raises(InputError, match="domain 'test'"):
        read_files([out], domain="drug")
    with pytest.raises(InputError, match="without --columns"):
        read_files([out], columns=["head", "tail", "relation"])
    assert read_files([out], domain="test").graph == "test-exported"


def test_a_graph_json_of_somebody_else_is_no_export(tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text(json.dumps({"nodes": []}))
    (tmp_path / "facts.tsv").write_text("a\tr\tb\nb\tr\tc\n")
    reading = read_files([tmp_path])
    assert (reading.domain, reading.graph) == ("triples", None)
    assert isinstance(reading.data, GraphData)
