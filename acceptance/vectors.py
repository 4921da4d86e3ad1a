"""100,000 vectors of 128 numbers promoted, read back, and promotions of them killed; on both servers.

python acceptance/vectors.py [--vectors N] [--kills K]

Two runs of made-up vectors are taken in and promoted in turn, killed -9 at seeded random moments. After each
kill the vectors that stand, by README's statement, must be all those of one run: the first number of a vector
says whose it is. Rates are vectors a second. Other numbers are printed, not recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from graph_schema.arrays import Floats32
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.bridging import take_in
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.opening import connect, registry_of
from kgplatform.reporting import reporting
from kgplatform.store import down
from kgplatform.store.protocol import GraphStore
from measuring.killing import Running, moments, settled
from measuring.recording import record

GRAPH, NAME, VECTORS, WIDTH, KILLS = "many", "made_up", 100_000, 128, 10
WHOSE = (
    f"MATCH (g:Graph {{name: '{GRAPH}'}}) WITH g.vectors_{NAME} AS at, g.run_of_vectors_{NAME} AS run "
    f"MATCH (n:Entity) WHERE n.key >= '{GRAPH}/' AND n.key < '{GRAPH}0' AND n[at] IS NOT NULL "
    "RETURN run, n[at][0] AS mark, size(n[at]) AS width, count(*) AS vectors ORDER BY mark"
)
READ = (
    f"MATCH (n:Entity) WHERE n.key >= '{GRAPH}/' AND n.key < '{GRAPH}0' AND n.{NAME} IS NOT NULL "
    f"RETURN n.id AS id, n.{NAME} AS vector ORDER BY id"
)


def main() -> int:
    """Promote, read and kill on both servers; the exit status says whether everything held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=VECTORS)
    parser.add_argument("--kills", type=int, default=KILLS)
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KGP_DATA"] = f"{folder}/data"
        files = _written(Path(folder), asked.vectors)
        for seed, url in enumerate((f"local:{folder}/arcadedb", f"neo4j-local:{folder}/neo4j")):
            store = connect(url)
            try:
                rows.append(_measured(store, files, asked.vectors, asked.kills, random.Random(seed)))
            finally:
                store.close()
                down(url)
    faults = sum(len(row["faults"]) for row in rows)
    values = {"servers": rows, "vectors": asked.vectors, "numbers of each": WIDTH, "faults": faults}
    if (asked.vectors, asked.kills) == (VECTORS, KILLS):
        record("vectors", values)
    else:
        print(json.dumps(values))
    return 1 if faults else 0


def _written(folder: Path, count: int) -> tuple[Path, tuple[Path, Path]]:
    """A file of facts, a ring, and two of vectors whose first number is 1 or 2."""
    ids = [f"e{i:06}" for i in range(count)]
    facts = folder / "ring.tsv"
    facts.write_text(
        "".join(f"{a}\tnext\t{b}\n" for a, b in zip(ids, ids[1:] + ids[:1], strict=True)), "utf-8"
    )
    draw, files = np.random.default_rng(0), []
    for mark in (1, 2):
        vectors: Floats32 = draw.normal(size=(count, WIDTH)).astype(np.float32)
        vectors[:, 0] = mark
        files.append(folder / f"vectors-{mark}.npz")
        np.savez(files[-1], ids=np.array(ids), vectors=vectors)
    return facts, (files[0], files[1])


def _measured(
    store: GraphStore, files: tuple[Path, tuple[Path, Path]], count: int, kills: int, draw: random.Random
) -> dict[str, Any]:
    registry, seconds = registry_of(store), {}
    with reporting() as progress:
        import_files(store, [files[0]], graph=GRAPH, domain="triples", progress=progress)
        runs = {
            float(mark): take_in(store, registry, GRAPH, file, NAME, progress=progress).run.id
            for mark, file in enumerate(files[1], 1)
        }
        for what, run in (("first", runs[1.0]), ("over others", runs[2.0])):
            began = time.perf_counter()
            promote(store, registry, run, Promotion(), progress=progress)
            seconds[what] = time.perf_counter() - began
    began = time.perf_counter()
    read = {row["id"]: row["vector"] for row in store.read(READ)}
    seconds["reading"] = time.perf_counter() - began
    wanted = np.load(files[1][1])
    faults = []
    if [read.get(str(id_)) for id_ in wanted["ids"]] != wanted["vectors"].astype(np.float64).tolist():
        faults.append("what was read back is not what was promoted")
    began = time.monotonic()
    Running(store.url, "promote", runs[1.0]).end()
    length, unfinished = time.monotonic() - began, 0
    for number, moment in enumerate(moments(kills, length, draw)):
        before = _whose(store, runs, count)
        other = next(run for run in runs.values() if run != before)
        ended = Running(store.url, "promote", other).end(moment)
        unfinished += ended.status is None
        settled(store, GRAPH)
        now = _whose(store, runs, count)
        if now not in runs.values():
            faults.append(f"kill {number} after {moment:.1f} s: {now}")
        print(f"{store.server().product}: killed after {moment:.1f} s, {now}", file=sys.stderr, flush=True)
    return {
        "server": store.server().product,
        "promoted a second": count / seconds["first"],
        "promoted a second, over others": count / seconds["over others"],
        "read a second": count / seconds["reading"],
        "kills": kills,
        "ended before": kills - unfinished,
        "seconds of a promotion": length,
        "faults": faults,
    }


def _whose(store: GraphStore, runs: dict[float, str], count: int) -> str:
    """The run whose vectors all stand; else what stands instead."""
    rows = store.read(WHOSE)
    if len(rows) == 1:
        (row,) = rows
        if (row["vectors"], row["width"], row["run"]) == (count, WIDTH, runs.get(row["mark"])):
            return str(row["run"])
    return f"there stand {rows}"


if __name__ == "__main__":
    sys.exit(main())
