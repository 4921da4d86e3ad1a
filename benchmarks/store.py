"""Moving graphs and what was learnt in and out of both servers through the platform's code: items a second.

python benchmarks/store.py [--rounds N]

WN18RR into an empty store: nodes, nodes again, facts, facts again, everything back as columns (five times;
what is made of these: benchmarks/pulling.py), vectors of 128 values, predictions with three paths each.
Beside each median the rate that bare statements got on the machine the design was measured on, and the
ratio; reading is also held against bare statements in the same run. Other rounds than the usual are not kept.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import neo4j
import numpy as np

from graph_schema.domains import load_domain
from graph_schema.records import EvidencePath, Prediction, RunRecord
from graph_schema.tables import GraphData
from kgplatform.opening import connect
from kgplatform.runs.promotion import promote
from kgplatform.runs.registry import RunRegistry
from kgplatform.runs.vectors import write_embeddings
from kgplatform.store import down, server_state
from kgplatform.store.protocol import GraphStore
from measuring.graphs import read_graph
from measuring.recording import data_folder, record

ROUNDS, READS, DIM, PREDICTIONS = 3, 5, 128, 20_000
BARE = {
    "ArcadeDB": {
        "new nodes": 21_000, "seen nodes": 84_000, "new facts": 17_000, "seen facts": 51_000,
        "facts read": 250_000, "vectors": 10_700,
    },
    "Neo4j": {
        "new nodes": 23_000, "seen nodes": 51_000, "new facts": 21_000, "seen facts": 74_000,
        "facts read": 515_000, "vectors": 9_300,
    },
}  # fmt: skip
WANTED = 1.3
BARE_READ, PAGE = "read by bare statements", 5000


def main() -> int:
    """Measure both servers; the exit status says whether every rate came within `WANTED` of the bare one."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--rounds", type=int, default=ROUNDS, help="graphs written to each server")
    options = read.parse_args()
    rows, versions = [], {}
    data = read_graph(data_folder() / "link_prediction" / "wn18rr").data
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KGP_DATA"] = f"{folder}/data"
        for url in (f"local:{folder}/arcadedb", f"neo4j-local:{folder}/neo4j"):
            store = connect(url)
            server = store.server()
            versions[server.product] = server.version
            state = server_state(url)
            assert state is not None
            try:
                with neo4j.GraphDatabase.driver(state.address, auth=(state.user, state.password)) as driver:
                    rounds = [
                        _measure(store, driver, state.database, data, f"round{i}", folder)
                        for i in range(options.rounds + 1)
                    ][1:]
            finally:
                store.close()
                down(url)
            rows += _rows(server.product, rounds)
    values = {"items a second": rows, "rounds": options.rounds, "within": WANTED}
    if options.rounds == ROUNDS:
        record("store", values, servers=versions)
    else:
        print(json.dumps(values))
    return 0 if all(row["slower"] is None or row["slower"] <= WANTED for row in rows) else 1


def _rows(product: str, rounds: list[dict[str, float]]) -> list[dict[str, Any]]:
    out = []
    for what in rounds[0]:
        rate, bare = statistics.median(r[what] for r in rounds), BARE[product].get(what)
        slower = bare / rate if bare else None
        here = statistics.median(r[BARE_READ] for r in rounds) / rate if what == "facts read" else None
        row = {"server": product, "what": what, "a second": rate, "bare": bare, "slower": slower}
        out.append(row | {"slower than bare here": here})
        print(out[-1], file=sys.stderr, flush=True)
    return out


def _read_bare(driver: neo4j.Driver, database: str, graph: str) -> None:
    """Ids, names and labels of nodes, ends and relations of facts, as columns; nothing is made of them."""
    with driver.session(database=database, default_access_mode=neo4j.READ_ACCESS) as session:
        ends = {"first": f"{graph}/", "last": f"{graph}0"}
        every = "MATCH (n:Entity) WHERE n.key > $first AND n.key < $last RETURN collect(n.key) AS keys"
        keys = sorted(session.run(every, ends).single(strict=True)["keys"])
        for start in range(0, len(keys), PAGE):
            ends = {"first": keys[start], "last": keys[min(start + PAGE, len(keys)) - 1]}
            for statement in (
                "MATCH (a:Entity) WHERE a.key >= $first AND a.key <= $last "
                "RETURN collect(a.id) AS id, collect(a.name) AS name, collect(labels(a)) AS labels",
                "MATCH (a:Entity)-[f]->(b:Entity) WHERE a.key >= $first AND a.key <= $last "
                "RETURN collect(a.id) AS head, collect(f.relation) AS relation, collect(b.id) AS tail",
            ):
                session.run(statement, ends).single(strict=True)


def _measure(
    store: GraphStore, driver: neo4j.Driver, database: str, data: GraphData, graph: str, folder: str
) -> dict[str, float]:
    schema = load_domain("triples")
    nodes, facts = len(data.nodes), len(data.facts)
    bare = GraphData(data.nodes, data.facts.slice(0, 0), data.relations)
    ids = data.nodes["id"].to_pylist()
    vectors = np.random.default_rng(0).normal(size=(nodes, DIM))
    found = {
        "new nodes": nodes / _seconds(lambda: store.put_graph(graph, schema, bare)),
        "seen nodes": nodes / _seconds(lambda: store.put_graph(graph, schema, bare)),
        "new facts": facts / _seconds(lambda: store.put_graph(graph, schema, data)),
        "seen facts": (nodes + facts) / _seconds(lambda: store.put_graph(graph, schema, data)),
        "facts read": (nodes + facts)
        / statistics.median(_seconds(lambda: store.get_graph(graph)) for _ in range(READS)),
        BARE_READ: (nodes + facts)
        / statistics.median(_seconds(lambda: _read_bare(driver, database, graph)) for _ in range(READS)),
        "vectors": nodes / _seconds(lambda: write_embeddings(store, graph, "med", ids, vectors)),
    }
    registry = RunRegistry(Path(folder) / "runs")
    run = _run(graph, registry)
    guesses = _predictions(data, run.id)
    version = next(g["version"] for g in store.graphs() if g["name"] == graph)
    found["predictions"] = len(guesses) / _seconds(
        lambda: promote(store, registry, run, guesses, version=version)
    )
    store.drop_graph(graph)
    return found


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _run(graph: str, registry: RunRegistry) -> RunRecord:
    return RunRecord(
        id=registry.new("red_gnn", graph, 0),
        model="red_gnn",
        graph=graph,
        domain="triples",
        seed=0,
        config={},
        fingerprint="",
        schema_fingerprint="",
        created=datetime.now(UTC),
    )


def _predictions(data: GraphData, run: str) -> list[Prediction]:
    """As many as wanted, between random entities, with real facts as evidence; what they say is no matter."""
    draw = np.random.default_rng(0)
    ids = data.nodes["id"].to_pylist()
    facts = [tuple(f.values()) for f in data.facts.select(["head", "relation", "tail"]).to_pylist()]
    picked = draw.integers(0, len(facts), (PREDICTIONS, 3, 3))
    ends = draw.integers(0, len(ids), (PREDICTIONS, 2))
    return [
        Prediction(
            run=run, head=ids[h], relation=facts[p[0, 0]][1], tail=ids[t], score=1.0, probability=0.5,
            rank_low=1, rank=1, rank_high=1, head_rank=1, faithfulness=0.1,
            paths=tuple(EvidencePath(facts=tuple(facts[i] for i in row), weight=0.5) for row in p),
        )
        for (h, t), p in zip(ends.tolist(), picked, strict=True)
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
