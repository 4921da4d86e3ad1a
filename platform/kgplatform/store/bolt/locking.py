"""One writer a graph: a lock on its `(:Graph)` node that says who holds it and that heals by itself.

A lock is taken over when its holder was a process that is gone, where that can be looked up (see
`process_place`), or gave no sign of life for a minute from elsewhere. A writer that has lost its lock notices
before its next commit.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graph_schema.errors import GraphBusy, StoreError
from kgplatform.processes import ProcessMark, process_place
from kgplatform.store.bolt.connection import BoltTransaction, Connection
from kgplatform.store.bolt.names import ARCADEDB, check_graph_name
from kgplatform.store.protocol import Transaction

logger = logging.getLogger(__name__)

_BEAT = 15.0  # seconds between signs of life
_SILENCE = 60_000  # milliseconds without one after which a lock held elsewhere is free

_CHECK = """
MATCH (g:Graph {name: $graph}) SET g.lock_beat = timestamp()
RETURN g.lock_token AS token
"""
"""Writes before it reads, so that nobody takes the lock over between this and the commit."""

_LOOK = """
MATCH (g:Graph {name: $graph}) SET g.lock_try = $token
RETURN g.lock_token AS token, g.lock_host AS host, g.lock_pid AS pid, g.lock_started AS started,
       g.lock_place AS place, g.lock_purpose AS purpose, g.lock_since AS since,
       timestamp() - g.lock_beat AS silence
"""
_TAKE = """
MATCH (g:Graph {name: $graph})
SET g.lock_try = null, g.lock_token = $token, g.lock_host = $host, g.lock_pid = $pid,
    g.lock_started = $started, g.lock_place = $place, g.lock_purpose = $purpose, g.lock_since = $since,
    g.lock_beat = timestamp()
"""
_BEAT_ONCE = "MATCH (g:Graph {name: $graph, lock_token: $token}) SET g.lock_beat = timestamp()"
_RELEASE = """
MATCH (g:Graph {name: $graph, lock_token: $token})
SET g.lock_token = null, g.lock_host = null, g.lock_pid = null, g.lock_started = null,
    g.lock_place = null, g.lock_purpose = null, g.lock_since = null, g.lock_beat = null
"""
_FORGET = "MATCH (g:Graph {name: $graph}) WHERE g.version IS NULL AND g.lock_token IS NULL DELETE g"


_ours: set[str] = set()
"""Tokens of the locks this process holds; one of its own that is not among them was never given back."""


@dataclass(frozen=True)
class Lock:
    """See `HeldLock`."""

    graph: str
    token: str

    def check(self, transaction: Transaction) -> None:
        """See `HeldLock.check`."""
        rows = transaction.run(_CHECK, {"graph": self.graph})
        if not rows or rows[0]["token"] != self.token:
            raise GraphBusy(
                f"the lock on graph {self.graph!r} was lost to another writer; run the command again"
            )


class Locks:
    """The locks this process holds through one connection; the thread that holds one may take it again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held: dict[tuple[str, int], Lock] = {}

    @contextmanager
    def hold(self, graph: str, purpose: str) -> Iterator[Lock]:
        """See `GraphStore.lock`."""
        check_graph_name(graph)
        mine = (graph, threading.get_ident())
        if mine in self._held:
            yield self._held[mine]
            return
        token = secrets.token_hex(8)
        _ours.add(token)
        stop = threading.Event()
        beat = threading.Thread(target=self._beat, args=(graph, token, stop), daemon=True)
        try:
            _take(self._connection, graph, purpose, token)
            beat.start()
            self._held[mine] = Lock(graph, token)
            yield self._held[mine]
        finally:
            self._held.pop(mine, None)
            stop.set()
            if beat.ident is not None:
                beat.join()
                self._release(graph, token)
            _ours.discard(token)

    def _beat(self, graph: str, token: str, stop: threading.Event) -> None:
        while not stop.wait(_BEAT):
            if self._connection.server().product == ARCADEDB and self._connection.open_writes:
                continue  # writing the same node would make the open transaction fail at its commit there
            try:
                self._connection.retrying(
                    lambda transaction: transaction.run(_BEAT_ONCE, {"graph": graph, "token": token}),
                    patient=False,
                )
            except StoreError as error:
                logger.warning("no sign of life for the lock on %r: %s", graph, error)

    def _release(self, graph: str, token: str) -> None:
        def work(transaction: BoltTransaction) -> None:
            transaction.run(_RELEASE, {"graph": graph, "token": token})
            transaction.run(_FORGET, {"graph": graph})

        try:
            self._connection.retrying(work, patient=False)
        except StoreError as error:
            logger.warning(
                "could not give back the lock on %r, which the next writer takes: %s", graph, error
            )


def _take(connection: Connection, graph: str, purpose: str, token: str) -> None:
    process = ProcessMark.of()
    about = {
        "graph": graph,
        "token": token,
        "host": socket.gethostname(),
        "pid": process.pid,
        "started": process.started,
        "place": process_place(),
        "purpose": purpose,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }

    def work(transaction: BoltTransaction) -> None:
        transaction.run("MERGE (g:Graph {name: $graph})", {"graph": graph})
        holder = transaction.run(_LOOK, {"graph": graph, "token": token})[0]
        if holder["token"] == token:
            return  # taken at an earlier attempt whose answer was lost
        if holder["token"] is not None and not _abandoned(holder):
            raise GraphBusy(
                f"graph {graph!r} is being written by process {holder['pid']} on {holder['host']} "
                f"({holder['purpose']}, since {holder['since']}). Wait until it is done, or end that process"
            )
        if holder["token"] is not None:
            logger.warning("taking over the lock on %r from process %s", graph, holder["pid"])
        transaction.run(_TAKE, about)

    connection.retrying(work)


def _abandoned(holder: dict[str, Any]) -> bool:
    if not holder["place"] or holder["place"] != process_place():
        return holder["silence"] is None or holder["silence"] > _SILENCE
    if holder["pid"] == os.getpid() and holder["token"] not in _ours:
        return True
    return not ProcessMark(holder["pid"], holder["started"]).alive()
