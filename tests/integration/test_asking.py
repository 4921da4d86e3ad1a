"""Learning what is asked: single relations, a graph's target, and what a training says before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_schema.domains import sample_folder
from graph_schema.errors import InputError, UnknownName, UsageError
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.runs.gating import reason_against
from kgplatform.runs.registry import RunRegistry
from kgplatform.serving.evaluating import evaluate_run
from kgplatform.serving.loading import Serving
from kgplatform.store.protocol import GraphStore
from tests.commands import Kgp
from tests.conftest import Loop
from tests.small_graphs import silent

QUICK = {"epochs": 2, "layers": 2, "dim": 8}


@pytest.fixture
def registry(loop: Loop, tmp_path: Path) -> Iterator[RunRegistry]:
    """One of its own; afterwards the shared database knows nothing of its runs."""
    registry = RunRegistry(tmp_path)
    yield registry
    forget = "MATCH (r:Run) WHERE r.id IN $runs DETACH DELETE r"
    loop.store.write(lambda transaction: transaction.run(forget, {"runs": list(registry.ids())}))


def test_a_run_learns_the_relations_it_is_told(loop: Loop, registry: RunRegistry) -> None:
    store = loop.store
    run = retrain(
        store, registry, "drug", "red_gnn", settings=QUICK, relations=["interacts_with"], progress=silent
    )
    assert run.asked == ("INTERACTS_WITH",)
    assert run.calibration is not None
    assert run.calibration.relations.keys() == {"INTERACTS_WITH"}  # type: ignore[union-attr]
    _, report = evaluate_run(store, registry, run.id, by="relation", progress=silent)
    assert report.slices.keys() == {"INTERACTS_WITH"}
    served = Serving(store, registry).serve(run.id)
    (learned,) = served.predict(head="Warfarin", relation="INTERACTS_WITH", top=1)
    (other,) = served.predict(head="Warfarin", relation="BINDS", top=1)
    assert (learned.untrained, learned.probability is None) == (False, False)
    assert (other.untrained, other.probability) == (True, None)
    everything = retrain(store, registry, "drug", "red_gnn", settings=QUICK, progress=silent)
    assert everything.asked is None
    assert "learned other relations" in str(reason_against(store, loop.registry, run))


def test_a_run_that_is_gone_on_with_asks_what_it_asked(loop: Loop, registry: RunRegistry) -> None:
    def stop(what: str, done: float, total: float) -> None:
        if what.startswith("epoch 1"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retrain(
            loop.store, registry, "drug", "red_gnn", settings=QUICK, relations=["BINDS"], run="mine",
            progress=stop,
        )  # fmt: skip
    done = retrain(loop.store, registry, "drug", "red_gnn", run="mine", progress=silent)
    assert done.asked == ("BINDS",)


def test_before_the_work_it_says_what_an_epoch_takes(loop: Loop, registry: RunRegistry) -> None:
    told: list[str] = []
    retrain(
        loop.store, registry, "drug", "red_gnn", settings=QUICK,
        progress=lambda what, *_: told.append(what),
    )  # fmt: skip
    (plan,) = {what for what in told if what.startswith("learning")}
    for said in ("all relations", "queries an epoch", "messages a query", "an epoch", "iB; ", "done by"):
        assert said in plan
    assert told.index(plan) < min(i for i, what in enumerate(told) if what.startswith("epoch"))


def test_where_all_takes_too_long_the_target_is_learned(loop: Loop, registry: RunRegistry) -> None:
    told: list[str] = []
    run = retrain(
        loop.store, registry, "drug", "red_gnn", settings={"epochs": 1}, epoch_seconds=1e-4,
        progress=lambda what, *_: told.append(what),
    )  # fmt: skip
    assert run.asked == ("INTERACTS_WITH",)
    assert any("INTERACTS_WITH (of all relations an epoch would take" in what for what in told)
    assert run.config["keep"] is not None


def test_what_cannot_be_asked_is_refused(loop: Loop, registry: RunRegistry) -> None:
    with pytest.raises(UnknownName, match="BUYS"):
        retrain(loop.store, registry, "drug", "red_gnn", relations=["BUYS"], progress=silent)
    with pytest.raises((UsageError, InputError)):
        retrain(loop.store, registry, "drug", "naive_bayes", relations=["BINDS"], progress=silent)
    assert registry.ids() == []


def test_the_command_takes_relations_and_a_budget(kgp: Kgp) -> None:
    done = kgp(
        "train", "red_gnn", "drug", "--relation", "BINDS", "--set", "epochs=1", "--set", "layers=2",
        "--budget", "10m", "--json",
    )  # fmt: skip
    run = done.item()
    (row,) = [r for r in kgp("runs", "drug", "--json").items() if r["run"] == run["run"]]
    assert (row["asked"], row["config"]["budget"]) == (["BINDS"], 600.0)
    shown = kgp("predict", run["run"], "--head", "Warfarin", "--top", "1")
    assert "untrained" not in shown.out, "asked is what it learned"
    other = kgp("predict", run["run"], "--head", "Warfarin", "--relation", "INTERACTS_WITH", "--top", "1")
    assert "untrained" in other.out
    assert "BINDS" in kgp("runs", "drug").out
    kgp("promote", run["run"], "--top", "1", "--queries", "3")
    counted = kgp(
        "query", "MATCH (:Drug)-[p:PREDICTED {run_id: $run}]->() RETURN DISTINCT p.relation AS relation",
        "-p", f"run={run['run']}", "--json",
    )  # fmt: skip
    assert [row["relation"] for row in counted.items()] == ["BINDS"]
    kgp("rollback", "drug", "--relation", "BINDS")
    refused = kgp("train", "red_gnn", "drug", "--budget", "soon")
    assert refused.status == 2
    assert "wanted a time such as 90s, 5m or 2h" in refused.err


@pytest.fixture
def treated(tmp_path: Path) -> Path:
    """The sample's facts but for interactions."""
    folder = tmp_path / "treated"
    folder.mkdir()
    lines = (sample_folder("drug") / "facts.tsv").read_text("utf-8").splitlines()
    kept = [line for line in lines if "\tINTERACTS_WITH" not in line]
    (folder / "facts.tsv").write_text("\n".join(kept) + "\n", "utf-8")
    (folder / "nodes.tsv").write_bytes((sample_folder("drug") / "nodes.tsv").read_bytes())
    return folder


def test_a_graph_has_a_target_of_its_own(store: GraphStore, graph: str, treated: Path) -> None:
    with pytest.raises(InputError, match=r"--target .*BINDS"):
        import_files(store, [treated], graph=graph, domain="drug", hold_out=0.1)
    with pytest.raises(UnknownName, match="CURES"):
        import_files(store, [treated], graph=graph, domain="drug", target="CURES")
    assert graph not in {g["name"] for g in store.graphs()}
    import_files(store, [treated], graph=graph, domain="drug", target="binds", hold_out=0.1)
    (about,) = [g for g in store.graphs() if g["name"] == graph]
    assert about["target"] == "BINDS"
    facts = store.get_graph(graph).facts
    held = {
        r
        for r, s in zip(facts["relation"].to_pylist(), facts["split"].to_pylist(), strict=True)
        if s == "test"
    }
    assert held == {"BINDS"}
    version = about["version"]
    again = import_files(store, [treated], graph=graph, domain="drug", hold_out=0.1)
    assert (again.added, again.changed) == (0, 0)
    (about,) = [g for g in store.graphs() if g["name"] == graph]
    assert (about["target"], about["version"]) == ("BINDS", version)
