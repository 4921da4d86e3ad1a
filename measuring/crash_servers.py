"""Servers killed under commits, and connections cut; each returns rows of the record."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psutil

from kgplatform.store import server_state
from measuring.crash_place import PREDICTIONS, Place, standing_run
from measuring.killing import (
    moments,
    promotion_faults,
    same,
    started,
)
from measuring.proxy import Proxy

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
