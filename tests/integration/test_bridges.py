"""Vectors to other tools and from them: the same numbers in every format, and a run like any other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from graph_schema.arrays import Floats32
from graph_schema.errors import (
    GraphPlatformError,
    InputError,
    RunError,
    StoreUnreachable,
    UnknownName,
    UsageError,
)
from graph_schema.records import RunRecord
from kgplatform.cli import main
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.jobs import bridging
from kgplatform.jobs.bridging import TakenIn, take_in, write_out
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.opening import registry_of
from kgplatform.runs.comparing import run_rows, seed_rows
from kgplatform.runs.health import faults
from kgplatform.runs.promotion import rollback
from kgplatform.runs.registry import RunRegistry
from kgplatform.runs.vector_files import read_vectors, write_vectors
from kgplatform.serving.evaluating import evaluate_run
from kgplatform.serving.loading import Serving
from kgplatform.serving.matrices import matrix_of
from kgplatform.serving.similar import neighbours, run_with_vectors
from kgplatform.store.protocol import GraphStore
from tests.small_graphs import grandparents, silent

GRAPH = "bridged"
SUFFIXES = (".npz", ".safetensors", ".txt", ".vec")
PEOPLE = [f"p{i:03d}" for i in range(60)]
VALUES = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)


@dataclass(frozen=True)
class Place:
    """A store with the graph, and a registry of its own."""

    store: GraphStore
    registry: RunRegistry

    def take_in(self, file: Path, name: str = "node2vec") -> TakenIn:
        return take_in(self.store, self.registry, GRAPH, file, name, progress=silent)

    def promote(self, run: str) -> None:
        asked = Promotion(top=2, queries=5)
        assert promote(self.store, self.registry, run, asked, progress=silent) == []

    def standing(self, name: str = "node2vec") -> dict[str, list[float]]:
        rows = self.store.read(
            f"MATCH (n:Entity {{graph: $graph}}) WHERE n.{name} IS NOT NULL "
            f"RETURN n.id AS id, n.{name} AS v ORDER BY id",
            {"graph": GRAPH},
        )
        return {row["id"]: row["v"] for row in rows}

    def left(self) -> tuple[list[str], int]:
        """Folders of runs, and nodes of runs."""
        (runs,) = self.store.read("MATCH (r:Run {graph: $graph}) RETURN count(r) AS n", {"graph": GRAPH})
        return sorted(p.name for p in self.registry.folder.glob("*")), runs["n"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("bridged")
    nodes = ["id:ID,name,:LABEL", *(f"{id_},Person {int(id_[1:])},Person" for id_ in PEOPLE)]
    splits = grandparents()
    facts = [splits.known.names(row) for row in splits.known.triples]
    edges = [":START_ID,:END_ID,:TYPE", *(f"{h},{t},{r}" for h, r, t in facts)]
    (at / "nodes.csv").write_text("\n".join(nodes) + "\n", "utf-8")
    (at / "edges.csv").write_text("\n".join(edges) + "\n", "utf-8")
    return at


@pytest.fixture
def place(
    store: GraphStore, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    import_files(store, [folder], graph=GRAPH, domain="triples")
    monkeypatch.setenv("KGP_RUNS", str(tmp_path / "runs"))
    yield Place(store, registry_of(store))
    store.drop_graph(GRAPH)


def _file(folder: Path, ids: list[str], vectors: Floats32 = VALUES, name: str = "given.npz") -> Path:
    write_vectors(folder / name, ids, vectors[: len(ids)], {})
    return folder / name


def _bits(vectors: Any) -> bytes:
    return np.ascontiguousarray(vectors, dtype=np.float32).tobytes()


def test_a_run_is_written_in_each_format_and_read_back_bit_by_bit(place: Place, tmp_path: Path) -> None:
    settings = {"widths": (2, 4, 9), "epochs": 3, "batch_size": 32, "learning_rate": 0.05}
    run = retrain(place.store, place.registry, GRAPH, "med", settings=settings, progress=silent)
    served = Serving(place.store, place.registry).serve(run.id)
    assert served.vectors is not None
    ids, whole = tuple(served.vectors.ids), served.vectors.values
    taken = []
    for suffix in SUFFIXES:
        for dims, width in ((None, 9), (4, 4), (2, 2)):
            file = tmp_path / f"some vectors{suffix}"
            done = write_out(place.registry, run.id, file, dims=dims)
            assert (done.entities, done.dims, done.floats) == (60, width, 2 * width)
            back = read_vectors(file)
            assert back.ids == ids
            assert _bits(back.vectors) == _bits(whole[:, : 2 * width])
        write_out(place.registry, run.id, file)
        again = place.take_in(file, f"med_{suffix[1:]}")
        assert (again.rows, again.by_name, again.unmatched, again.without) == (60, 0, (), 0)
        matrix = matrix_of(place.registry, again.run.id)
        assert (matrix.ids, matrix.widths) == (ids, (18,))
        assert _bits(matrix.crop(np.arange(60), 18)) == _bits(whole)
        taken.append(again.run)
    with np.load(tmp_path / "some vectors.npz", allow_pickle=False) as arrays:
        assert arrays["ids"].dtype.kind == "U"
        assert arrays["vectors"].dtype == np.float32
    rows = run_rows(place.store, [run, *taken])
    assert [row["model"] for row in rows] == ["med", "med_npz", "med_safetensors", "med_txt", "med_vec"]
    assert {row["metric_title"] for row in rows[1:]} == {"–"}
    assert [group["model"] for group in seed_rows(rows)] == ["med"]
    with pytest.raises(UsageError, match="3 dimensions; wanted one that the run was trained to: 2, 4, 9"):
        write_out(place.registry, run.id, tmp_path / "cut.npz", dims=3)
    counted = retrain(place.store, place.registry, GRAPH, "frequency", progress=silent)
    with pytest.raises(RunError, match="of 'frequency' has no vectors"):
        write_out(place.registry, counted.id, tmp_path / "none.npz")
    assert not [
        p for p in tmp_path.iterdir() if p.name not in {"runs", *(f"some vectors{s}" for s in SUFFIXES)}
    ]


def test_vectors_from_elsewhere_are_searched_promoted_and_rolled_back(place: Place, tmp_path: Path) -> None:
    labels = ["p000", f"{GRAPH}/p001", "Person 2", "person 3", *PEOPLE[4:50], "stranger", "Person 99"]
    file = tmp_path / "vectors.safetensors"
    file.write_bytes(save({"weight": VALUES[:52].astype(np.float64)}, {"ids": json.dumps(labels)}))
    first = place.take_in(file)
    assert (first.rows, first.by_name, first.unmatched, first.without) == (
        52,
        2,
        ("stranger", "Person 99"),
        10,
    )
    assert "50 of 52 rows" in first.note()
    assert "not matched: 'stranger', 'Person 99'" in first.note()
    found = neighbours(place.registry, pull(place.store, GRAPH), first.run.id).of("Person 0", top=60)
    unit = VALUES[:50].astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosines = unit @ unit[0]
    order = np.argsort(-cosines)
    assert [n.id for n in found.found] == [PEOPLE[i] for i in order if i]
    np.testing.assert_allclose([n.cosine for n in found.found], cosines[order][1:], atol=1e-6)
    assert not place.standing()

    place.promote(first.run.id)
    assert place.standing() == {PEOPLE[i]: VALUES[i].tolist() for i in range(50)}
    assert run_with_vectors(place.store, GRAPH) == first.run.id
    (row,) = run_rows(place.store, [first.run])
    assert (row["status"], row["test"]) == ("promoted", None)
    second = place.take_in(_file(tmp_path, PEOPLE, VALUES[:, :2] + 1))
    place.promote(second.run.id)
    assert place.standing() == {id_: (VALUES[i, :2] + 1).tolist() for i, id_ in enumerate(PEOPLE)}
    assert faults(place.store, place.registry, GRAPH) == []
    assert rollback(place.store, place.registry, GRAPH, "node2vec").again == (first.run.id,)
    assert place.standing() == {PEOPLE[i]: VALUES[i].tolist() for i in range(50)}
    assert rollback(place.store, place.registry, GRAPH).again == ()
    assert not place.standing()
    (predictions,) = place.store.read(
        "MATCH (:Entity {graph: $graph})-[p:PREDICTED]->() RETURN count(p) AS n", {"graph": GRAPH}
    )
    assert predictions["n"] == 0


def test_it_goes_with_the_graph_and_does_what_it_can(place: Place, tmp_path: Path) -> None:
    taken = place.take_in(_file(tmp_path, PEOPLE))
    run = taken.run.id
    place.store.write(
        lambda transaction: transaction.run(
            "MATCH (n:Entity {key: $key}) DETACH DELETE n", {"key": f"{GRAPH}/p007"}
        )
    )
    (tmp_path / "more.tsv").write_text("newcomer\tparent\tp010\n", "utf-8")
    import_files(place.store, [tmp_path / "more.tsv"], graph=GRAPH, domain="triples")
    place.promote(run)
    assert place.standing().keys() == {*PEOPLE} - {"p007"}
    (place.registry.path(run) / "search" / "header.json").write_text("{", "utf-8")
    assert matrix_of(place.registry, run).ids == tuple(PEOPLE)
    for refused in (
        lambda: Serving(place.store, place.registry).serve(run),
        lambda: evaluate_run(place.store, place.registry, run, progress=silent),
    ):
        with pytest.raises(RunError, match="made elsewhere, and nothing that predicts"):
            refused()
    with pytest.raises(UsageError, match=r"'parent'.*predicts nothing"):
        promote(place.store, place.registry, run, Promotion(relation="parent"), progress=silent)
    with pytest.raises(RunError, match="is finished"):
        retrain(place.store, place.registry, GRAPH, "transe", resume=run, progress=silent)
    with pytest.raises(UnknownName, match="no model 'node2vec'"):
        retrain(place.store, place.registry, GRAPH, "node2vec", progress=silent)
    (place.registry.path(run) / "search" / "header.json").write_text("{", "utf-8")
    (place.registry.path(run) / "given.safetensors").write_bytes(b"damaged")
    with pytest.raises(RunError, match="Take them in again"):
        matrix_of(place.registry, run)


def _arrays(**arrays: Any) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        with file.open("wb") as opened:
            np.savez(opened, **arrays)

    return write


def _bytes(content: bytes) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        file.write_bytes(content)

    return write


def _npy(file: Path) -> None:
    with file.open("wb") as opened:
        np.save(opened, VALUES)


def _half(file: Path) -> None:
    _arrays(ids=np.array(PEOPLE), vectors=VALUES)(file)
    file.write_bytes(file.read_bytes()[:-300])


_TWO = np.array(["p000", "p001"])
_NAN, _HUGE = VALUES[:2].copy(), VALUES[:2].astype(np.float64)
_NAN[1, 3], _HUGE[0, 0] = np.nan, 1e39
MALFORMED: dict[str, tuple[str, Callable[[Path], None], type[GraphPlatformError], str]] = {
    "no suffix": ("given", _bytes(b"1 1\np000 1\n"), UsageError, r"suffix ''.*\.npz, \.safetensors"),
    "unknown": ("given.csv", _bytes(b"p000,1\n"), UsageError, r"suffix '\.csv'"),
    "no file": ("given.npz", lambda _: None, InputError, "found no file"),
    "a folder": ("given.npz", Path.mkdir, InputError, "found a folder"),
    "no zip": ("given.npz", _bytes(b"hello"), InputError, "cannot read without pickle"),
    "empty": ("given.npz", _bytes(b""), InputError, "cannot read without pickle"),
    "cut off": ("given.npz", _half, InputError, "cannot read without pickle"),
    "npy": ("given.npz", _npy, InputError, "one array without names"),
    "objects": (
        "given.npz",
        _arrays(ids=np.array(["p000", None], dtype=object), vectors=VALUES[:2]),
        InputError,
        r"ids\.astype\(str\)",
    ),
    "no ids": (
        "given.npz",
        _arrays(vectors=VALUES[:2]),
        InputError,
        "'vectors'; wanted exactly one of 'ids'",
    ),
    "two tables": (
        "given.npz",
        _arrays(ids=_TWO, vectors=VALUES[:2], weight=VALUES[:2]),
        InputError,
        "exactly one of 'vectors', 'embeddings', 'weight'",
    ),
    "ids of numbers": ("given.npz", _arrays(ids=VALUES[:2, 0], vectors=VALUES[:2]), InputError, "float32"),
    "more ids": ("given.npz", _arrays(ids=_TWO, vectors=VALUES[:3]), InputError, "2 ids for 3 rows"),
    "complex": (
        "given.npz",
        _arrays(ids=_TWO, vectors=VALUES[:2].astype(np.complex64)),
        InputError,
        "view",
    ),
    "one row": ("given.npz", _arrays(ids=_TWO, vectors=VALUES[0, :2]), InputError, r"shape \(2,\)"),
    "no rows": ("given.npz", _arrays(ids=_TWO[:0], vectors=VALUES[:0]), InputError, r"shape \(0, 5\)"),
    "no numbers": ("given.npz", _arrays(ids=_TWO, vectors=VALUES[:2, :0]), InputError, r"shape \(2, 0\)"),
    "nan": ("given.npz", _arrays(ids=_TWO, vectors=_NAN), InputError, r"not finite.*row 2 \('p001'\)"),
    "huge": ("given.npz", _arrays(ids=_TWO, vectors=_HUGE), InputError, r"not finite.*row 1 \('p000'\)"),
    "twice": (
        "given.npz",
        _arrays(entities=np.array(["p000", "x", "Person 0"]), embeddings=VALUES[:3]),
        InputError,
        r"two rows of entity 'p000': row 1 \('p000'\) and row 3 \('Person 0'\)",
    ),
    "nobody": (
        "given.npz",
        _arrays(ids=np.array(["x", "y"]), vectors=VALUES[:2]),
        InputError,
        "'x', 'y'; wanted ids or unique names of entities, such as 'p000'",
    ),
    "no header": ("given.safetensors", _bytes(b"hello"), InputError, "cannot be read"),
    "no names": (
        "given.safetensors",
        _bytes(save({"vectors": VALUES[:2]})),
        InputError,
        "wanted `ids` there, the JSON list",
    ),
    "no list": (
        "given.safetensors",
        _bytes(save({"vectors": VALUES[:2]}, {"ids": '{"p000": 0}'})),
        InputError,
        "metadata of ids; wanted",
    ),
    "glove": ("given.txt", _bytes(b"p000 1 2\n"), InputError, r"given\.txt:1: .*`N D` in the first line"),
    "wider": ("given.txt", _bytes(b"2 2\np000 1 2\np001 1 2 3\n"), InputError, r"txt:3: found 3 numbers"),
    "a name of two": ("given.vec", _bytes(b"1 2\nPerson 0 1 2\n"), InputError, r"vec:2: found 3 numbers"),
    "words": ("given.vec", _bytes(b"1 2\np000 one 2\n"), InputError, r"vec:2: .*could not convert"),
    "no text": ("given.vec", _bytes(b"1 1\n\xff\xfe 1\n"), InputError, r"vec:2: .*UTF-8"),
    "fewer": ("given.vec", _bytes(b"3 1\np000 1\n\np001 2\n"), InputError, "2 rows; wanted 3"),
    "infinite": ("given.vec", _bytes(b"2 1\np000 1\n\np001 inf\n"), InputError, r"in line 4 \('p001'\)"),
}


def test_each_malformed_file_is_one_clear_error_and_nothing_is_written(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for what, (name, write, kind, said) in MALFORMED.items():
        at = tmp_path / what
        at.mkdir()
        write(at / name)
        with pytest.raises(kind, match=said):
            place.take_in(at / name)
        assert place.left() == ([], 0), what
    good = _file(tmp_path, PEOPLE)
    for name, said in (
        ("transe", "is a model of the platform"),
        ("Node2Vec", "wanted lower-case letters"),
        ("two words", "wanted lower-case letters"),
        ("name", "is a property that the data"),
    ):
        with pytest.raises(UsageError, match=said):
            place.take_in(good, name)
    with pytest.raises(UnknownName, match="no graph 'nowhere'"):
        take_in(place.store, place.registry, "nowhere", good, "node2vec", progress=silent)
    with monkeypatch.context() as patch:
        patch.setattr(bridging, "write_run_node", _unreachable)
        with pytest.raises(StoreUnreachable):
            place.take_in(good)
    assert place.left() == ([], 0)


def _unreachable(store: GraphStore, record: RunRecord) -> None:
    raise StoreUnreachable("nobody answers")


def test_what_cannot_be_written_leaves_what_was_there(place: Place, tmp_path: Path) -> None:
    run = place.take_in(_file(tmp_path, PEOPLE)).run.id
    (tmp_path / "old.vec").write_text("old", "utf-8")
    (tmp_path / "folder.npz").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for file, kind, said in (
        (tmp_path / "vectors.pkl", UsageError, r"suffix '\.pkl'.*\.npz"),
        (tmp_path / "missing" / "vectors.npz", InputError, "no folder .*missing.*Make it first"),
        (tmp_path / "folder.npz", InputError, "found a folder"),
    ):
        with pytest.raises(kind, match=said):
            write_out(place.registry, run, file)
    with pytest.raises(InputError, match=r"old\.vec: found id 'New York'"):
        write_vectors(tmp_path / "old.vec", ["p000", "New York"], VALUES[:2], {})
    with pytest.raises(UnknownName, match="no run 'nobody'"):
        write_out(place.registry, "nobody", tmp_path / "old.vec")
    assert [p for p in sorted(tmp_path.rglob("*")) if "search" not in p.parts] == before
    assert (tmp_path / "old.vec").read_text("utf-8") == "old"


def test_on_the_command_line(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def kgp(*words: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--store", place.store.url, *words])
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    file = tmp_path / "some.vec"
    file.write_text("3 2\np000 1 0\np001 1 1\nstranger 0 1\n", "utf-8")
    words = ("vectors", "--from", str(file), "--graph", GRAPH, "--as", "node2vec")
    status, out, _ = kgp(*words, "--json")
    taken = json.loads(out)
    assert status == 0
    assert (taken["rows"], taken["matched"], taken["unmatched"], taken["without"]) == (3, 2, ["stranger"], 58)
    assert "note: 2 of 3 rows" in kgp(*words)[1]
    assert kgp("similar", "p000", "--run", taken["run"], "--graph", GRAPH)[1].count("p001") == 1
    assert taken["run"] in kgp("runs", GRAPH)[1]
    status, out, _ = kgp("vectors", taken["run"], str(tmp_path / "back.vec"))
    assert (status, (tmp_path / "back.vec").read_text("utf-8")) == (0, "2 2\np000 1 0\np001 1 1\n")
    assert "vectors of 2 entities, 2 dimensions (2 floats) of node2vec" in out
    assert kgp("promote", taken["run"])[0] == 0
    assert "p001" in kgp("similar", "p000")[1]
    for mixed in (
        ("vectors",),
        ("vectors", taken["run"]),
        (*words, "--dims", "2"),
        ("vectors", "r", *words[1:]),
    ):
        status, _, err = kgp(*mixed)
        assert status == 2
        assert "wanted either RUN FILE" in err
    status, _, err = kgp("predict", taken["run"], "--head", "p000")
    assert status == 1
    assert "nothing that predicts" in err
