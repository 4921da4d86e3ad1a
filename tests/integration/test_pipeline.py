"""The pipeline's four steps: each can be begun again, under an id known before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph_schema.errors import RunError, UsageError
from kgplatform.jobs.pipeline import retrain
from kgplatform.opening import registry_of
from kgplatform.runs.registry import RunRegistry
from tests.commands import Kgp
from tests.conftest import Loop
from tests.small_graphs import silent

QUICK = {"epochs": 2, "layers": 2, "dim": 8}


@pytest.fixture
def registry(tmp_path: Path) -> RunRegistry:
    return RunRegistry(tmp_path)


def test_a_run_stopped_after_its_training_is_not_trained_again(loop: Loop, registry: RunRegistry) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    def stop(what: str, done: float, total: float) -> None:
        if what == "ranking":
            raise Stop

    told: list[str] = []
    with pytest.raises(Stop):
        retrain(loop.store, registry, "drug", "red_gnn", settings=QUICK, run="mine", progress=stop)
    begun = registry.read("mine")
    assert (begun.status, begun.fitted, begun.epochs) == ("interrupted", True, 2)
    done = retrain(
        loop.store, registry, "drug", "red_gnn", run="mine", progress=lambda what, *_: told.append(what)
    )
    assert not [what for what in told if what.startswith("epoch")]
    assert (done.id, done.status, done.config["dim"]) == ("mine", "candidate", 8)
    whole = retrain(loop.store, registry, "drug", "red_gnn", settings=QUICK, progress=silent)
    assert (done.metrics, done.baseline, done.calibration) == (
        whole.metrics,
        whole.baseline,
        whole.calibration,
    )
    assert done.baselines == {"frequency": whole.baseline}


def test_an_id_that_is_no_file_name_is_refused(loop: Loop, registry: RunRegistry) -> None:
    with pytest.raises(UsageError, match="letters, digits"):
        retrain(loop.store, registry, "drug", "red_gnn", run="../mine", progress=silent)
    assert registry.ids() == []


def test_progress_for_programs_is_an_object_a_line(kgp: Kgp) -> None:
    done = kgp("train", "frequency", "drug", "--run", "for-programs", "--progress", "json", "--json")
    assert done.status == 0, done.err
    assert done.item()["run"] == "for-programs"
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert {"what", "done", "total", "seconds_left"} == set(lines[0])
    assert kgp("train", "frequency", "drug", "--run", "for-programs").status == 1, "it is finished"
    assert kgp("train", "frequency", "drug", "--run", "a", "--seeds", "2").status == 2


def test_runs_may_lie_where_several_machines_find_them(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGP_RUNS", str(tmp_path / "shared"))
    shared = registry_of(loop.store)
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(RunError, match="KGP_RUNS"):
        RunRegistry(tmp_path / "file" / "runs").new("frequency", "drug", 0)
    run = retrain(loop.store, shared, "drug", "frequency", progress=silent)
    assert (tmp_path / "shared") in shared.path(run.id).parents
    assert str(tmp_path) not in run.model_dump_json()
