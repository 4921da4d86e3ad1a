"""A large graph on its way to a trainer: from columns to arrays, from its file, and from the servers apart.

python benchmarks/pulling.py [--facts N] [--read N]

Five million made-up facts of a million entities, with splits, as a store returns them, in order: made into
the arrays of a division, and told apart their fingerprint and a file; then that file opened by others. Each
side in a process of its own, five tries in it: the first, which is what a pull takes and what is held
against the wanted, and the medians, once the machine has found the memory. Memory is the highest peak above
what was held before, less the arrays. Then two hundred thousand facts read from each server, pulled, and
pulled again from the file. Other numbers of facts are not kept.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graph_schema.domains import load_domain
from graph_schema.tables import GraphData
from kgplatform.graphs.copies import Arrays, Copies, Copy
from kgplatform.graphs.encoding import FOR_ARRAYS, encoded
from kgplatform.graphs.pulling import PulledGraph, pull
from kgplatform.opening import connect
from kgplatform.store import down
from kgplatform.store.protocol import GraphStore
from measuring.made_up import columns
from measuring.memory import Peak
from measuring.recording import record

FACTS, READ, ROUNDS, PER_ENTITY = 5_000_000, 200_000, 5, 5
SECONDS, OPENED, MEBIBYTES = 3.0, 0.2, 500.0
SCHEMA = load_domain("triples")
PLACE = "large", "1", SCHEMA.fingerprint()


def main() -> int:
    """Measure; the exit status says whether arrays were there in time and in the memory wanted."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--facts", type=int, default=FACTS)
    read.add_argument("--read", type=int, default=READ, help="facts read from each server")
    read.add_argument("--side", choices=("columns", "file"), help=argparse.SUPPRESS)
    read.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = read.parse_args()
    if options.side:
        data = columns(options.facts // PER_ENTITY, options.facts) if options.side == "columns" else None
        tries = [_made(data, options.folder) if data else _opened(options.folder) for _ in range(ROUNDS)]
        side = {what: statistics.median(one[what] for one in tries) for what in tries[0]}
        side["beyond, MiB"] = max(one["beyond, MiB"] for one in tries)
        print(json.dumps({"side": options.side} | side | {"at first, s": tries[0]["arrays, s"]}))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rows = [_aside(side, options.facts, Path(folder) / "graphs") for side in ("columns", "file")]
    servers, versions = _servers(options.read)
    made, opened = rows
    reached = (
        made["at first, s"] <= SECONDS
        and made["beyond, MiB"] <= MEBIBYTES
        and opened["at first, s"] <= OPENED
    )
    values = {
        "facts": options.facts,
        "to arrays": rows,
        "wanted": {"from columns, s": SECONDS, "beyond, MiB": MEBIBYTES, "from the file, s": OPENED},
        "reached": reached,
        "from servers": servers,
    }
    if (options.facts, options.read) == (FACTS, READ):
        record("pulling", values, servers=versions)
    else:
        print(json.dumps(values))
    return 0 if reached else 1


def _aside(side: str, facts: int, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--side", side, "--facts", str(facts), "--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    print(found, file=sys.stderr, flush=True)
    return found


def _made(data: GraphData, folder: Path) -> dict[str, float]:
    with Peak() as peak:
        began, worked = time.perf_counter(), time.process_time()
        graph = PulledGraph(*PLACE[:2], SCHEMA, encoded(data, FOR_ARRAYS))
        sets = [part.triples for part in (graph.known, graph.valid, graph.test)]
        arrays = [*sets, graph.entity_types]
        seconds, work = time.perf_counter() - began, time.process_time() - worked
    beyond = peak.megabytes - sum(some.nbytes for some in arrays) / 2**20
    digest = _seconds(lambda: graph.fingerprint)
    held = Arrays(sets[0], sets[1], sets[2], graph.entity_types, graph.fingerprint)
    written = _seconds(lambda: Copies(folder).keep(*PLACE, Copy(encoded(graph.data), held), [PLACE[0]]))
    return {
        "arrays, s": seconds, "of a core, s": work, "beyond, MiB": beyond, "fingerprint, s": digest,
        "written, s": written,
    }  # fmt: skip


def _opened(folder: Path) -> dict[str, float]:
    with Peak() as peak:
        began, worked = time.perf_counter(), time.process_time()
        copy = Copies(folder).open(*PLACE)
        assert copy is not None
        PulledGraph(*PLACE[:2], SCHEMA, copy.data, arrays=copy.arrays).splits()
        seconds, work = time.perf_counter() - began, time.process_time() - worked
    return {"arrays, s": seconds, "of a core, s": work, "beyond, MiB": peak.megabytes}


def _servers(facts: int) -> tuple[list[dict[str, Any]], dict[str, str]]:
    data, rows, versions = columns(facts // PER_ENTITY, facts), [], {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KGP_DATA"] = f"{folder}/data"
        for url in (f"local:{folder}/arcadedb", f"neo4j-local:{folder}/neo4j"):
            store = connect(url)
            server = store.server()
            versions[server.product] = server.version
            try:
                rows.append({"server": server.product, "facts": facts} | _read(store, data))
            finally:
                store.close()
                down(url)
            print(rows[-1], file=sys.stderr, flush=True)
    return rows, versions


def _read(store: GraphStore, data: GraphData) -> dict[str, float]:
    store.put_graph("large", SCHEMA, data)
    return {
        "read, s": _seconds(lambda: store.get_graph("large")),
        "pulled, s": _seconds(lambda: pull(store, "large")),
        "again, s": _seconds(lambda: pull(store, "large").splits()),
    }


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
