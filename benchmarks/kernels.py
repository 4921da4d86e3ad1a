"""Attention and aggregation over edges, forward and backward: the kernels against gather and index_add.

python benchmarks/kernels.py [--edges N] [--rounds N] [--repeats N]

Each side runs in processes of its own, in turn. Sizes other than the usual are printed and not kept.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from measuring.memory import Peak
from measuring.recording import record
from trainers.kernels import Layer, attentive_sum
from trainers.kernels.attentive_sum.reference import reference_gather, reference_score

EDGES, WIDTH, CHANNELS = 1_000_000, 48, 5
QUERIES, RELATIONS, DEGREE = 16, 40, 20
SEED = 0
SIDES = ("kernels", "plain")

Tensors = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
Forward = Callable[[Tensors], Tensor]


def main() -> int:
    """Measure both sides; the exit status says whether they computed the same."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--edges", type=int, default=EDGES)
    read.add_argument("--rounds", type=int, default=3, help="processes of each side")
    read.add_argument("--repeats", type=int, default=7, help="batches in each process")
    read.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = read.parse_args()
    if options.side:
        print(json.dumps(_measure(options.side, options.edges, options.repeats)))
        return 0
    found: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for number in range(options.rounds):
        for side in SIDES:
            found[side].append(_in_own_process(side, options))
            print(f"round {number + 1} of {options.rounds}: {side} {found[side][-1]}", file=sys.stderr)
    seconds = {s: statistics.median(t for run in found[s] for t in run["seconds"]) for s in SIDES}
    memory = {s: statistics.median(run["megabytes"] for run in found[s]) for s in SIDES}
    ours, theirs = (found[side][0]["sums"] for side in SIDES)
    same = bool(np.allclose(ours, theirs, rtol=1e-3))
    values = {
        "edges": options.edges,
        "width": WIDTH,
        "attention channels": CHANNELS,
        "threads": torch.get_num_threads(),
        "batches of each side": options.rounds * options.repeats,
        "median seconds": seconds,
        "times faster": seconds["plain"] / seconds["kernels"],
        "megabytes above the start at the peak": memory,
        "times less memory": memory["plain"] / memory["kernels"],
        "same results": same,
    }
    if options.edges == EDGES:
        record("kernels", values, seeds=[SEED])
    else:
        print(json.dumps(values))
    return 0 if same else 1


def _in_own_process(side: str, options: argparse.Namespace) -> dict[str, Any]:
    sizes = ["--edges", str(options.edges), "--repeats", str(options.repeats)]
    command = [sys.executable, str(Path(__file__).resolve()), "--side", side, *sizes]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _measure(side: str, edges: int, repeats: int) -> dict[str, Any]:
    make = _kernels if side == "kernels" else _plain
    small = _layer(2_000)
    _batch(make(small), _tensors(small))  # compiles what is to be compiled
    layer = _layer(edges)
    forward, tensors = make(layer), _tensors(layer)
    seconds = []
    with Peak() as peak:
        for _ in range(repeats):
            began = time.perf_counter()
            sums = _batch(forward, tensors)
            seconds.append(time.perf_counter() - began)
    return {"seconds": seconds, "megabytes": peak.megabytes, "sums": sums}


def _kernels(layer: Layer) -> Forward:
    return lambda tensors: attentive_sum(*tensors, layer)[0]


def _plain(layer: Layer) -> Forward:
    s, r = (torch.from_numpy(a.astype(np.int64)) for a in (layer.source, layer.relation))
    o = torch.from_numpy(np.repeat(np.arange(layer.num_targets), np.diff(layer.target_ptr)))

    def forward(tensors: Tensors) -> Tensor:
        score = reference_score(*tensors[2:], s, r)
        return reference_gather(*tensors[:2], score, s, r, o, layer.num_targets)

    return forward


def _batch(forward: Forward, tensors: Tensors) -> list[float]:
    """One forward and backward pass; returns the sum of each gradient's absolute values."""
    gradients = torch.autograd.grad(forward(tensors).square().sum(), tensors)
    return [float(g.abs().sum()) for g in gradients]


def _layer(edges: int) -> Layer:
    """A layer of random edges between the pairs of each query, as many sources as targets."""
    draw = np.random.default_rng(SEED)
    each = max(1, edges // (QUERIES * DEGREE))
    pairs = QUERIES * each
    query = np.repeat(np.arange(QUERIES, dtype=np.int32), each)
    asked = draw.integers(0, QUERIES, edges) * each
    source, target = asked + draw.integers(0, each, edges), asked + draw.integers(0, each, edges)
    order = np.argsort(target, kind="stable")
    source, target = source[order], target[order]
    return Layer(
        query_ptr=np.arange(QUERIES + 1, dtype=np.int64) * each,
        entity=np.tile(np.arange(each, dtype=np.int32), QUERIES),
        query=query,
        carry=np.arange(pairs, dtype=np.int64),
        source_query=query,
        target_ptr=_pointers(target, pairs),
        source=source.astype(np.int32),
        relation=draw.integers(0, RELATIONS, edges).astype(np.int32),
        fact=np.arange(edges, dtype=np.int32),
    )


def _pointers(row: np.ndarray[Any, Any], rows: int) -> np.ndarray[Any, Any]:
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]).astype(np.int64)


def _tensors(layer: Layer) -> Tensors:
    """States and relations of full width, then the four terms of the attention; all learnt."""
    draw = torch.Generator().manual_seed(SEED)

    def leaf(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw).requires_grad_()

    return (
        leaf(len(layer.source_query), WIDTH),
        leaf(RELATIONS, WIDTH),
        leaf(len(layer.source_query), CHANNELS),
        leaf(RELATIONS, CHANNELS),
        leaf(CHANNELS),
        leaf(1),
    )


if __name__ == "__main__":
    sys.exit(main())
