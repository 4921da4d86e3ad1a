"""Who works on a run: a small file in its folder with a heartbeat, so that two never work on one.

A process is believed to be gone only where it can be looked up: on the same boot of the same machine, in the
same namespace of process ids. Elsewhere, as between containers that share a folder, the heartbeat decides.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from graph_schema.errors import RunError
from kgplatform.processes import ProcessMark, process_place
from kgplatform.servers.state import write_private

BEAT, SILENCE = 10.0, 60.0
"""Seconds between signs of life, and without one until an owner elsewhere is taken to be gone."""

_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class Owner:
    """A process at work: where, since when (seconds since the epoch), and a token of this piece of work."""

    host: str
    place: str
    pid: int
    started: float
    since: float
    token: str

    @classmethod
    def here(cls) -> Owner:
        """This process."""
        mark = ProcessMark.of()
        return cls(
            socket.gethostname(), process_place(), mark.pid, mark.started, time.time(), secrets.token_hex(8)
        )

    def alive(self, silence: float) -> bool:
        """Whether it still works. Args: silence: seconds since its last sign of life."""
        if self.place == process_place() and self.place:
            return ProcessMark(self.pid, self.started).alive()
        return silence < SILENCE


def owner_of(folder: Path) -> Owner | None:
    """Who works on the run in this folder now; None where nobody does."""
    file = folder / _FILE
    try:
        owner = Owner(**json.loads(file.read_text("utf-8")))
        silence = time.time() - file.stat().st_mtime
    except (FileNotFoundError, json.JSONDecodeError, TypeError, UnicodeDecodeError):
        return None
    return owner if owner.alive(silence) else None


@contextmanager
def owning(folder: Path, run: str) -> Iterator[None]:
    """Work on a run alone, with a sign of life every `BEAT` seconds.

    Raises:
        RunError: somebody else works on it; says who.
    """
    mine = Owner.here()
    _take(folder, run, mine)
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            with suppress(FileNotFoundError):
                os.utime(folder / _FILE)

    beating = threading.Thread(target=beat, name=f"owner of {run}", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
        with suppress(FileNotFoundError, json.JSONDecodeError):
            if json.loads((folder / _FILE).read_text("utf-8")).get("token") == mine.token:
                (folder / _FILE).unlink()


def _take(folder: Path, run: str, mine: Owner) -> None:
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time looks and then writes
        other = owner_of(folder)
        if other is not None:
            raise RunError(_taken(run, other))
        write_private(folder / _FILE, json.dumps(asdict(mine)))
    finally:
        os.close(lock)


def _taken(run: str, other: Owner) -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(other.since))
    return (
        f"process {other.pid} on {other.host} has worked on run {run!r} since {since} UTC. "
        "Wait until it has ended, or end it"
    )
