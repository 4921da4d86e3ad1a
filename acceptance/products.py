"""kill -9 while predictions and vectors of a run are promoted; on both servers.

python acceptance/products.py [--kills N]

Two runs of `transe` on umls are promoted in turn, each time killed at a seeded random moment. Another process
reads all the while what README's statement of vectors gives. What must hold of everything that was read, and
after each kill: the vectors are all those of one run, every entity has one, and the predictions are all those
of the same run. Fewer kills are printed, not recorded.
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

from graph_schema.errors import GraphBusy
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.opening import connect, registry_of
from kgplatform.reporting import reporting
from kgplatform.serving.loading import Serving
from kgplatform.store import down
from kgplatform.store.protocol import GraphStore
from measuring.killing import Running, moments, promotion_faults
from measuring.recording import data_folder, record

GRAPH, MODEL, KILLS = "umls", "transe", 10
READ = (
    f"MATCH (n:Entity {{graph: '{GRAPH}'}}) WHERE n.{MODEL} IS NOT NULL "
    f"RETURN n.id AS id, n.{MODEL} AS vector ORDER BY id"
)
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
            run = _whose(store, known)
            seen.add(run)
            if run not in known:
                faults.append(f"read while promoting: {run}")

    reader = threading.Thread(target=watch)
    reader.start()
    unfinished = 0
    for number, moment in enumerate(moments(kills, length, draw)):
        stands = _whose(store, known)
        ended = Running(store.url, "promote", runs[0] if stands == runs[1] else runs[1]).end(moment)
        unfinished += ended.status is None
        _settled(store)
        run = _whose(store, known)
        told = promotion_faults(store, GRAPH, MODEL, counts)
        predicted = store.read(
            "MATCH (:Entity {graph: $graph})-[p:PREDICTED {model: $model}]->() "
            "RETURN DISTINCT p.run_id AS run",
            {"graph": GRAPH, "model": MODEL},
        )
        if run not in known or [row["run"] for row in predicted] != [run]:
            told.append(f"vectors of {run}, predictions of {predicted}")
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


def _whose(store: GraphStore, known: Known) -> str:
    """The run whose vectors all entities have, read by README's statement; else what was read instead."""
    found = {row["id"]: row["vector"] for row in store.read(READ)}
    for run, vectors in known.items():
        if found == vectors:
            return run
    return f"{len(found)} vectors, of no one run"


def _settled(store: GraphStore) -> None:
    """Wait until the graph's lock can be had: what the killed process had begun has ended then."""
    limit = time.monotonic() + 120
    while True:
        try:
            with store.lock(GRAPH, "looking"):
                return
        except GraphBusy:
            if time.monotonic() > limit:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
