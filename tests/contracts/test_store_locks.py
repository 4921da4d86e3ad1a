"""One writer a graph: who holds the lock is named, and a lock whose holder is gone is taken over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from graph_schema.errors import GraphBusy
from kgplatform.store.protocol import Changes, GraphStore
from tests.contracts.graphs import SCHEMA, small

_HOLDER = """
import sys, threading
from kgplatform.store import open_store
with open_store(sys.argv[1]).lock(sys.argv[2], "promote of r1"):
    print("held", flush=True)
    threading.Event().wait()
"""


@contextmanager
def another_process_holding(store: GraphStore, graph: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has the lock; killed at the end if it has not been before."""
    command = [sys.executable, "-c", _HOLDER, store.url, graph]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def held_by_another_host(store: GraphStore, graph: str, silent_seconds: int) -> None:
    store.put_graph(graph, SCHEMA, small())
    with store.transaction() as transaction:
        transaction.run(
            "MATCH (g:Graph {name: $g}) SET g.lock_token = 'other', g.lock_host = 'elsewhere', "
            "g.lock_pid = 7, g.lock_purpose = 'import', g.lock_since = 'now', "
            "g.lock_beat = timestamp() - $silent",
            {"g": graph, "silent": silent_seconds * 1000},
        )


def test_a_second_writer_is_told_who_is_first(store: GraphStore, graph: str) -> None:
    told: list[str] = []

    def second() -> None:
        try:
            store.put_graph(graph, SCHEMA, small())
        except GraphBusy as error:
            told.append(str(error))

    with store.lock(graph, "import of drugs.csv"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(told) == 1
    assert str(os.getpid()) in told[0]
    assert "import of drugs.csv" in told[0]
    assert store.put_graph(graph, SCHEMA, small())["facts"] == Changes(3)


def test_the_holder_itself_may_write(store: GraphStore, graph: str) -> None:
    with store.lock(graph, "import"):
        assert store.put_graph(graph, SCHEMA, small())["facts"] == Changes(3)


def test_a_lock_alone_makes_no_graph(store: GraphStore, graph: str) -> None:
    with store.lock(graph, "import"):
        assert graph not in [g["name"] for g in store.graphs()]
    assert store.read("MATCH (g:Graph {name: $g}) RETURN g.name AS name", {"g": graph}) == []


def test_the_lock_of_a_killed_process_is_taken_over(store: GraphStore, graph: str) -> None:
    with another_process_holding(store, graph) as process:
        with pytest.raises(GraphBusy, match=rf"process {process.pid} .*promote of r1"):
            store.put_graph(graph, SCHEMA, small())
        process.kill()
        process.wait()
        assert store.put_graph(graph, SCHEMA, small())["facts"] == Changes(3)


def test_another_host_keeps_its_lock_while_it_gives_signs_of_life(store: GraphStore, graph: str) -> None:
    held_by_another_host(store, graph, silent_seconds=20)
    with pytest.raises(GraphBusy, match="process 7 on elsewhere"):
        store.drop_graph(graph)
    held = "MATCH (g:Graph {name: $g}) SET g.lock_beat = timestamp() - 61000"
    with store.transaction() as transaction:
        transaction.run(held, {"g": graph})
    store.drop_graph(graph)
    assert graph not in [g["name"] for g in store.graphs()]


def test_containers_that_share_a_host_name_are_told_apart(store: GraphStore, graph: str) -> None:
    """A process id says nothing where ids are others': the heartbeat decides."""
    held_by_another_host(store, graph, silent_seconds=20)
    same_name = (
        "MATCH (g:Graph {name: $g}) SET g.lock_host = $host, g.lock_pid = $pid, g.lock_place = 'there'"
    )
    with store.transaction() as transaction:
        transaction.run(same_name, {"g": graph, "host": socket.gethostname(), "pid": 2**22 + 7})
    with pytest.raises(GraphBusy, match=f"process {2**22 + 7} on"):
        store.drop_graph(graph)  # no such process here, and it is at work there
    with store.transaction() as transaction:
        transaction.run(
            "MATCH (g:Graph {name: $g}) SET g.lock_pid = $pid, g.lock_started = $started, "
            "g.lock_beat = timestamp() - 61000",
            {"g": graph, "pid": os.getppid(), "started": psutil.Process(os.getppid()).create_time()},
        )
    store.drop_graph(graph)  # that process runs here, and is silent there


def test_a_writer_that_lost_its_lock_writes_no_further_batch(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    with store.lock(graph, "import"):
        with store.transaction() as transaction:
            transaction.run("MATCH (g:Graph {name: $g}) SET g.lock_token = 'thief'", {"g": graph})
        changed = small()
        renamed = type(changed)(
            changed.nodes.set_column(2, "name", [["x", "y", "z"]]), changed.facts, changed.relations
        )
        with pytest.raises(GraphBusy, match="lost to another writer"):
            store.put_graph(graph, SCHEMA, renamed)
    assert store.get_graph(graph).nodes["name"].to_pylist() == small().nodes["name"].to_pylist()
    with store.transaction() as transaction:
        transaction.run("MATCH (g:Graph {name: $g}) SET g.lock_token = null", {"g": graph})
