"""Types of drug pairs: flows on walks against a state for every entity, and answers with their evidence.

python benchmarks/interactions.py [flows] [learners] [--rounds N] [--pairs N]

Each side runs in processes of its own, in turn, on the graph of `ddi_cold_start`: interactions, Hetionet's
facts and roles of proteins. Pairs are those of validation, by protocol: both drugs known, one new, both
new.
`flows`: a step (forward, loss, backward, optimizer) and an answer of the network on walks, walks found anew
each time, against EmerGNN written from its formulas, of the same width, over the same edges. That one takes
small batches, or its messages would not fit into memory; so memory is compared at those, and said of the
own batches of each side besides. Vectors that describe drugs are drawn, which costs neither side anything.
`learners`: the likeliest types of pairs, and the likeliest one's evidence, as the platform asks for them.
They are trained for a moment only: how well they have learned changes no speed.

Some of the cases only, or other pairs or rounds, are printed and not kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from graph_schema.arrays import Ints
from graph_schema.dataset import GraphDataset
from graph_schema.records import Temperature
from graph_schema.triples import TripleSet
from measuring.dense_emergnn import DenseEmerGNN
from measuring.graphs import read_graph
from measuring.memory import Peak
from measuring.recording import data_folder, record
from measuring.turns import Turns
from trainers.analogues.votes import Votes
from trainers.answers import Candidates
from trainers.flows.graph import walk_graph
from trainers.flows.settings import EmerGNNConfig
from trainers.kernels.pair_walks.kernel import WalkGraph, walks_between
from trainers.kernels.threads import one_torch_thread, thread_count
from trainers.layers.pair_flow import PairFlow
from trainers.pair_prediction import PairPredictor
from trainers.pairs import PROTOCOLS, PairSplits, batches
from trainers.registry import available_models, load_model, load_task
from trainers.task import Task
from trainers.trainer import PairScorer

FOLDERS = ("ddi_cold_start", "ddi_drugbank/drugs.tsv.gz", "ddi_drugbank/relations.tsv.gz", "hetionet_subset")
SEED, ROUNDS, PAIRS, SECONDS = 0, 3, 1024, 30.0
"""Of each protocol so many pairs at most, or as many as a side gets through meanwhile."""

SIDES = ("walks", "dense")
BATCH = {"walks": 64, "dense": 2}
LEARNERS = ("emergnn", "knowddi", "analogue_vote")
QUICK: dict[str, dict[str, Any]] = {
    "emergnn": {"epochs": 1, "pairs_an_epoch": (128, 128, 128), "validate_at_most": 128},
    "knowddi": {"epochs": 1, "pairs_an_epoch": 128, "validate_at_most": 128},
    "analogue_vote": {},
}
JUDGED = 300
"""Validation pairs of each protocol that learners choose by."""

TYPES, EVIDENCE = 3, 3
"""Asked for of each pair."""

AIMS = {"both known": 150.0, "one new": 1000.0, "both new": 1000.0}
"""Pairs a second with evidence, EmerGNN."""

MEMORY = 0.1
"""Of what a state for every entity takes, at most."""

Logits = Callable[[Ints], Tensor]


def main() -> int:
    """Measure; the exit status says whether memory and every rate with evidence reached their aims."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("cases", nargs="*", choices=[[], "flows", "learners"])
    read.add_argument("--rounds", type=int, default=ROUNDS, help="processes of each side")
    read.add_argument("--pairs", type=int, default=PAIRS, help="pairs of each protocol at most")
    read.add_argument("--side", choices=[*SIDES, *LEARNERS], help=argparse.SUPPRESS)
    options = read.parse_args()
    if options.side:
        measure = _flows if options.cases == ["flows"] else _learners
        print(json.dumps(measure(options.side, options.pairs)))
        return 0
    cases = options.cases or ["flows", "learners"]
    values: dict[str, Any] = {}
    reached = True
    if "flows" in cases:
        values |= _compared(options.rounds, options.pairs)
        reached &= values["memory ratio"] <= MEMORY
    if "learners" in cases:
        values["learners"] = _answering(options.rounds, options.pairs)
        rates = {r["pairs"]: r["with evidence"] for r in values["learners"] if r["learner"] == "emergnn"}
        reached &= all(rates.get(protocol, 0.0) >= aim for protocol, aim in AIMS.items())
    values |= {
        "pairs of each protocol": options.pairs,
        "seconds at most": SECONDS,
        "pairs a batch": BATCH,
        "width": EmerGNNConfig().dim,
        "types and pieces of evidence asked for": [TYPES, EVIDENCE],
        "aims, pairs a second with evidence": AIMS,
        "threads": thread_count(),
    }
    if len(cases) == 2 and (options.rounds, options.pairs) == (ROUNDS, PAIRS):
        record("interaction_speed", values, seeds=[SEED])
    else:
        print(json.dumps(values))
    return 0 if reached else 1


def _compared(rounds: int, pairs: int) -> dict[str, Any]:
    turns = Turns(__file__, "flows", SIDES, rounds, ["--pairs", str(pairs)])
    rows = []
    for protocol in PROTOCOLS:
        row: dict[str, Any] = {"pairs": protocol}
        for what in ("trained a second", "answered a second"):
            found = turns.median(f"{what}, {protocol}")
            row |= {f"{what}, {side}": value for side, value in found.items()}
            row[f"times more {what}"] = found["walks"] / found["dense"]
        rows.append(row)
    small = turns.median("MB at small batches")
    memory = {"MB at small batches": small, "MB": turns.median("MB")}
    return {"flows": rows, **memory, "memory ratio": small["walks"] / small["dense"]}


def _answering(rounds: int, pairs: int) -> list[dict[str, Any]]:
    there = [name for name in LEARNERS if name in available_models()]
    turns = Turns(__file__, "learners", there, rounds, ["--pairs", str(pairs)])
    rows: list[dict[str, Any]] = [{"learner": name, "pairs": p} for name in there for p in PROTOCOLS]
    for row in rows:
        for what in ("without evidence", "with evidence", "share with paths"):
            row[what] = turns.median(f"{what}, {row['pairs']}")[row["learner"]]
    return rows


def _flows(side: str, pairs: int) -> dict[str, float]:
    _, data, _ = _read()
    settings = EmerGNNConfig()
    votes = Votes.of(data.known, data.types, neighbours=settings.neighbours, power=settings.power, share=0.5)
    graph = walk_graph(data.known, data.types, votes)
    torch.manual_seed(SEED)
    described = torch.randn(graph.num_entities, settings.describe)
    make = _on_walks if side == "walks" else _dense
    network, logits = make(graph, described, len(data.types), settings)
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate)

    def step(rows: Ints) -> None:
        loss = cross_entropy(logits(rows), torch.from_numpy(data.places(rows[:, 1])))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    def answer(rows: Ints) -> None:
        with torch.no_grad():
            logits(rows)

    asked, found = _asked(data, pairs), dict[str, float]()
    with one_torch_thread() if side == "walks" else nullcontext():
        step(asked[PROTOCOLS[-1]][:1])  # compiles what is to be compiled
        with Peak() as peak:
            with Peak() as small:
                for rows in asked.values():
                    step(rows[: BATCH["dense"]])
            for protocol, rows in asked.items():
                found[f"trained a second, {protocol}"] = _rate(step, rows, BATCH[side])
                found[f"answered a second, {protocol}"] = _rate(answer, rows, BATCH[side])
    return found | {"MB at small batches": small.megabytes, "MB": peak.megabytes}


def _on_walks(
    graph: WalkGraph, described: Tensor, types: int, settings: EmerGNNConfig
) -> tuple[nn.Module, Logits]:
    network = PairFlow(len(graph.inverse), described.shape[1], settings.dim, types, settings.dropout)
    counts, nobody = torch.from_numpy(graph.weight), np.zeros(graph.num_entities, dtype=bool)

    def logits(rows: Ints) -> Tensor:
        walks = walks_between(graph, rows[:, 0], rows[:, 2], hidden=nobody, most=settings.fan_out)
        weights = [counts[torch.from_numpy(hop.edge)] for hop in (walks.first, walks.middle, walks.last)]
        found: Tensor = network(walks, graph.inverse, _ends(described, rows), weights)
        return found

    return network, logits


def _dense(
    graph: WalkGraph, described: Tensor, types: int, settings: EmerGNNConfig
) -> tuple[nn.Module, Logits]:
    network = DenseEmerGNN(graph, described.shape[1], settings.dim, types)

    def logits(rows: Ints) -> Tensor:
        found: Tensor = network(rows[:, 0], rows[:, 2], _ends(described, rows))
        return found

    return network, logits


def _ends(described: Tensor, rows: Ints) -> tuple[Tensor, Tensor]:
    return described[torch.from_numpy(rows[:, 0])], described[torch.from_numpy(rows[:, 2])]


def _rate(do: Callable[[Ints], object], rows: Ints, size: int) -> float:
    """Rows a second, in batches, after one to warm up."""
    do(rows[:size])
    began, done = time.perf_counter(), 0
    for some in batches(len(rows), size):
        do(rows[some])
        done = some.stop
        if time.perf_counter() - began > SECONDS:
            break
    return done / (time.perf_counter() - began)


def _learners(name: str, pairs: int) -> dict[str, float]:
    task, data, dataset = _read()
    few = [rows[:JUDGED] for rows in _asked(data, JUDGED).values()]
    quick = replace(data, valid=TripleSet.of(data.vocabulary, np.concatenate(few)))
    kind = load_model(name)
    settings = kind.default_config(quick).model_copy(update=QUICK[name])
    model = kind(settings, data.vocabulary.relations, seed=SEED)
    model.fit(quick, progress=lambda *_: None)
    assert isinstance(model, PairScorer)
    fitted = task.calibrate(model, quick, dataset, queries=0, top=0)
    assert isinstance(fitted, Temperature)
    predictor = PairPredictor(model, Candidates(data.known, dataset.allowed_ends), fitted)
    paths: list[bool] = []

    def answer(rows: Ints) -> None:
        predictor.likeliest(rows[:, [0, 2]], TYPES)

    def explain(rows: Ints) -> None:
        best = [first for first, *_ in predictor.likeliest(rows[:, [0, 2]], TYPES)]
        paths.extend(bool(answer.paths) for answer in predictor.explained(best, EVIDENCE))

    found: dict[str, float] = {}
    for protocol, rows in _asked(data, pairs).items():
        found[f"without evidence, {protocol}"] = _rate(answer, rows, 128)
        paths.clear()
        found[f"with evidence, {protocol}"] = _rate(explain, rows, 128)
        found[f"share with paths, {protocol}"] = float(np.mean(paths))
    return found


def _read() -> tuple[Task, PairSplits, GraphDataset]:
    task = load_task("pair_type")
    paths = [data_folder() / "drug" / part for part in FOLDERS]
    dataset = read_graph(*paths, domain="drug").dataset
    data = task.data(dataset)
    assert isinstance(data, PairSplits)
    return task, data, dataset


def _asked(data: PairSplits, pairs: int) -> dict[str, Ints]:
    """(N, 3) facts of validation at most, by protocol."""
    rows, draw = data.valid.triples, np.random.default_rng(SEED)
    of = data.protocol(rows)
    return {
        name: rows[draw.permutation(np.flatnonzero(of == place))[:pairs]]
        for place, name in enumerate(PROTOCOLS)
    }


if __name__ == "__main__":
    sys.exit(main())
