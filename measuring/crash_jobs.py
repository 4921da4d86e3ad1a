"""Commands killed at any moment: imports, trainings and promotions; each returns one row of the record."""

from __future__ import annotations

import json
from typing import Any

from graph_schema.domains import sample_folder
from kgplatform.opening import registry_of
from kgplatform.runs.registry import RunRegistry
from measuring.crash_place import PREDICTIONS, Place, next_writer, standing_run
from measuring.killing import (
    Ended,
    graph_or_none,
    import_faults,
    moments,
    promotion_faults,
    same,
    started,
)

BATCH = 10_000
TRAINING = ("--threads", "1", "--set", "epochs=8", "--set", "dim=8", "--set", "layers=2")


def imports(place: Place) -> dict[str, Any]:
    """Kill imports, look, and run the same command again."""
    undisturbed = place.kgp("import", str(place.files), "--as", "whole").seconds
    whole = place.store.get_graph("whole")
    half, longest, slowest = 0, 0.0, 0.0
    for number, moment in enumerate(moments(place.kills, undisturbed, place.draw)):
        graph = f"import-{number}"
        arguments = ("import", str(place.files), "--as", graph)
        with started(place.url, *arguments) as running:
            running.end(moment)
        with next_writer(place, graph) as seconds:
            longest = max(longest, seconds)
            found = graph_or_none(place.store, graph)
        for fault in import_faults(found, whole, BATCH):
            place.fault(f"import killed after {moment:.1f} s: {fault}")
        half += found is not None and not same(found, whole)
        slowest = max(slowest, place.kgp(*arguments).seconds)
        if not same(place.store.get_graph(graph), whole):
            place.fault(f"import killed after {moment:.1f} s and repeated: not the whole graph")
        place.say(f"{place.server}: import {number}, killed after {moment:.1f} s")
        place.store.drop_graph(graph)
    return place.row(
        "import",
        place.kills,
        undisturbed,
        **{
            "found half done": half,
            "again, longest s": slowest,
            "lock free after at most, s": round(longest, 2),
        },
    )


def trainings(place: Place) -> dict[str, Any]:
    """Kill trainings again and again, each time resumed, and compare the ends with an undisturbed one."""
    sample = ("import", str(sample_folder("drug")), "--domain", "drug", "--hold-out", "0.1")
    place.kgp(*sample, "--as", "learn")
    registry = registry_of(place.store)
    first = ("train", "red_gnn", "learn", *TRAINING)
    before = set(registry.ids())
    undisturbed = place.kgp(*first).seconds
    (wanted,) = set(registry.ids()) - before
    half, slowest, kills, ends = 0, 0.0, 0, 0
    left = moments(place.kills, undisturbed, place.draw)
    while left:
        before = set(registry.ids())
        arguments: tuple[str, ...] = first
        while left:
            moment = left.pop()
            with started(place.url, *arguments) as running:
                ended = running.end(moment)
            if ended.status is not None:  # it was faster than the kill, which is still owed
                left.append(ended.seconds * place.draw.random())
                break
            kills += 1
            new = [run for run in registry.ids() if run not in before]
            place.say(f"{place.server}: training, kill {kills} after {moment:.1f} s")
            if new:
                half += 1
                if registry.read(new[0]).status != "interrupted":
                    break
                check_epochs(place, registry, new[0], ended)
                arguments = ("train", "red_gnn", "learn", "--threads", "1", "--resume", new[0])
        new = [run for run in registry.ids() if run not in before]
        if not new:
            slowest = max(slowest, place.kgp(*first).seconds)
            (new,) = ([run for run in registry.ids() if run not in before],)
        elif registry.read(new[0]).status == "interrupted":
            slowest = max(
                slowest, place.kgp("train", "red_gnn", "learn", "--threads", "1", "--resume", new[0]).seconds
            )
        compare_runs(place, registry, wanted, new[0])
        ends += 1
    place.kgp("status", "learn", "--verify")
    return place.row(
        "training",
        kills,
        undisturbed,
        **{"found half done": half, "again, longest s": slowest, "runs compared": ends},
    )


def check_epochs(place: Place, registry: RunRegistry, run: str, ended: Ended) -> None:
    """No epoch that was reported may be missing from the checkpoint."""
    seen = max((int(line.split()[1].rstrip(":")) for line in ended.stderr.splitlines()
                if line.startswith("epoch ") and "valid_mrr" in line), default=0)  # fmt: skip
    described = registry.path(run) / "checkpoint" / "training.json"
    kept = json.loads(described.read_text("utf-8"))["epoch"] if described.exists() else 0
    if kept < seen:
        place.fault(f"training {run}: epoch {seen} was reported, {kept} kept")


def compare_runs(place: Place, registry: RunRegistry, wanted: str, found: str) -> None:
    """Two runs of the same settings and seed must be equal, bit for bit."""
    from safetensors.numpy import load_file

    one, other = registry.read(wanted), registry.read(found)
    if (one.metrics, one.epochs, other.status) != (other.metrics, other.epochs, "candidate"):
        place.fault(f"training {found}: {other.status}, {other.metrics}, wanted {one.metrics}")
    for file in sorted(registry.path(wanted).glob("*.safetensors")):
        mine, theirs = load_file(file), load_file(registry.path(found) / file.name)
        if any(mine[k].tobytes() != theirs[k].tobytes() for k in mine.keys() | theirs.keys()):
            place.fault(f"training {found}: {file.name} differs from that of {wanted}")


def promotions(place: Place) -> dict[str, Any]:
    """Kill promotions of two runs in turn; the one that does not stand is promoted next."""
    place.kgp("import", str(place.small), "--as", "promote")
    registry = registry_of(place.store)
    before = set(registry.ids())
    for seed in ("0", "1"):
        place.kgp("train", "frequency", "promote", "--seed", seed)
    runs = [run for run in registry.ids() if run not in before]
    undisturbed = max(place.kgp("promote", run, *PREDICTIONS).seconds for run in runs)
    wanted = {run: len(registry.predictions(run, _kept(registry, run))) for run in runs}
    changed, longest, slowest = 0, 0.0, 0.0
    standing = runs[1]
    for number, moment in enumerate(moments(place.kills, undisturbed, place.draw)):
        other = runs[0] if standing == runs[1] else runs[1]
        with started(place.url, "promote", other, *PREDICTIONS) as running:
            running.end(moment)
        with next_writer(place, "promote") as seconds:
            longest = max(longest, seconds)
            for fault in promotion_faults(place.store, "promote", "frequency", wanted):
                place.fault(f"promotion killed after {moment:.1f} s: {fault}")
        now = standing_run(place.store, "promote")
        changed += now != standing
        standing = now
        place.say(f"{place.server}: promotion {number}, killed after {moment:.1f} s")
        if number % 5 == 4:
            other = runs[0] if standing == runs[1] else runs[1]
            slowest = max(slowest, place.kgp("promote", other, *PREDICTIONS).seconds)
            for fault in promotion_faults(place.store, "promote", "frequency", wanted):
                place.fault(f"promotion after kills: {fault}")
            standing = other
    place.kgp("status", "promote", "--verify")
    return place.row(
        "promotion",
        place.kills,
        undisturbed,
        **{
            "found done": changed,
            "again, longest s": slowest,
            "lock free after at most, s": round(longest, 2),
        },
    )


def _kept(registry: RunRegistry, run: str) -> str:
    return sorted(file.name for file in registry.path(run).glob("predictions-*.jsonl"))[-1]
