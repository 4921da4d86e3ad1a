"""The best paths against an exhaustive search."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from graph_schema.triples import Vocabulary
from trainers.evidence.walks import best_walks
from trainers.kernels import MessageGraph, frontier
from trainers.models.red_gnn import RedGNN, RedGNNConfig

N, M, LAYERS = 9, 2, 3


def _case(seed: int) -> tuple[np.ndarray, MessageGraph]:
    draw = np.random.default_rng(seed)
    rows = np.unique(np.stack([draw.integers(0, k, 14) for k in (N, M, N)], axis=1), axis=0)
    rows = rows[rows[:, 0] != rows[:, 2]]
    vocabulary = Vocabulary(tuple(map(str, range(N))), tuple(map(str, range(M))))
    return rows, MessageGraph.over(vocabulary, rows)


def _exhaustive(
    rows: np.ndarray, weight: dict[tuple[int, int, int, int], float], head: int
) -> dict[int, dict[tuple[int, ...], float]]:
    """By answer: the entities on every walk without a repeated one, with its best product of attentions."""
    found: dict[int, dict[tuple[int, ...], float]] = {}
    choices = [-1, *range(len(rows))]
    for walk in itertools.product(choices, repeat=LAYERS):
        at, seen, product = head, [head], 1.0
        for layer, fact in enumerate(walk):
            if fact < 0:
                continue
            h, _, t = rows[fact]
            if at not in (h, t):
                break
            there = int(t if at == h else h)
            if there in seen:
                break
            product *= weight[layer, at, fact, there]
            seen.append(there)
            at = there
        else:
            if len(seen) > 1:
                best = found.setdefault(at, {})
                best[tuple(seen)] = max(best.get(tuple(seen), 0.0), product)
    return found


def _met(rows: np.ndarray, head: int, facts: tuple[int, ...]) -> tuple[int, ...]:
    chain = [head]
    for fact in facts:
        h, _, t = rows[fact]
        chain.append(int(t if chain[-1] == h else h))
    return tuple(chain)


@pytest.mark.parametrize("seed", range(4))
def test_they_are_the_best_of_all_walks(seed: int) -> None:
    rows, graph = _case(seed)
    heads = np.array([0, 4])
    layers = frontier(graph, heads, LAYERS)
    draw = np.random.default_rng(seed)
    attention = [draw.uniform(0.1, 1.0, len(layer.source)).astype(np.float32) for layer in layers]
    answers = [[e for e in range(N) if e != h] for h in heads]
    queries = np.repeat(np.arange(2), N - 1)
    found = best_walks(layers, attention, heads, queries, np.concatenate(answers), 50)
    for b, head in enumerate(heads):
        weight = {}
        entity, query = heads, np.arange(2, dtype=np.int32)
        for number, (layer, values) in enumerate(zip(layers, attention, strict=True)):
            target = np.repeat(np.arange(layer.num_targets), np.diff(layer.target_ptr))
            for s, f, o, w in zip(layer.source, layer.fact, target, values, strict=True):
                if query[s] == b:
                    weight[number, int(entity[s]), int(f), int(layer.entity[o])] = float(w)
            entity, query = layer.entity, layer.query
        expected = _exhaustive(rows, weight, int(head))
        for answer, row in zip(answers[b], range(b * (N - 1), (b + 1) * (N - 1)), strict=True):
            wanted = expected.get(answer, {})
            there = np.flatnonzero(found.weight[row])
            chains = []
            for k in there:
                fact, entity = found.fact[row, k], found.entity[row, k]
                chains.append(_met(rows, int(head), tuple(fact[fact >= 0])))
                assert chains[-1] == (head, *entity[fact >= 0])
            assert len(set(chains)) == len(chains)
            assert set(chains) == set(wanted)
            for k, chain in zip(there, chains, strict=True):
                assert found.weight[row, k] == pytest.approx(wanted[chain], rel=1e-5)


def test_paths_must_be_asked_for() -> None:
    model = RedGNN(RedGNNConfig(), ("0", "1"))
    with pytest.raises(ValueError, match="positive"):
        model.best_paths(np.array([0]), np.array([0]), [[1]], 0)
