"""Who is like whom among 100,000 entities: exact search at every width, and Neo4j's own index beside it.

python benchmarks/similar.py [--entities N]

Vectors are made up, in clusters, 128 numbers each, with crops of 16, 32 and 64. A query is timed once warm;
its answer is held against brute force. Of the index (Neo4j): recall of the ten nearest by the whole vectors,
with a hundred candidates named by a crop of 32, and the time of a query. Other numbers are printed alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from graph_schema.arrays import Floats32
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.opening import connect
from kgplatform.reporting import reporting
from kgplatform.serving.matrices import Matrix
from kgplatform.serving.similar import Neighbours
from kgplatform.store import down
from measuring.recording import record

GRAPH, ENTITIES, WIDTHS, QUERIES, TOP = "many", 100_000, (16, 32, 64, 128), 100, 10
MILLISECONDS = 50.0
"""Wanted at most, of an exact query at any width."""

CLUSTERS, INDEXED = 1_000, 32


def main() -> int:
    """Measure on both servers; the exit status says whether exact search is right and fast enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=ENTITIES)
    count: int = parser.parse_args().entities
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KGP_DATA"] = f"{folder}/data"
        ids = [f"e{i:06}" for i in range(count)]
        file = Path(folder) / "ring.tsv"
        file.write_text(
            "".join(f"{a}\tnext\t{b}\n" for a, b in zip(ids, ids[1:] + ids[:1], strict=True)), "utf-8"
        )
        matrix = _made_up(ids)
        for url in (f"local:{folder}/arcadedb", f"neo4j-local:{folder}/neo4j"):
            store = connect(url)
            try:
                with reporting() as progress:
                    import_files(store, [file], graph=GRAPH, domain="triples", progress=progress)
                    near = Neighbours(pull(store, GRAPH), "made-up", "made_up", matrix)
                    row: dict[str, Any] = {"server": store.server().product, "exact": _exact(near, ids)}
                    if row["server"] == "Neo4j":
                        row["index"] = _indexed(near, ids, store, progress)
                rows.append(row)
            finally:
                store.close()
                down(url)
    slowest = max(width["ms"] for row in rows for width in row["exact"])
    right = all(width["as brute force"] for row in rows for width in row["exact"])
    values: dict[str, Any] = {"entities": count, "servers": rows, "wanted ms": MILLISECONDS}
    values["reached"] = right and slowest <= MILLISECONDS
    if count == ENTITIES:
        record("similar", values, seeds=[0])
    else:
        print(json.dumps(values))
    return 0 if values["reached"] else 1


def _made_up(ids: list[str]) -> Matrix:
    draw = np.random.default_rng(0)
    centres = draw.normal(size=(CLUSTERS, WIDTHS[-1]))
    vectors = centres[draw.integers(0, CLUSTERS, len(ids))] + 0.5 * draw.normal(size=(len(ids), WIDTHS[-1]))
    whole = vectors.astype(np.float32)
    blocks = tuple(np.ascontiguousarray(whole[:, a:b]) for a, b in zip((0, *WIDTHS), WIDTHS, strict=False))
    lengths = np.stack([np.linalg.norm(whole[:, :w], axis=1) for w in WIDTHS], axis=1)
    return Matrix(tuple(ids), WIDTHS, 1, blocks, lengths)


def _exact(near: Neighbours, ids: list[str]) -> list[dict[str, Any]]:
    asked = np.random.default_rng(1).choice(len(ids), QUERIES, replace=False).tolist()
    found = []
    for width in WIDTHS:
        some = near.matrix.crop(np.arange(len(ids)), width)
        right, seconds = True, []
        near.of(ids[asked[0]], dims=width, top=TOP)
        for row in asked:
            began = time.perf_counter()
            answer = near.of(ids[row], dims=width, top=TOP)
            seconds.append(time.perf_counter() - began)
            right &= {n.id for n in answer.found} == {ids[i] for i in _brute(some, row)}
        found.append({"dims": width, "ms": 1000 * statistics.median(seconds), "as brute force": right})
    return found


def _brute(vectors: Floats32, row: int) -> list[int]:
    """The ten nearest of all, in double precision."""
    some = vectors.astype(np.float64)
    cosines = some @ some[row] / (np.linalg.norm(some, axis=1) * np.linalg.norm(some[row]))
    cosines[row] = -2
    return [int(i) for i in np.argsort(-cosines)[:TOP]]


def _indexed(near: Neighbours, ids: list[str], store: Any, progress: Any) -> dict[str, Any]:
    began = time.perf_counter()
    near.of_index(store, ids[0], dims=INDEXED, top=TOP, progress=progress)
    made, seconds, shared = time.perf_counter() - began, [], 0
    for row in np.random.default_rng(1).choice(len(ids), QUERIES, replace=False).tolist():
        whole = {n.id for n in near.of(ids[row], top=TOP).found}
        began = time.perf_counter()
        answer = near.of_index(store, ids[row], dims=INDEXED, top=TOP, progress=progress)
        seconds.append(time.perf_counter() - began)
        shared += len(whole & {n.id for n in answer.found})
    return {
        "dims": INDEXED,
        "s to make": made,
        "ms": 1000 * statistics.median(seconds),
        "recall@10": shared / (TOP * QUERIES),
    }


if __name__ == "__main__":
    sys.exit(main())
