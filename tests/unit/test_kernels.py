"""Every kernel against the plain reference in float64, gradients included, compiled and in torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graph_schema.triples import Vocabulary
from tests.reference_kernels import reference_frontier, reference_gather, reference_score
from trainers.kernels import MessageGraph, Removed, edge_score, frontier, weighted_gather
from trainers.kernels.threads import even_chunks

N, M, LAYERS = 30, 3, 3
VOCABULARY = Vocabulary(tuple(map(str, range(N))), tuple(map(str, range(M))))


def _random_graph(seed: int, facts: int = 80) -> tuple[list[tuple[int, int, int]], MessageGraph]:
    rng = np.random.default_rng(seed)
    rows = np.unique(
        np.stack([rng.integers(0, N, facts), rng.integers(0, M, facts), rng.integers(0, N, facts)], axis=1),
        axis=0,
    )
    return [tuple(map(int, row)) for row in rows], MessageGraph.over(VOCABULARY, rows)


@pytest.mark.parametrize("seed", range(5))
def test_frontier_reaches_what_the_sets_say(seed: int) -> None:
    triples, graph = _random_graph(seed)
    rng = np.random.default_rng(seed)
    heads = rng.integers(0, N, 7)
    off = [sorted(set(rng.integers(0, len(triples), b).tolist())) for b in range(7)]
    layers = frontier(graph, heads, LAYERS, Removed.of(off))
    expected = reference_frontier(triples, N, M, heads.tolist(), LAYERS, [set(o) for o in off])
    entity, query = heads, np.arange(7)
    for layer, (pairs, edges) in zip(layers, expected, strict=True):
        got = {(int(b), int(e)) for b, e in zip(layer.query, layer.entity, strict=True)}
        assert got == pairs
        assert len(layer.entity) == len(pairs)
        target = np.repeat(np.arange(layer.num_targets), np.diff(layer.target_ptr))
        found = {
            (int(query[s]), int(entity[s]), int(r), int(layer.entity[o]))
            for s, r, o in zip(layer.source, layer.relation, target, strict=True)
        }
        assert found == edges
        source = np.repeat(np.arange(len(entity)), np.diff(layer.source_ptr))
        np.testing.assert_array_equal(layer.source[layer.edge], source)
        np.testing.assert_array_equal(target[layer.edge], layer.target)
        np.testing.assert_array_equal(layer.entity[layer.carry], entity)
        np.testing.assert_array_equal(layer.source_query, query)
        for f, r, s, o in zip(layer.fact, layer.relation, layer.source, target, strict=True):
            ends = (int(entity[s]), int(layer.entity[o]))
            h, rel, t = triples[f] if f >= 0 else (ends[0], 2 * M, ends[0])
            assert (int(r), ends) in {(rel, (h, t)), (rel + M, (t, h))}
        entity, query = layer.entity, layer.query


@pytest.mark.parametrize("kernels", ["numba", "torch"])
@pytest.mark.parametrize("seed", range(3))
def test_scores_and_sums_equal_the_formulas(seed: int, kernels: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGP_KERNELS", kernels)
    torch.manual_seed(seed)
    _, graph = _random_graph(seed)
    layer = frontier(graph, np.array([1, 5, 9]), 2)[1]
    pairs, width, channels = len(layer.carry), 6, 4

    def leaf(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, dtype=torch.float64, requires_grad=True)

    inputs = [leaf(pairs, channels), leaf(2 * M + 1, channels), leaf(3, channels), leaf(channels), leaf(1)]
    state, relation = leaf(pairs, width), leaf(2 * M + 1, width)
    s, r = torch.from_numpy(layer.source).long(), torch.from_numpy(layer.relation).long()
    b = torch.from_numpy(layer.source_query).long()[s]
    o = torch.from_numpy(np.repeat(np.arange(layer.num_targets), np.diff(layer.target_ptr)))

    ours = weighted_gather(state, relation, edge_score(*inputs, layer), layer)
    plain = reference_gather(state, relation, reference_score(*inputs, s, r, b), s, r, o, layer.num_targets)
    torch.testing.assert_close(ours, plain, rtol=1e-12, atol=1e-12)
    direction = torch.randn_like(plain)
    leaves = [*inputs, state, relation]
    got = torch.autograd.grad((ours * direction).sum(), leaves)
    wanted = torch.autograd.grad((plain * direction).sum(), leaves)
    for mine, theirs in zip(got, wanted, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    _, graph = _random_graph(0, facts=5000)
    layer = frontier(graph, np.arange(N), 2)[1]
    state, relation = torch.randn(len(layer.carry), 8), torch.randn(2 * M + 1, 8)
    weight = torch.rand(len(layer.source))
    threads = torch.get_num_threads()
    results = []
    for count in (1, 2):
        torch.set_num_threads(count)
        relation.requires_grad_().grad = None
        weighted_gather(state, relation, weight, layer).square().sum().backward()
        assert relation.grad is not None
        results.append(relation.grad.clone())
    torch.set_num_threads(threads)
    assert torch.equal(*results)


def test_chunks_cover_every_row_once() -> None:
    ptr = np.array([0, 0, 100, 101, 101, 250], dtype=np.int64)
    bounds = even_chunks(ptr, 4)
    assert bounds[0] == 0
    assert bounds[-1] == 5
    assert (np.diff(bounds) >= 0).all()
