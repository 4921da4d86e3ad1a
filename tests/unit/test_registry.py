"""Runs on disk: damaged, newer and older records beside good ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph_schema.errors import RunError, UnknownName
from graph_schema.records import Prediction, RunRecord
from kgplatform.runs.registry import RunRegistry


def _record(run: str, **changed: object) -> RunRecord:
    fields: dict[str, object] = {
        "id": run, "model": "red_gnn", "graph": "g", "domain": "triples", "seed": 0, "config": {},
        "fingerprint": "f", "schema_fingerprint": "s", "created": datetime(2026, 1, 1, tzinfo=UTC),
        "metrics": {"test": {"mrr": 0.5}},
    }  # fmt: skip
    return RunRecord.model_validate(fields | changed)


def _kept(registry: RunRegistry, run: str) -> Path:
    registry.path(run).mkdir(parents=True)
    registry.write(_record(run))
    return registry.path(run) / "run.json"


def test_one_damaged_record_takes_none_of_the_others_away(tmp_path: Path) -> None:
    registry = RunRegistry(tmp_path)
    for run in ("good", "cut", "binary", "empty", "listed"):
        _kept(registry, run)
    (registry.path("cut") / "run.json").write_text('{"id": "cut", "mod', "utf-8")
    (registry.path("binary") / "run.json").write_bytes(b"\xff\xfe\x00")
    (registry.path("empty") / "run.json").write_text("", "utf-8")
    (registry.path("listed") / "run.json").write_text("[]", "utf-8")
    records, errors = registry.readable()
    assert [r.id for r in records] == ["good"]
    assert [r.id for r in registry.all("g")] == ["good"]
    said = "\n".join(map(str, errors))
    assert all(repr(run) in said for run in ("cut", "binary", "empty", "listed"))
    with pytest.raises(RunError, match=r"'cut' .*run\.json.* cannot be read"):
        registry.read("cut")


def test_a_record_of_a_newer_version_is_read_without_what_is_not_known(tmp_path: Path) -> None:
    registry = RunRegistry(tmp_path)
    file = _kept(registry, "newer")
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"not_known_yet": "pairs"}), "utf-8")
    assert registry.read("newer") == _record("newer")


def test_figures_that_are_no_numbers_never_reach_a_record(tmp_path: Path) -> None:
    registry = RunRegistry(tmp_path)
    file = _kept(registry, "run")
    for bad in (float("inf"), float("nan")):
        with pytest.raises(RunError, match="mrr on test of run 'run'"):
            registry.write(_record("run").model_copy(update={"metrics": {"test": {"mrr": bad}}}))
        with pytest.raises(RunError, match="baseline valid"):
            registry.write(_record("run").model_copy(update={"baseline": {"valid": {"mrr": bad}}}))
    assert registry.read("run") == _record("run")
    old = json.loads(file.read_text("utf-8")) | {"metrics": {"test": {"mrr": None, "hits@1": 0.25}}}
    file.write_text(json.dumps(old), "utf-8")
    assert registry.read("run").metrics == {"test": {"hits@1": 0.25}}


def test_a_run_is_named_by_its_beginning_and_never_by_a_path(tmp_path: Path) -> None:
    registry = RunRegistry(tmp_path / "runs")
    _kept(registry, "alpha-1")
    _kept(registry, "alpha-2")
    _kept(RunRegistry(tmp_path), "outside")
    assert registry.read("alpha-2").id == "alpha-2"
    for name in ("alpha", "beta", "../outside", ""):
        with pytest.raises(UnknownName):
            registry.read(name)


def test_predictions_come_back_whatever_ends_a_line_in_a_name(tmp_path: Path) -> None:
    registry = RunRegistry(tmp_path)
    _kept(registry, "run")
    names = ["a\u2028b", "a\u2029b", "a\u0085b", "a\x1cb", "a\nb", "a\rb"]
    written = [
        Prediction(
            run="run", head=name, relation="r", tail="t", score=1, probability=0.5,
            rank_low=1, rank=1, rank_high=1, head_name=name,
        )
        for name in names
    ]  # fmt: skip
    assert registry.predictions("run", registry.keep_predictions("run", written)) == written


def test_a_thousand_runs_are_read_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = RunRegistry(tmp_path)
    for number in range(30):
        _kept(registry, f"run-{number:02}")
    looked: list[Path] = []
    listed = Path.glob

    def counting(self: Path, pattern: str) -> Iterator[Path]:
        looked.append(self)
        return iter(list(listed(self, pattern)))

    monkeypatch.setattr(Path, "glob", counting)
    assert len(registry.all()) == 30
    assert len(looked) == 1
