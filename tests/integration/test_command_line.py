"""`kgp` as a script uses it: fields of --json, exit statuses, what goes to stdout and what to stderr."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from kgplatform.cli import COMMANDS, main
from kgplatform.store.protocol import GraphStore
from tests.conftest import Loop, ServerName

_TRAINED = {"run", "model", "graph", "fingerprint", "seed", "split", "metrics", "seconds"}
_METRICS = {"mrr", "hits@1", "hits@3", "hits@10", "amr"}
_PREDICTED = {
    *("head", "relation", "tail", "head_name", "tail_name", "score", "probability"),
    *("rank_low", "rank", "rank_high", "paths", "faithfulness"),
}
_SKY = "Earth\torbits\tSun\nMars\torbits\tSun\nMoon\torbits\tEarth\n"


@dataclass(frozen=True)
class Answer:
    """What a call of `kgp` left: its exit status and what it printed."""

    status: int | str | None
    out: str
    err: str

    def items(self) -> list[dict[str, Any]]:
        """The lines of stdout, each an object of strict JSON."""
        return [json.loads(line, parse_constant=_no_json) for line in self.out.splitlines()]

    def item(self) -> dict[str, Any]:
        (one,) = self.items()
        return one


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


Kgp = Callable[..., Answer]


@pytest.fixture
def kgp(loop: Loop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kgp:
    """Calls `kgp` on the store of the loop, in this process."""
    for name, value in loop.environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return Answer(ended.value.code, printed.out, printed.err)

    return call


@pytest.fixture
def sky(loop: Loop, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A fresh graph name and a file of three facts to import under it."""
    name = f"sky-{secrets.token_hex(4)}"
    file = tmp_path / "sky.tsv"
    file.write_text(_SKY, "utf-8")
    yield name, file
    if any(g["name"] == name for g in loop.store.graphs()):
        loop.store.drop_graph(name)


def _nobody() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"bolt://127.0.0.1:{free.getsockname()[1]}"


def test_training_and_evaluating_print_one_object(kgp: Kgp) -> None:
    trained = kgp("train", "frequency", "drug", "--seed", "3", "--json")
    assert trained.status == 0, trained.err
    run = trained.item()
    assert run.keys() >= _TRAINED
    assert (run["model"], run["graph"], run["seed"], run["split"]) == ("frequency", "drug", 3, "test")
    assert run["metrics"].keys() >= _METRICS
    assert kgp("evaluate", run["run"], "--json").item()["metrics"] == pytest.approx(run["metrics"])
    valid = kgp("evaluate", run["run"], "--split", "valid", "--by", "relation", "--json").item()
    assert valid.keys() >= {*_TRAINED, "by_relation"}
    assert valid["split"] == "valid"


def test_a_model_that_cannot_leave_a_fact_out_says_that_it_has_seen_it(kgp: Kgp, loop: Loop) -> None:
    """Judged without itself by a path model; seen in training by one that counts."""
    run = kgp("train", "frequency", "drug", "--json").item()["run"]
    known = ("Ketoconazole", "INHIBITS", "CYP3A4")
    assert kgp("explain", run, *known, "--json").item()["seen_in_training"] is True
    assert "seen in training" in kgp("explain", run, *known).out
    ends = ("--head", known[0], "--relation", known[1], "--tail", known[2], "--json")
    assert kgp("predict", run, *ends).item()["seen_in_training"] is True
    assert kgp("explain", loop.runs[0].id, *known, "--json").item()["seen_in_training"] is False
    guess = kgp("explain", run, "Ketoconazole", "INHIBITS", "CYP51A1", "--json").item()
    assert guess["seen_in_training"] is False


def test_several_seeds_print_a_line_each(kgp: Kgp) -> None:
    runs = kgp("train", "frequency", "drug", "--seed", "7", "--seeds", "2", "--json").items()
    assert [r["seed"] for r in runs] == [7, 8]


def test_predictions_come_with_names_ranks_and_paths(kgp: Kgp, loop: Loop) -> None:
    asked = kgp("predict", loop.runs[0].id, "--head", "Warfarin", "--top", "4", "--json")
    assert asked.status == 0, asked.err
    found = asked.items()
    assert len(found) == 4
    for p in found:
        assert p.keys() >= _PREDICTED
        assert p["head_name"] == "Warfarin"
        assert p["rank_low"] <= p["rank"] <= p["rank_high"]
    assert any(p["paths"] for p in found)
    for path in (path for p in found for path in p["paths"]):
        assert path.keys() == {"weight", "facts", "support", "pairs", "heads", "confidence"}
        assert 0 <= path["support"] <= path["pairs"]
        assert all(len(fact) == 3 for fact in path["facts"])
    best = found[0]
    why = kgp("explain", loop.runs[0].id, best["head"], best["relation"], best["tail"], "--json").item()
    assert why.keys() >= _PREDICTED
    assert why["tail"] == best["tail"]
    table = kgp("predict", loop.runs[0].id, "--head", "Warfarin", "--top", "4")
    assert len(table.out.splitlines()) == 6
    assert table.out.startswith("head")


def test_importing_counts_and_changes_nothing_the_second_time(kgp: Kgp, sky: tuple[str, Path]) -> None:
    name, file = sky
    asked = ("import", str(file), "--as", name, "--domain", "triples", "--json")
    would = kgp(*asked, "--dry-run").item()
    assert would["dry_run"]
    assert name not in [row["graph"] for row in kgp("status", "--json").items()]
    first = kgp(*asked).item()
    assert first.keys() >= {"graph", "domain", "added", "changed", "unchanged", "rejected"}
    assert (first["added"], first["rejected"]) == (would["added"], 0)
    assert first["added"] > 0
    second = kgp(*asked).item()
    assert (second["added"], second["changed"]) == (0, 0)
    assert second["unchanged"] == first["added"]


def test_what_was_exported_imports_again_and_can_be_dropped(
    kgp: Kgp, sky: tuple[str, Path], tmp_path: Path
) -> None:
    name, file = sky
    kgp("import", str(file), "--as", name, "--domain", "triples")
    files = kgp("export", name, str(tmp_path / "out"), "--json").item()["files"]
    assert files
    assert all(Path(f).is_file() for f in files)
    again = kgp("import", str(tmp_path / "out"), "--as", name, "--json").item()
    assert (again["added"], again["changed"]) == (0, 0)
    assert kgp("drop", name, "--yes", "--json").item() == {"graph": name, "dropped": True}
    assert kgp("status", name, "--json").status == 3


def test_graphs_runs_and_rows_print_a_line_each(kgp: Kgp, loop: Loop) -> None:
    (graph,) = kgp("status", "drug", "--json").items()
    assert graph.keys() >= {"graph", "domain", "nodes", "facts", "runs", "predictions", "stale", "version"}
    assert graph["nodes"] > 0
    runs = kgp("runs", "drug", "--json").items()
    assert {r.id for r in loop.runs} <= {r["run"] for r in runs}
    for row in runs:
        assert row.keys() >= {
            "run",
            "model",
            "graph",
            "seed",
            "status",
            "test_mrr",
            "baseline_mrr",
            "seconds",
        }
    statement = "MATCH (d:Drug {graph: $g}) RETURN d.name AS name, d.id AS id ORDER BY name"
    rows = kgp("query", statement, "-p", "g=drug", "--limit", "3", "--json")
    assert [row.keys() for row in rows.items()] == [{"name", "id"}] * 3
    assert "cut after 3 rows" in rows.err
    csv = kgp("query", statement, "-p", "g=drug", "--limit", "3", "--format", "csv").out.splitlines()
    assert csv[0] == "name,id"
    assert len(csv) == 4


def test_promoting_and_rolling_back_name_the_run(kgp: Kgp, loop: Loop) -> None:
    small = ("--top", "2", "--queries", "5")
    for run in loop.runs:
        written = kgp("promote", run.id, *small, "--json").item()
        assert written.keys() >= {"run", "predictions"}
        assert written["predictions"] > 0
    assert kgp("rollback", "drug", "--model", "red_gnn", "--json").item() == {
        "graph": "drug",
        "undone": loop.runs[1].id,
        "relations": ["INTERACTS_WITH"],
        "runs": [loop.runs[0].id],
    }


def test_store_and_json_are_taken_before_the_command_and_after_it(kgp: Kgp, loop: Loop) -> None:
    after = kgp("status", "drug", "--json", "--store", loop.store.url)
    before = kgp("--json", "--store", loop.store.url, "status", "drug")
    assert before.out == after.out
    assert before.item()["graph"] == "drug"
    assert kgp("--store", _nobody(), "status", "--store", loop.store.url).status == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ["fly"],
        ["statsu"],
        ["status", "--no-such-option"],
        ["train", "red_gnn"],
        ["train", "red_gnn", "drug", "--seeds", "0"],
        ["train", "red_gnn", "drug", "--set", "epochs"],
        ["train", "red_gnn", "drug", "--resume", "some", "--seeds", "2"],
        ["evaluate", "some", "--split", "train"],
        ["query", "RETURN 1", "-p", "name"],
        ["down", "--store", "bolt://127.0.0.1:7687"],
    ],
)
def test_wrong_use_ends_with_2(kgp: Kgp, wrong: list[str]) -> None:
    answer = kgp(*wrong)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err
    assert "Traceback" not in answer.err


def test_a_misspelt_command_names_the_nearest(kgp: Kgp) -> None:
    assert "did you mean 'status'?" in kgp("statsu").err


def test_a_bad_row_names_file_and_line_and_imports_nothing(kgp: Kgp, sky: tuple[str, Path]) -> None:
    name, file = sky
    file.write_text(_SKY + "Venus\torbits\n", "utf-8")
    asked = ("import", str(file), "--as", name, "--domain", "triples")
    refused = kgp(*asked)
    assert (refused.status, refused.out) == (3, "")
    assert f"{file}:4" in refused.err
    assert kgp("status", name).status == 3
    kept = kgp(*asked, "--skip-rejected", "--json").item()
    assert kept["rejected"] == 1
    assert kept["added"] > 0


@pytest.mark.parametrize(
    ("asked", "candidate"),
    [
        (["status", "drugs"], "drug"),
        (["train", "frequency", "drugs"], "drug"),
        (["train", "redgnn", "drug"], "red_gnn"),
        (["train", "red_gnn", "drug", "--set", "depth=3"], "layers"),
        (["export", "drugs", "out"], "drug"),
        (["drop", "drugs", "--yes"], "drug"),
        (["rollback", "drugs"], "drug"),
        (["import", "no/such/file.tsv"], "no/such/file.tsv"),
        (["evaluate", "RUN", "--on", "drugs"], "drug"),
        (["predict", "drug-red_gnn-x"], "RUN"),
        (["predict", "RUN", "--head", "Warfarine"], "Warfarin"),
        (["predict", "RUN", "--head", "Warfarin", "--relation", "INTERACTS"], "INTERACTS_WITH"),
        (["explain", "RUN", "Warfarin", "INTERACTS_WITH", "Warfarine"], "Warfarin"),
        (["runs", "drugs"], "drug"),
        (["query", "MATCH (n) DETACH DELETE n"], "DETACH"),
        (["query", "MATCH (n RETURN n"], "RETURN"),
        (["status", "--store", "sqlite:x"], "local:FOLDER"),
    ],
)
def test_bad_input_ends_with_3_and_lists_what_there_is(
    kgp: Kgp, loop: Loop, asked: list[str], candidate: str
) -> None:
    run = loop.runs[0].id
    answer = kgp(*(run if word == "RUN" else word for word in asked))
    assert (answer.status, answer.out) == (3, ""), answer.err
    assert (run if candidate == "RUN" else candidate) in answer.err.partition("error: ")[2]


def test_an_ambiguous_name_lists_whom_it_may_mean(kgp: Kgp, tmp_path: Path, loop: Loop) -> None:
    nodes, facts = tmp_path / "drugs" / "nodes.tsv", tmp_path / "drugs" / "facts.tsv"
    nodes.parent.mkdir()
    ids = [f"DB9{number:04}" for number in range(40)]
    named = [f"{i}\tDrug\t{'Panacea' if i < ids[2] else i.lower()}\t\n" for i in ids]
    meet = [
        f"{a}\tINTERACTS_WITH\t{b}\tkg-platform sample\ttrue\n"
        for a, b in zip(ids, ids[1:] + ids[:1], strict=True)
    ]
    nodes.write_text("id\ttype\tname\taliases\n" + "".join(named), "utf-8")
    facts.write_text("head\trelation\ttail\tsource\tchecked\n" + "".join(meet), "utf-8")
    name = f"panacea-{secrets.token_hex(4)}"
    imported = kgp("import", str(nodes.parent), "--as", name, "--domain", "drug", "--hold-out", "0.1")
    assert imported.status == 0, imported.err
    run = kgp("train", "frequency", name, "--json").item()["run"]
    answer = kgp("predict", run, "--head", "Panacea")
    loop.store.drop_graph(name)
    assert answer.status == 3
    assert ids[0] in answer.err
    assert ids[1] in answer.err
    assert ids[2] not in answer.err


def test_a_server_out_of_reach_ends_with_4(kgp: Kgp) -> None:
    answer = kgp("status", "--store", _nobody())
    assert (answer.status, answer.out) == (4, "")
    assert "nobody answers" in answer.err


def test_a_wrong_password_ends_with_4(
    kgp: Kgp, store_on: Callable[[ServerName], GraphStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGP_STORE_PASSWORD", "a wrong one")
    answer = kgp("status", "--store", store_on("neo4j").server().address)
    assert answer.status == 4
    assert "refuses this user or password" in answer.err
    assert "a wrong one" not in answer.err


def test_a_second_writer_is_told_who_is_first(kgp: Kgp, loop: Loop, sky: tuple[str, Path]) -> None:
    name, file = sky
    with loop.store.lock(name, "import of moons.tsv"):
        answer = _outside(loop, "import", str(file), "--as", name, "--domain", "triples")
    assert answer.status == 1
    assert "import of moons.tsv" in answer.err
    assert "is being written by process" in answer.err


def test_a_full_disk_ends_with_1_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disk, file = tmp_path / "disk", tmp_path / "sky.tsv"
    disk.mkdir()
    file.write_text(_SKY, "utf-8")
    mount = ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(disk)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root on Linux")
    monkeypatch.setenv("KGP_STORE", f"local:{disk}")
    monkeypatch.setenv("KGP_HEAP", "1g")

    def kgp(*arguments: str) -> int | str | None:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return ended.value.code

    asked = ("import", str(file), "--domain", "triples", "--as")
    try:
        assert kgp(*asked, "first") == 0
        (disk / "other files").write_bytes(bytes(shutil.disk_usage(disk).free - 20_000_000))
        capsys.readouterr()
        assert kgp(*asked, "second") == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert "Free space there" in printed.err
        (disk / "other files").unlink()
        assert kgp(*asked, "second") == 0
    finally:
        kgp("down")
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _outside(loop: Loop, *arguments: str) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "kgplatform", *arguments],
        env=_environment(loop),
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def _environment(loop: Loop) -> dict[str, str]:
    return {**os.environ, **loop.environment}


def test_results_alone_are_on_stdout_and_progress_comes_first(loop: Loop) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kgplatform", "train", "frequency", "drug", "--json"],
        env=_environment(loop),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().strip()
        out, err = process.communicate()
    assert process.returncode == 0, err
    assert Answer(0, out, err).item()["model"] == "frequency"
    assert "ranking" in err


def test_an_interrupted_training_says_how_to_go_on_and_goes_on(loop: Loop, kgp: Kgp) -> None:
    endless = {"epochs": 100_000, "patience": 100_000, "layers": 2, "dim": 8}
    small = [f"--set={key}={value}" for key, value in endless.items()]
    with subprocess.Popen(
        [sys.executable, "-m", "kgplatform", "train", "red_gnn", "drug", "--seed", "9", *small],
        env=_environment(loop),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (1, ""), err
    assert "Traceback" not in err
    (command,) = [x for x in err.splitlines() if x.startswith("go on with: kgp ")] or [err]
    words = command.removeprefix("go on with: kgp ").split()
    done = _brought_to_an_end(loop, words[words.index("--resume") + 1])
    resumed = kgp(*words, "--json")
    assert resumed.status == 0, resumed.err
    assert resumed.item()["seed"] == 9
    assert kgp("runs", "drug", "--json").items()[-1]["epochs"] == done + 1


def _brought_to_an_end(loop: Loop, run: str) -> int:
    """Set an interrupted run to end with the epoch after those it has done, of which there are so many."""
    checkpoint = loop.registry.path(run) / "checkpoint" / "training.json"
    done: int = json.loads(checkpoint.read_text("utf-8"))["epoch"] if checkpoint.exists() else 0
    record = loop.registry.read(run)
    loop.registry.write(record.model_copy(update={"config": record.config | {"epochs": done + 1}}))
    return done


@pytest.mark.parametrize("first", [["--help"], ["--version"], ["train", "--help"]])
def test_help_comes_without_the_heavy_libraries(first: list[str]) -> None:
    program = """
import sys
from kgplatform.cli import main
try:
    main(sys.argv[1:])
finally:
    print([m for m in ("torch", "pyarrow", "neo4j", "numpy") if m in sys.modules], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *first], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert "kgp" in done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert f"Example: kgp {name}" in " ".join(printed.split())
    assert "--json" in printed
    assert "--store" in printed
