"""Before a training: some queries are asked, and what they take says what an epoch will."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.triples import Splits
from trainers.cost import Cost
from trainers.evaluation import Queries
from trainers.kernels import Layer, MessageGraph, expand
from trainers.kernels.threads import one_torch_thread
from trainers.training.queries import GraphReasoner, asked_rows

SAMPLE = 64
"""Queries counted; a step of as many is timed as settings and `_SECONDS` allow."""

_SECONDS = 1.0
_EDGE, _PAIR = 48, 7
"""Bytes a message holds in a step, and float32 numbers per unit of width that a pair does."""


class Prober(GraphReasoner, Protocol):
    """A reasoner that can say which layers its queries go through."""

    def layers_of(self, heads: Ints, relations: Ints) -> list[Layer]:
        """The layers of (B,) queries with the pairs that go on."""
        ...


@dataclass(frozen=True)
class _Sample:
    """Some queries of an epoch, over the graph that would answer them."""

    graph: MessageGraph
    heads: Ints
    relations: Ints
    queries: int
    seconds_of_graph: float

    @classmethod
    def of(cls, splits: Splits, share: float) -> _Sample:
        draw = np.random.default_rng(0)
        began = time.perf_counter()
        rows, others = asked_rows(splits)
        rows = draw.permutation(rows)
        asked = max(1, round(share * len(rows)))
        answering = rows[asked:] if others is None else np.concatenate([rows[asked:], others])
        graph = MessageGraph.over(splits.vocabulary, answering)
        queries = Queries.over(splits.vocabulary, rows[:asked])
        took = time.perf_counter() - began
        some = draw.permutation(len(queries))[:SAMPLE]
        return cls(graph, queries.head[some], queries.relation[some], len(queries), took)


def exact_messages(splits: Splits, layers: int, share: float, most: float) -> tuple[int, float]:
    """Queries of an epoch, and messages that each passes by exact propagation.

    Args:
        splits: What is learned from.
        layers: L.
        share: Of the facts that are asked for in an epoch.
        most: Messages in an epoch from which on counting ends, with what was counted till then.
    """
    sample, passed = _Sample.of(splits, share), 0
    degree, step = np.diff(sample.graph.row_ptr), None
    for number in range(layers):
        if number:
            step = expand(sample.graph, sample.heads, step)
        passed += int(degree[sample.heads if step is None else step.entity].sum())
        if passed / len(sample.heads) * sample.queries > most:
            break
    return sample.queries, passed / len(sample.heads)


@one_torch_thread()
def probe(model: Prober, splits: Splits, *, clock: Callable[[], float] = time.perf_counter) -> Cost:
    """What an epoch takes of a model that reasons over the graph; afterwards it answers over another one.

    Args:
        model: With any parameters, such as those it begins with.
        splits: What it would learn from.
        clock: Seconds since some moment.
    """
    settings, sample = model.settings, _Sample.of(splits, model.settings.query_share)
    model.bind_graph(sample.graph)
    noise = np.random.Generator(np.random.SFC64(0))

    def step(rows: slice) -> None:
        heads, relations = sample.heads[rows], sample.relations[rows]
        loss = model.loss(heads, relations, np.arange(len(heads) + 1), heads, noise)
        loss.backward()  # type: ignore[no-untyped-call]

    spent, done = 0.0, 0
    while done < min(len(sample.heads), settings.batch_size) and spent < _SECONDS:
        done = min(max(1, 4 * done), len(sample.heads), settings.batch_size)
        spent = _quicker_of_two(partial(step, slice(0, done)), clock)
    model.network.zero_grad(set_to_none=True)
    some = sample.heads[:done], sample.relations[:done]
    forward = _quicker_of_two(lambda: model.layers_of(*some), clock) / done
    layers = model.layers_of(*some)
    ranked = min(2 * len(splits.valid), 2 * settings.validate_at_most)
    messages = _passed(sample.graph, sample.heads[:done], layers) / done
    pairs = sum(layer.num_targets for layer in layers) / done
    width = max(p.shape[-1] for p in model.network.parameters())
    at_once = messages * _EDGE + pairs * width * 4 * _PAIR
    graph = sum(part.nbytes for part in (sample.graph.row_ptr, sample.graph.target, sample.graph.triples))
    return Cost(
        queries=sample.queries,
        messages=messages,
        seconds=sample.queries * spent / done + ranked * forward + sample.seconds_of_graph,
        memory=int(settings.batch_size * at_once + 4 * graph),
    )


def _quicker_of_two(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Seconds that work takes; the first time something may have to be compiled."""
    seconds = []
    for _ in range(2):
        began = clock()
        work()
        seconds.append(clock() - began)
    return min(seconds)


def _passed(graph: MessageGraph, heads: Ints, layers: list[Layer]) -> int:
    """Messages along all edges out of the pairs that went on, the layers' own cuts not looked at."""
    degree = np.diff(graph.row_ptr)
    return int(degree[heads].sum()) + sum(int(degree[layer.entity].sum()) for layer in layers[:-1])
