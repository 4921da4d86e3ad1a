"""Where crashes happen: a local store, what is done to it, and what was found wrong."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgplatform.store.protocol import GraphStore
from measuring.killing import (
    Ended,
    started,
)

PREDICTIONS = ("--relation", "affects", "--top", "60", "--queries", "135")


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


def standing_run(store: GraphStore, graph: str) -> str:
    """Id of the run promoted in a graph."""
    rows = store.read("MATCH (r:Run {graph: $g, status: 'promoted'}) RETURN r.id AS id", {"g": graph})
    return str(rows[0]["id"])
