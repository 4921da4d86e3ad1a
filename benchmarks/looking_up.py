"""Small questions to something large: each is answered below a second, however much there is.

python benchmarks/looking_up.py [--facts N] [--runs N]

A thousand runs are listed; a name that is not there is looked for among a million names, as a web request
does; five vectors are written into a graph of a million facts. Medians of five, and the time that reading the
whole would take beside the last.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from graph_schema.errors import UnknownName
from graph_schema.records import RunRecord
from kgplatform.graphs.naming import find_entity
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.opening import connect
from kgplatform.runs.registry import RunRegistry
from kgplatform.runs.vectors import write_embeddings
from kgplatform.store import down
from measuring.graphs import read_graph
from measuring.recording import record

FACTS, RUNS, NAMES, WANTED, ROUNDS = 1_000_000, 1_000, 1_000_000, 1.0, 5


def main() -> int:
    """Measure; the exit status says whether every question was answered in time."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--facts", type=int, default=FACTS)
    read.add_argument("--runs", type=int, default=RUNS)
    options = read.parse_args()
    rows = [_runs(options.runs), _names(NAMES), _vectors(options.facts)]
    values = {"questions": rows, "wanted, s": WANTED, "reached": all(r["median, s"] < WANTED for r in rows)}
    if (options.facts, options.runs) == (FACTS, RUNS):
        record("looking_up", values)
    else:
        print(values)
    return 0 if values["reached"] else 1


def _timed(question: str, of: int, ask: Callable[[], object]) -> dict[str, Any]:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    row: dict[str, Any] = {
        "question": question,
        "among": of,
        "median, s": statistics.median(taken),
        "longest, s": max(taken),
    }
    print(row, file=sys.stderr, flush=True)
    return row


def _runs(count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        registry = RunRegistry(Path(folder))
        metrics = {
            split: dict.fromkeys(("mrr", "hits@1", "hits@3", "hits@10"), 0.5) for split in ("valid", "test")
        }
        for number in range(count):
            run = f"graph-red_gnn-{number:05}"
            registry.path(run).mkdir()
            registry.write(
                RunRecord(
                    id=run, model="red_gnn", graph="graph", domain="triples", seed=number, config={"dim": 48},
                    fingerprint="f", schema_fingerprint="s", created=datetime.now(UTC), metrics=metrics,
                    baseline=metrics,
                )
            )  # fmt: skip
        return _timed("all runs", count, registry.all)


def _graph(entities: int, facts: int) -> PulledGraph:
    """Facts drawn at random, each entity in one at least."""
    draw = np.random.default_rng(0)
    heads = np.resize(np.arange(entities), facts)
    kinds, tails = draw.integers(0, 10, facts), draw.integers(0, entities, facts)
    with tempfile.TemporaryDirectory() as folder:
        lines = (f"item {h}\tr{k}\titem {t}\n" for h, k, t in zip(heads, kinds, tails, strict=True))
        (Path(folder) / "train.tsv").write_text("".join(lines), "utf-8")
        return read_graph(Path(folder))


def _names(count: int) -> dict[str, Any]:
    graph = _graph(count, count)
    _ = graph.names, graph.called, graph.vocabulary.entity_ids

    def ask() -> None:
        with suppress(UnknownName):
            find_entity(graph, "item seven")

    return _timed("a name that is not there", count, ask)


def _vectors(facts: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"local:{folder}/store"
        store = connect(url)
        graph = _graph(facts // 10, facts)
        store.put_graph("large", graph.schema, graph.data)
        ids, vectors = [f"item {number}" for number in (1, 10, 100, 1000, 99)], np.ones((5, 128))
        row = _timed("five vectors", facts, lambda: write_embeddings(store, "large", "med", ids, vectors))
        began = time.perf_counter()
        store.get_graph("large")
        row["reading the whole, s"] = time.perf_counter() - began
        store.close()
        down(url)
    return row


if __name__ == "__main__":
    sys.exit(main())
