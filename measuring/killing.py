"""Commands killed at a moment, and what must be true of the store afterwards."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from graph_schema.errors import GraphBusy
from graph_schema.tables import GraphData
from kgplatform.store.protocol import GraphStore
from measuring.commands import command


@dataclass(frozen=True)
class Ended:
    """A command that ended or was killed: its status (None: killed), its words on stderr, and when."""

    status: int | None
    stderr: str
    seconds: float


class Running:
    """A command that runs, its stderr in a file."""

    def __init__(self, store: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            self._file = Path(file.name)
            self.process = subprocess.Popen(
                command(store, *arguments),
                env=os.environ | dict(environment or {}),
                stdout=subprocess.DEVNULL,
                stderr=file,
            )
        self._began = time.monotonic()

    def stderr(self) -> str:
        """What it said so far."""
        return self._file.read_text("utf-8", errors="replace")

    def said(self, words: str, seconds: float = 120.0) -> bool:
        """Wait until it has said something; False: it ended without."""
        limit = time.monotonic() + seconds
        while words not in self.stderr():
            if self.process.poll() is not None or time.monotonic() > limit:
                return words in self.stderr()
            time.sleep(0.02)
        return True

    def end(self, seconds: float | None = None) -> Ended:
        """Wait for its end, or kill it after so many seconds from its start."""
        limit = 300.0 if seconds is None else max(0.0, self._began + seconds - time.monotonic())
        status: int | None
        try:
            status = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        ended = Ended(status, self.stderr(), time.monotonic() - self._began)
        self._file.unlink()
        if status is None and seconds is None:
            raise AssertionError(f"the command hung: {ended.stderr[-500:]}")
        return ended


@contextmanager
def started(store: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """A command, killed at the end of the block if it still runs."""
    running = Running(store, *arguments, environment=environment)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            with suppress(ProcessLookupError):
                running.process.kill()
            running.process.wait()


def moments(kills: int, seconds: float, draw: random.Random) -> list[float]:
    """Random moments of an operation of that length, shuffled.

    Half of them one in each of as many equal parts of all its length; the others likewise in its last two
    fifths, where the writing is.
    """
    whole = (kills + 1) // 2
    out = [(i + draw.random()) / whole * seconds for i in range(whole)]
    out += [(0.6 + 0.4 * (i + draw.random()) / (kills - whole)) * seconds for i in range(kills - whole)]
    draw.shuffle(out)
    return out


def settled(store: GraphStore, graph: str, seconds: float = 300.0) -> None:
    """Wait until a graph's lock can be had: what a killed process had begun has ended then.

    Raises:
        GraphBusy: it could not be had for so many seconds.
    """
    limit = time.monotonic() + seconds
    while True:
        try:
            with store.lock(graph, "looking"):
                return
        except GraphBusy:
            if time.monotonic() > limit:
                raise
            time.sleep(0.2)


def import_faults(found: GraphData | None, whole: GraphData, batch: int) -> list[str]:
    """What is wrong with a graph whose import was killed; None where there is no graph yet."""
    if found is None:
        return []
    faults = []
    for what, mine, full in (
        ("nodes", len(found.nodes), len(whole.nodes)),
        ("facts", len(found.facts), len(whole.facts)),
    ):
        if mine % batch and mine != full:
            faults.append(f"{mine} {what}, no whole batches of {batch} and not all {full}")
    if len(found.facts) and len(found.nodes) != len(whole.nodes):
        faults.append("facts before all nodes")
    return faults


def promotion_faults(store: GraphStore, graph: str, model: str, wanted: Mapping[str, int]) -> list[str]:
    """What is wrong with a graph's predictions: they must be all those of the one promoted run, or none.

    Args:
        store: Where the graph is.
        graph: Its name.
        model: Of the runs.
        wanted: How many predictions each run has, by its id.
    """
    rows = store.read(
        "MATCH (h:Entity {graph: $graph})-[p:PREDICTED {model: $model}]->() "
        "RETURN p.run_id AS run, p.relation AS relation, h.key AS head, p.rank AS rank",
        {"graph": graph, "model": model},
    )
    counts = Counter(row["run"] for row in rows)
    statuses = store.read(
        "MATCH (r:Run {graph: $graph, model: $model, status: 'promoted'}) RETURN r.id AS id",
        {"graph": graph, "model": model},
    )
    promoted = [row["id"] for row in statuses]
    if len(promoted) > 1 or set(counts) != set(promoted):
        return [f"predictions of {dict(counts)}, promoted are {promoted}"]
    return [
        f"{n} predictions of {run}, wanted {wanted[run]}" for run, n in counts.items() if n != wanted[run]
    ]


def graph_or_none(store: GraphStore, graph: str) -> GraphData | None:
    """A graph as it stands, or None where there is none."""
    return store.get_graph(graph) if any(g["name"] == graph for g in store.graphs()) else None


def same(one: GraphData, other: GraphData) -> bool:
    """Whether two graphs hold the same rows."""
    return all(getattr(one, name).equals(getattr(other, name)) for name in ("nodes", "facts", "relations"))
