"""`kgp` as a script uses it: fields of --json, exit statuses, what goes to stdout and what to stderr."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from kgplatform.store.protocol import GraphStore
from tests.commands import SKY, Kgp
from tests.conftest import Loop, ServerName

_TRAINED = {"run", "model", "graph", "fingerprint", "seed", "split", "metrics", "seconds"}
_METRICS = {"mrr", "hits@1", "hits@3", "hits@10", "amr"}
_PREDICTED = {
    *("head", "relation", "tail", "head_name", "tail_name", "score", "probability"),
    *("rank_low", "rank", "rank_high", "paths", "faithfulness"),
}


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
            "task",
            "metric",
            "test",
            "baseline",
            "figures",
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
    file.write_text(SKY + "Venus\torbits\n", "utf-8")
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
