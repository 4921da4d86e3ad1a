"""Full evaluation, and prediction in bulk with evidence: queries and predictions a second, and memory.

python benchmarks/prediction.py [GRAPH …]

On the published settings after a short training. "With paths" is the best answers of each query with the
five best paths of each, and how often the rules of these hold, counted for the first time; "with
faithfulness" also measures, for each, the fall when they are removed. A few hundred queries are asked first;
then all of the test split, as many as a promotion asks, of which later ones meet rules counted before.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.triples import Splits
from kgplatform.__main__ import collect_rarely
from measuring.graphs import read_graph
from measuring.memory import Peak
from measuring.recording import data_folder, record
from trainers.answers import Candidates
from trainers.evaluation import Queries, rank
from trainers.evidence.explaining import with_evidence, with_paths
from trainers.evidence.rules import RuleCounts
from trainers.models.red_gnn import RedGNN, RedGNNConfig
from trainers.scoring import best_answers
from trainers.settings import settings_called

GRAPHS, WANTED = ("umls", "family"), 1000
TOP, PATHS, SEED = 10, 5, 0
FEW = 300
"""Queries of the small sample, where most rules are counted for the first time; a promotion asks them all."""


def main() -> int:
    """Measure each graph in a process of its own; the exit status says whether the aim was met."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("graphs", nargs="*", choices=[[], *GRAPHS])
    read.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = read.parse_args()
    if options.here:
        collect_rarely()  # as `kgp` does
        print(json.dumps(_measure(options.graphs[0])))
        return 0
    rows = []
    for graph in options.graphs or GRAPHS:
        command = [sys.executable, str(Path(__file__).resolve()), graph, "--here"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout))
        print(rows[-1], file=sys.stderr, flush=True)
    values = {"graphs": rows, "answers a query": TOP, "paths a prediction": PATHS}
    if options.graphs:
        print(json.dumps(values))
    else:
        record("prediction", values, seeds=[SEED])
    return 0 if all(row["predictions with paths a second"] >= WANTED for row in rows) else 1


def _measure(graph: str) -> dict[str, Any]:
    pulled = read_graph(data_folder() / "link_prediction" / graph)
    splits = pulled.splits()
    settings = RedGNNConfig.model_validate({**settings_called("red_gnn", graph), "epochs": 1})
    model = RedGNN(settings, splits.vocabulary.relations, seed=SEED)
    model.fit(splits, progress=_silent)
    model.bind(splits.known)
    queries = Queries.of(splits.test)
    with Peak() as ranking:
        began = time.perf_counter()
        rank(model, splits.test, splits.all_true())
        ranked = time.perf_counter() - began
    order = np.random.default_rng(SEED).permutation(len(queries))
    few = _explained(model, splits, queries, order[:FEW])
    whole = _explained(model, splits, queries, order)
    return {
        "graph": graph,
        "queries ranked a second": len(queries) / ranked,
        "MB, ranking": ranking.megabytes,
        **few,
        "wanted": WANTED,
        "all queries": len(queries),
        **{f"{name}, all queries": value for name, value in whole.items()},
    }


def _explained(model: RedGNN, splits: Splits, queries: Queries, some: Ints) -> dict[str, float]:
    candidates = Candidates(splits.known, {})
    model.bind(splits.known)  # nothing is remembered of queries asked before
    with Peak() as explaining:
        began = time.perf_counter()
        answers = best_answers(
            model, candidates, queries.head[some], queries.relation[some], top=TOP, calibration=None
        )
        answered = time.perf_counter() - began
        rules, every = RuleCounts(candidates.known), [a for row in answers for a in row]
        paths = sum(len(a.paths) for a in with_paths(model, rules, every, paths=PATHS))
        read = time.perf_counter() - began
    began = time.perf_counter()
    with_paths(model, rules, every, paths=PATHS)
    again = answered + time.perf_counter() - began
    model.bind(splits.known)
    began = time.perf_counter()
    with_evidence(model, candidates, RuleCounts(candidates.known), every, paths=PATHS)
    measured = answered + time.perf_counter() - began
    count = sum(map(len, answers))
    return {
        "predictions a second": count / answered,
        "predictions with paths a second": count / read,
        "predictions with paths a second, rules counted before": count / again,
        "predictions with faithfulness a second": count / measured,
        "MB, with paths": explaining.megabytes,
        "paths found": paths / count,
    }


def _silent(what: str, done: float, total: float) -> None:
    del what, done, total


if __name__ == "__main__":
    sys.exit(main())
