"""Training with adaptive propagation against the exact model: facts a second, peak memory, messages a query.

python benchmarks/adaptive_propagation.py [GRAPH …] [--rounds N]

Each side trains in processes of its own, on the same facts of the same graph, with as many layers; they take
turns. Both warm up on a step; then steps are timed until there were facts enough, or the time is up.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from graph_schema.triples import Splits
from measuring.graphs import read_graph
from measuring.memory import Peak
from measuring.recording import data_folder, record
from measuring.turns import Turns
from trainers.kernels.threads import one_torch_thread, thread_count
from trainers.models.red_gnn import RedGNN, RedGNNConfig
from trainers.training.queries import QueryLearner

SEED, ROUNDS, SECONDS, FACTS = 0, 3, 30.0, 2000
SIDES = ("adaptive", "exact")


@dataclass(frozen=True)
class Graph:
    """A graph, where it is, its domain, and layers and new pairs kept."""

    name: str
    folder: str
    domain: str
    layers: int
    keep: int


GRAPHS = (
    Graph("wn18rr", "link_prediction/wn18rr", "triples", 5, 300),
    Graph("fb15k237", "link_prediction/fb15k237", "triples", 3, 100),
    Graph("hetionet", "drug/hetionet_subset", "drug", 3, 100),
)


def main() -> int:
    """Measure; the exit status says whether adaptive propagation was faster everywhere."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("graphs", nargs="*", choices=[[], *(g.name for g in GRAPHS)])
    read.add_argument("--rounds", type=int, default=ROUNDS, help="processes of each side")
    read.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = read.parse_args()
    chosen = [g for g in GRAPHS if not options.graphs or g.name in options.graphs]
    if options.side:
        print(json.dumps(_measure(chosen[0], options.side)))
        return 0
    rows = [_compare(graph, options.rounds) for graph in chosen]
    values = {"graphs": rows, "rounds": options.rounds, "threads": thread_count()}
    if len(rows) == len(GRAPHS):
        record("adaptive_propagation", values, seeds=[SEED])
    else:
        print(json.dumps(values))
    return 0 if all(row["ratio"] > 1 for row in rows) else 1


def _compare(graph: Graph, rounds: int) -> dict[str, Any]:
    turns = Turns(__file__, graph.name, SIDES, rounds)
    row: dict[str, Any] = {"graph": graph.name, "layers": graph.layers, "keep": graph.keep}
    for what in ("facts a second", "MB", "messages a query"):
        row |= {f"{what}, {side}": value for side, value in turns.median(what).items()}
    return row | {"ratio": row["facts a second, adaptive"] / row["facts a second, exact"]}


def _measure(graph: Graph, side: str) -> dict[str, float]:
    splits = read_graph(data_folder() / graph.folder, domain=graph.domain).splits()
    config = RedGNNConfig(
        layers=graph.layers, keep=graph.keep if side == "adaptive" else None, query_share=0.1, batch_size=20
    )
    model = RedGNN(config, splits.vocabulary.relations, seed=SEED)
    messages = model.cost(splits).messages
    with Peak() as peak:
        facts, seconds = _trained(model, splits)
    return {"facts a second": facts / seconds, "MB": peak.megabytes, "messages a query": messages}


@one_torch_thread()
def _trained(model: RedGNN, splits: Splits) -> tuple[int, float]:
    """Facts that were learned from, in both directions, and the seconds of it."""
    learner = QueryLearner.of(model, splits)
    steps = learner.steps(np.random.default_rng(SEED))
    next(steps).loss.backward()  # type: ignore[no-untyped-call]
    began, facts = time.perf_counter(), 0
    for step in steps:
        step.loss.backward()  # type: ignore[no-untyped-call]
        facts += step.terms
        if facts >= FACTS or time.perf_counter() - began > SECONDS:
            break
    return facts, time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
