"""kill -9 while predictions and vectors of a run are promoted; on both servers.

python acceptance/products.py [--kills N]

Two runs of `transe` on umls are promoted in turn, their vectors at once and staged, each time killed at a
seeded random moment. Another thread reads all the while what the two statements of README give. What must
hold of everything that was read, and after each kill: the vectors are all those of one run, every entity has
one, and the predictions are all those of the same run; the first statement gives the same, or nothing where
they are staged. Entities carry what stands, what it replaced and what was killed, no more. Fewer kills are
printed, not recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.opening import connect, registry_of
from kgplatform.reporting import reporting
from kgplatform.serving.loading import Serving
from kgplatform.store import down
from kgplatform.store.protocol import GraphStore
from measuring.killing import Running, moments, promotion_faults, settled
from measuring.recording import data_folder, record

GRAPH, MODEL, KILLS = "umls", "transe", 10
READ = (
    f"MATCH (n:Entity {{graph: '{GRAPH}'}}) WHERE n.{MODEL} IS NOT NULL "
    f"RETURN n.id AS id, n.{MODEL} AS vector ORDER BY id"
)
FOLLOW = (
    f"MATCH (g:Graph {{name: '{GRAPH}'}}) WITH g.vectors_{MODEL} AS at "
    f"MATCH (n:Entity {{graph: '{GRAPH}'}}) WHERE n[at] IS NOT NULL "
    "RETURN n.id AS id, n[at] AS vector ORDER BY id"
)
CARRIED = (
    f"MATCH (n:Entity {{graph: '{GRAPH}'}}) UNWIND keys(n) AS name WITH DISTINCT name "
    f"WHERE name STARTS WITH '{MODEL}__' RETURN count(name) AS staged"
)
NOTHING, AT_MOST = "no vectors", 3
"""What may be read, and how many staged properties: standing, replaced, and of the one that was killed."""
Known = dict[str, dict[str, list[float]]]


def main() -> int:
    """Kill promotions on both servers; the exit status says whether everything held."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=KILLS)
    kills: int = parser.parse_args().kills
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KGP_DATA"] = f"{folder}/data"
        for seed, url in enumerate((f"local:{folder}/arcadedb", f"neo4j-local:{folder}/neo4j")):
            store = connect(url)
            try:
                rows.append(_killed(store, kills, random.Random(seed)))
            finally:
                store.close()
                down(url)
    values = {"servers": rows, "kills": kills, "faults": sum(len(row["faults"]) for row in rows)}
    if kills == KILLS:
        record("products", values)
    else:
        print(json.dumps(values))
    return 1 if values["faults"] else 0


def _killed(store: GraphStore, kills: int, draw: random.Random) -> dict[str, Any]:
    registry = registry_of(store)
    with reporting() as progress:
        import_files(store, [Path(data_folder()) / "link_prediction" / GRAPH], graph=GRAPH, domain="triples")
        runs = [
            retrain(store, registry, GRAPH, MODEL, seed=seed, settings={"epochs": 3}, progress=progress).id
            for seed in (0, 1)
        ]
        known: Known = {}
        for run in runs:
            vectors = Serving(store, registry).serve(run).vectors
            assert vectors is not None
            known[run] = dict(zip(vectors.ids, vectors.values.astype(float).tolist(), strict=True))
        counts = {run: len(promote(store, registry, run, Promotion(), progress=progress)) for run in runs}
    began = time.monotonic()
    Running(store.url, "promote", runs[0]).end()
    length = time.monotonic() - began
    faults: list[str] = []
    seen: set[str] = set()
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.is_set():
            run, plain = _whose(store, known), _whose(store, known, READ)
            seen.add(run)
            if run not in known or plain not in (*known, NOTHING):
                faults.append(f"read while promoting: {run}; under their own name: {plain}")

    reader = threading.Thread(target=watch)
    reader.start()
    unfinished = 0
    for number, moment in enumerate(moments(kills, length, draw)):
        stands = _whose(store, known)
        form = ("--at-once", "0") if number % 3 else ()
        ended = Running(store.url, "promote", runs[0] if stands == runs[1] else runs[1], *form).end(moment)
        unfinished += ended.status is None
        settled(store, GRAPH)
        run = _whose(store, known)
        told = promotion_faults(store, GRAPH, MODEL, counts)
        predicted = store.read(
            "MATCH (:Entity {graph: $graph})-[p:PREDICTED {model: $model}]->() "
            "RETURN DISTINCT p.run_id AS run",
            {"graph": GRAPH, "model": MODEL},
        )
        if run not in known or [row["run"] for row in predicted] != [run]:
            told.append(f"vectors of {run}, predictions of {predicted}")
        (carried,) = store.read(CARRIED)
        if carried["staged"] > AT_MOST:
            told.append(f"{carried['staged']} staged properties; wanted at most {AT_MOST}")
        faults += [f"kill {number} after {moment:.1f} s: {fault}" for fault in told]
        print(
            f"{store.server().product}: killed after {moment:.1f} s, {run} stands",
            file=sys.stderr,
            flush=True,
        )
    stopped.set()
    reader.join()
    return {
        "server": store.server().product,
        "kills": kills,
        "ended before": kills - unfinished,
        "seconds of a promotion": length,
        "predictions": counts[runs[0]],
        "vectors": len(known[runs[0]]),
        "runs seen by readers": len(seen),
        "faults": faults,
    }


def _whose(store: GraphStore, known: Known, statement: str = FOLLOW) -> str:
    """The run whose vectors all entities have, read by README's statement; else what was read instead."""
    found = {row["id"]: row["vector"] for row in store.read(statement)}
    for run, vectors in known.items():
        if found == vectors:
            return run
    return f"{len(found)} vectors, of no one run" if found else NOTHING


if __name__ == "__main__":
    sys.exit(main())
