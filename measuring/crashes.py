"""The crashes of `acceptance/crash.py`, one function an operation; each returns one row of the record."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from graph_schema.domains import sample_folder
from kgplatform.opening import registry_of
from kgplatform.runs.registry import RunRegistry
from kgplatform.store import server_state
from kgplatform.store.protocol import GraphStore
from measuring.killing import (
    Ended,
    graph_or_none,
    import_faults,
    moments,
    promotion_faults,
    same,
    started,
)
from measuring.proxy import Proxy

BATCH = 10_000
PREDICTIONS = ("--relation", "affects", "--top", "60", "--queries", "135")
TRAINING = ("--threads", "1", "--set", "epochs=8", "--set", "dim=8", "--set", "layers=2")


@dataclass
class Place:
    """A local store to crash, and what was found wrong."""

    url: str
    store: GraphStore
    files: Path
    small: Path
    kills: int
    outage: float
    draw: random.Random
    faults: list[str] = field(default_factory=list)
    say: Callable[[str], None] = print

    @property
    def server(self) -> str:
        """Name of the product."""
        return self.store.server().product

    def kgp(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run a command to its end; its failure is a fault."""
        with started(self.url, *arguments, environment=environment) as running:
            ended = running.end()
        if ended.status != 0:
            self.fault(f"kgp {' '.join(arguments)} ended with {ended.status}: {ended.stderr[-400:]}")
        return ended

    def fault(self, what: str) -> None:
        """Remember and say what is wrong."""
        self.faults.append(f"{self.server}: {what}")
        self.say(f"FAULT {self.faults[-1]}")

    def row(self, operation: str, kills: int, seconds: float, **values: Any) -> dict[str, Any]:
        """A row of the record."""
        out = {
            "operation": operation,
            "server": self.server,
            "kills": kills,
            "undisturbed, s": round(seconds, 1),
        }
        out |= {k: round(v, 1) if isinstance(v, float) else v for k, v in values.items()}
        self.say(str(out))
        return out


@contextmanager
def next_writer(place: Place, graph: str) -> Iterator[float]:
    """Look at a graph as the next writer finds it; gives the seconds the killed one's lock kept us out.

    A commit that was sent before the kill may still be on its way into the database, and Neo4j lets readers
    see it arrive; whoever has the lock comes after it.
    """
    began = time.monotonic()
    with place.store.lock(graph, "looking"):
        yield time.monotonic() - began


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


def standing_run(store: GraphStore, graph: str) -> str:
    """Id of the run promoted in a graph."""
    rows = store.read("MATCH (r:Run {graph: $g, status: 'promoted'}) RETURN r.id AS id", {"g": graph})
    return str(rows[0]["id"])


_WRITER = """
import sys
from kgplatform.opening import connect
store = connect(sys.argv[1])
for number in range(10**6):
    store.write(lambda t: t.run("MERGE (l:Ledger {entry: $e})", {"e": f"{sys.argv[2]}/{number}"}))
    print(number, flush=True)
"""


def servers(place: Place) -> dict[str, Any]:
    """Kill the server or its supervisor, half the times under an import, half under many small commits."""
    undisturbed = place.kgp("import", str(place.files), "--as", "undisturbed").seconds
    whole = place.store.get_graph("undisturbed")
    longest, committed = 0.0, 0
    for number, moment in enumerate(moments(place.kills, undisturbed, place.draw)):
        supervisor = number % 4 == 3
        if number % 2:
            graph = f"server-{number}"
            with started(place.url, "import", str(place.files), "--as", graph) as running:
                time.sleep(moment)
                longest = max(longest, kill_server(place, supervisor))
                ended = running.end()
            if ended.status != 0:
                place.fault(f"import under a killed server ended with {ended.status}: {ended.stderr[-400:]}")
            elif not same(place.store.get_graph(graph), whole):
                place.fault(f"import under a server killed after {moment:.1f} s: not the whole graph")
            place.store.drop_graph(graph)
        else:
            seconds, entries = kill_under_commits(place, f"{number}", moment, supervisor)
            longest, committed = max(longest, seconds), committed + entries
        place.say(f"{place.server}: server {number}, killed after {moment:.1f} s")
    return place.row(
        "server",
        place.kills,
        undisturbed,
        **{"answers again after at most, s": longest, "commits acknowledged": committed},
    )


def kill_under_commits(place: Place, name: str, moment: float, supervisor: bool) -> tuple[float, int]:
    """Kill the server under a process of many small commits; seconds until it answers, commits checked."""
    told: list[int] = []
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, place.url, name],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        stream = writer.stdout
        reader = threading.Thread(target=lambda: told.extend(map(int, stream)), daemon=True)
        reader.start()
        while not told and writer.poll() is None:
            time.sleep(0.05)
        time.sleep(min(moment, 2.0))
        before = len(told)
        seconds = kill_server(place, supervisor)
        limit = time.monotonic() + 60
        while len(told) < before + 20 and writer.poll() is None and time.monotonic() < limit:
            time.sleep(0.1)
        if len(told) < before + 20:
            place.fault(f"{name}: the writer did not go on after the server was killed")
        writer.kill()
        reader.join(10)
    found = [
        row["entry"]
        for row in place.store.read(
            "MATCH (l:Ledger) WHERE l.entry STARTS WITH $name RETURN l.entry AS entry", {"name": f"{name}/"}
        )
    ]
    missing = {f"{name}/{number}" for number in told} - set(found)
    if missing or len(set(found)) != len(found):
        place.fault(f"{name}: {len(missing)} commits lost, {len(found) - len(set(found))} twice")
    return seconds, len(told)


def kill_server(place: Place, supervisor: bool) -> float:
    """Kill it; seconds until it answers again, started by whoever needs it first."""
    state = server_state(place.url)
    if state is None or state.server is None:
        place.fault("the server did not run")
        return 0.0
    mark = state.supervisor if supervisor else state.server
    process = psutil.Process(mark.pid)
    process.kill()
    began = time.monotonic()
    while mark.alive():
        time.sleep(0.01)
    place.store.read("RETURN 1 AS one")
    return time.monotonic() - began


def outages(place: Place) -> list[dict[str, Any]]:
    """Cut the connection in the middle of an import and of a promotion."""
    state = server_state(place.url)
    assert state is not None
    proxy = Proxy(state.address)
    login = {"KGP_STORE_USER": state.user, "KGP_STORE_PASSWORD": state.password}
    url = f"bolt://127.0.0.1:{proxy.port}?database={state.database}"
    rows = []
    try:
        with started(url, "import", str(place.files), "--as", "steady", environment=login) as running:
            undisturbed = running.end().seconds
        arguments: tuple[str, ...] = ("import", str(place.files), "--as", "outage")
        rows.append(
            _outage(place, proxy, "outage of an import", url, arguments, login, "writing nodes", undisturbed)
        )
        if not same(place.store.get_graph("outage"), place.store.get_graph("steady")):
            place.fault("import through an outage: not the whole graph")
        for words in (
            ("import", str(place.small), "--as", "cut"),
            ("train", "frequency", "cut", "--seed", "0"),
            ("train", "frequency", "cut", "--seed", "1"),
        ):
            with started(url, *words, environment=login) as running:
                running.end()
        ids = place.store.read("MATCH (r:Run {graph: 'cut'}) RETURN r.id AS id ORDER BY id")
        runs = [row["id"] for row in ids]
        with started(url, "promote", runs[0], *PREDICTIONS, environment=login) as running:
            undisturbed = running.end().seconds
        (counted,) = place.store.read("MATCH (:Entity {graph: 'cut'})-[p:PREDICTED]->() RETURN count(p) AS c")
        wanted = counted["c"]
        arguments = ("promote", runs[1], *PREDICTIONS)
        rows.append(
            _outage(
                place, proxy, "outage of a promotion", url, arguments, login, "predictions (0%", undisturbed
            )
        )
        for fault in promotion_faults(place.store, "cut", "frequency", {runs[1]: wanted}):
            place.fault(f"promotion through an outage: {fault}")
        if standing_run(place.store, "cut") != runs[1]:
            place.fault("promotion through an outage: the other run stands")
    finally:
        proxy.close()
    return rows


def _outage(
    place: Place,
    proxy: Proxy,
    name: str,
    url: str,
    arguments: Sequence[str],
    login: Mapping[str, str],
    words: str,
    undisturbed: float,
) -> dict[str, Any]:
    """Run a command, and cut its connection soon after it said something."""
    with started(url, *arguments, environment=login) as running:
        if not running.said(words):
            place.fault(f"{name}: it never said {words!r}: {running.stderr()[-300:]}")
        time.sleep(place.draw.random() * 0.5)
        with proxy.outage(place.outage):
            pass
        mended = time.monotonic()
        ended = running.end()
    messages = [
        line for line in ended.stderr.splitlines() if "out of reach" in line or "answers again" in line
    ]
    if ended.status != 0 or len(messages) < 2:
        place.fault(f"{name}: ended with {ended.status}, said {messages}: {ended.stderr[-300:]}")
    place.say("\n".join(messages))
    return place.row(
        name,
        0,
        undisturbed,
        **{"outage, s": place.outage, "done after its end, s": time.monotonic() - mended},
    )


PARTS: dict[str, Callable[[Place], Any]] = {
    "promotion": promotions,
    "training": trainings,
    "import": imports,
    "server": servers,
    "outage": outages,
}
