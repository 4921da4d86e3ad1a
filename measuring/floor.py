"""What training RED-GNN must cost: operations over the machine's rate, bytes over its bandwidth."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from graph_schema.arrays import Ints
from graph_schema.triples import Splits
from trainers.evaluation import Queries
from trainers.kernels import MessageGraph, frontier
from trainers.models.red_gnn import RedGNN

SAMPLE = 200
"""Queries whose digraphs are counted."""


def floor_of(model: RedGNN, splits: Splits, asked: Ints, graph: MessageGraph) -> dict[str, float]:
    """Facts a second that could not be exceeded: `floor`, and the rates it follows from.

    Counted for each query: edges and pairs of its digraph. A pair costs the products with W (d × d) and the
    unit's (3d × d, twice where there is an old state), three times for forward and backward; an edge 10 d
    operations. A pair moves its sum, its state and their gradients once each way, an edge its indices and
    attention twice. Facts that share a query share its cost.

    Args:
        model: For its sizes.
        splits: For the number of relations.
        asked: (N, 3) facts of an epoch, both directions.
        graph: What answers.
    """
    queries = Queries.over(splits.vocabulary, asked[: len(asked) // 2])
    some = np.random.default_rng(0).permutation(len(queries))[:SAMPLE]
    steps = frontier(graph, queries.head[some], model.settings.layers)
    dim = model.settings.dim
    pairs = sum(step.num_targets for step in steps) / len(some)
    carried = sum(len(step.carry) for step in steps) / len(some)
    edges = sum(len(step.source) for step in steps) / len(some)
    operations = 3 * 2 * dim * dim * (4 * pairs + 3 * carried) + 10 * dim * edges
    moved = 8 * 4 * dim * pairs + 2 * 16 * edges
    rate, bandwidth = _rate(), _bandwidth()
    seconds = max(operations / rate, moved / bandwidth)
    facts_a_query = float(np.diff(queries.ptr).mean())
    return {
        "floor": facts_a_query / seconds,
        "gigaflops": rate / 1e9,
        "gigabytes a second": bandwidth / 1e9,
        "edges a query": edges,
        "pairs a query": pairs,
    }


def _rate() -> float:
    """Operations a second of a product as wide as the model's, on all threads."""
    left, right = torch.randn(65_536, 48), torch.randn(48, 144)
    out = torch.empty(65_536, 144)
    return 2 * 65_536 * 48 * 144 / _best(lambda: torch.mm(left, right, out=out))


def _bandwidth() -> float:
    """Bytes a second of a copy, read and written."""
    source = torch.ones(32 << 20)
    target = torch.empty_like(source)
    return 2 * 4 * len(source) / _best(lambda: target.copy_(source))


def _best(work: Callable[[], object], times: int = 7) -> float:
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)
