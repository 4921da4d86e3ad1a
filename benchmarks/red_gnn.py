"""Training RED-GNN: our trainer against a plain implementation of the same formulas.

python benchmarks/red_gnn.py [GRAPH …] [--rounds N]

Each side runs in processes of its own, in turn: same model, same facts a step, same threads, the published
settings. `Ratio` is training facts (each in one direction) a second, ours over plain; `memory_ratio` is the
peak above what the process held before its first step, ours over plain. The floor is what the operations
and bytes of the formulas would take at the rates this machine was measured to reach. Runs of some graphs
only, or with other rounds, are printed and not kept.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from graph_schema.triples import Splits
from measuring.floor import floor_of
from measuring.graphs import read_graph
from measuring.memory import Peak
from measuring.plain_red_gnn import PlainRedGNN
from measuring.recording import data_folder, record
from measuring.turns import Turns
from trainers.kernels import MessageGraph
from trainers.models.red_gnn import RedGNN, RedGNNConfig
from trainers.settings import settings_called

SEED, ROUNDS = 0, 3
SIDES = ("ours", "plain")


@dataclass(frozen=True)
class Graph:
    """A graph, the ratio wanted, and the facts each side is timed over after as many to warm up on."""

    name: str
    wanted: float
    facts: dict[str, int]


GRAPHS = (
    Graph("umls", 25, {"ours": 2000, "plain": 400}),
    Graph("family", 15, {"ours": 6000, "plain": 1000}),
    Graph("wn18rr", 7, {"ours": 3000, "plain": 600}),
)


class _Stopped(Exception):  # noqa: N818  # no error: the end that was wanted
    """Ends a training that was only to be timed."""


def main() -> int:
    """Measure; the exit status says whether both sides computed the same."""
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
    values = {"graphs": rows, "threads": torch.get_num_threads()}
    if len(rows) == len(GRAPHS) and options.rounds == ROUNDS:
        record("training", values, seeds=[SEED])
    else:
        print(json.dumps(values))
    return 0 if all(row["same loss"] for row in rows) else 1


def _compare(graph: Graph, rounds: int) -> dict[str, Any]:
    turns = Turns(__file__, graph.name, SIDES, rounds)
    speed, memory, loss = (turns.median(what) for what in ("facts a second", "megabytes", "loss"))
    return {
        "graph": graph.name,
        "facts a second, ours": speed["ours"],
        "facts a second, plain": speed["plain"],
        "ratio": speed["ours"] / speed["plain"],
        "wanted": graph.wanted,
        "floor, facts a second": statistics.median(run["floor"] for run in turns.found["ours"]),
        "MB, ours": memory["ours"],
        "MB, plain": memory["plain"],
        "memory_ratio": memory["ours"] / memory["plain"],
        "same loss": bool(np.isclose(loss["ours"], loss["plain"], rtol=1e-3)),
    }


def _measure(graph: Graph, side: str) -> dict[str, Any]:
    splits = read_graph(data_folder() / "link_prediction" / graph.name).splits()
    settings = RedGNNConfig.model_validate(settings_called("red_gnn", graph.name))
    model = RedGNN(settings, splits.vocabulary.relations, seed=SEED)
    found = {"loss": _first_step(model, splits, side)}
    if side == "ours":
        found |= floor_of(model, splits, *_drawn(splits, settings))
    with Peak() as peak:
        facts, seconds = (_ours if side == "ours" else _plain)(model, splits, graph.facts[side])
    return found | {"facts a second": facts / seconds, "megabytes": peak.megabytes}


def _first_step(model: RedGNN, splits: Splits, side: str) -> float:
    """Mean loss of a few facts without dropout: both sides compute the same.

    With a backward pass and an idle step of the optimizer, so that what is loaded and compiled on first use
    is there before anything is measured.
    """
    asked, graph = _drawn(splits, model.settings)
    model.bind_graph(graph)
    rows = asked[:4]
    answers = model if side == "ours" else PlainRedGNN(model.network, graph)
    log_p = torch.log_softmax(answers.scores(rows[:, 0], rows[:, 1]), dim=1)
    loss = -log_p[torch.arange(len(rows)), torch.from_numpy(rows[:, 2])].mean()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.optim.Adam(model.network.parameters(), lr=0.0, fused=side == "ours").step()
    model.network.zero_grad(set_to_none=True)
    return float(loss.detach())


def _drawn(splits: Splits, settings: RedGNNConfig) -> tuple[np.ndarray[Any, Any], MessageGraph]:
    """Facts of an epoch, in both directions and in random order, and the graph of the others."""
    draw = np.random.default_rng(SEED)
    rows = draw.permutation(splits.known.triples)
    cut = round(settings.query_share * len(rows))
    back = np.stack([rows[:cut, 2], splits.vocabulary.inverse[rows[:cut, 1]], rows[:cut, 0]], axis=1)
    return draw.permutation(np.concatenate([rows[:cut], back])), MessageGraph.over(
        splits.vocabulary, rows[cut:]
    )


def _ours(model: RedGNN, splits: Splits, facts: int) -> tuple[float, float]:
    """The trainer itself, stopped by its progress; the clock starts when as many facts have been learnt."""
    asked, times = 2 * round(model.settings.query_share * len(splits.known)), []

    def watch(what: str, done: float, total: float) -> None:
        del what, total
        times.append((done * asked, time.perf_counter()))
        if done * asked >= 2 * facts:
            raise _Stopped

    with suppress(_Stopped):
        model.fit(splits, progress=watch)
    begun = next(i for i, (done, _) in enumerate(times) if done >= facts)
    return times[-1][0] - times[begun][0], times[-1][1] - times[begun][1]


def _plain(model: RedGNN, splits: Splits, facts: int) -> tuple[float, float]:
    settings = model.settings
    asked, graph = _drawn(splits, settings)
    plain = PlainRedGNN(model.network, graph)
    decay = settings.weight_decay / settings.batch_size
    optimizer = torch.optim.Adam(model.network.parameters(), lr=settings.learning_rate, weight_decay=decay)
    noise = torch.Generator().manual_seed(SEED)
    done, began = 0, 0.0
    for start in range(0, len(asked), settings.batch_size):
        rows = asked[start : start + settings.batch_size]
        if start >= facts / 4 and not began:
            done, began = 0, time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        log_p = torch.log_softmax(plain.scores(rows[:, 0], rows[:, 1], noise), dim=1)
        loss = -log_p[torch.arange(len(rows)), torch.from_numpy(rows[:, 2])].sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        done += len(rows)
        if began and done >= facts:
            break
    return done, time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
