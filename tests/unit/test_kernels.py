"""Every kernel against the plain reference in float64, gradients included, compiled and in torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graph_schema.triples import Vocabulary
from trainers.kernels import (
    Activation,
    GatedUnit,
    MessageGraph,
    Removed,
    attentive_sum,
    frontier,
    gated_update,
)
from trainers.kernels.attentive_sum.reference import reference_gather, reference_score
from trainers.kernels.frontier.reference import reference_frontier
from trainers.kernels.gated_update import cpu as update_cpu
from trainers.kernels.gated_update.reference import reference_update
from trainers.kernels.threads import even_chunks, one_torch_thread, run_chunks, thread_count, use_threads

N, M, LAYERS = 30, 3, 3
VOCABULARY = Vocabulary(tuple(map(str, range(N))), tuple(map(str, range(M))))


def _random_graph(seed: int, facts: int = 80) -> tuple[list[tuple[int, int, int]], MessageGraph]:
    rng = np.random.default_rng(seed)
    rows = np.unique(
        np.stack([rng.integers(0, N, facts), rng.integers(0, M, facts), rng.integers(0, N, facts)], axis=1),
        axis=0,
    )
    return [(h, r, t) for h, r, t in rows.tolist()], MessageGraph.over(VOCABULARY, rows)


@pytest.mark.parametrize("seed", range(5))
def test_frontier_reaches_what_the_sets_say(seed: int) -> None:
    triples, graph = _random_graph(seed)
    rng = np.random.default_rng(seed)
    heads = rng.integers(0, N, 7)
    off = [sorted(set(rng.integers(0, len(triples), b).tolist())) for b in range(7)]
    layers = frontier(graph, heads, LAYERS, Removed.of(off))
    expected = reference_frontier(triples, N, M, heads.tolist(), LAYERS, [set(o) for o in off])
    entity, query = heads.astype(np.int32), np.arange(7, dtype=np.int32)
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
        np.testing.assert_array_equal(layer.entity[layer.carry], entity)
        np.testing.assert_array_equal(layer.source_query, query)
        for f, r, s, o in zip(layer.fact, layer.relation, layer.source, target, strict=True):
            ends = (int(entity[s]), int(layer.entity[o]))
            h, rel, t = triples[f] if f >= 0 else (ends[0], 2 * M, ends[0])
            assert (int(r), ends) in {(rel, (h, t)), (rel + M, (t, h))}
        entity, query = layer.entity, layer.query


@pytest.mark.parametrize("kernels", ["numba", "torch"])
@pytest.mark.parametrize("seed", range(3))
def test_attention_and_sums_equal_the_formulas(
    seed: int, kernels: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGP_KERNELS", kernels)
    torch.manual_seed(seed)
    _, graph = _random_graph(seed)
    layer = frontier(graph, np.array([1, 5, 9]), 2)[1]
    pairs, width, channels = len(layer.carry), 6, 3 + seed
    shapes = (pairs, width), (2 * M + 1, width), (pairs, channels), (2 * M + 1, channels), (channels,), (1,)
    inputs = [_leaf(*shape) for shape in shapes]
    state, embedding, source, relation, weight, bias = inputs
    s, r = torch.from_numpy(layer.source).long(), torch.from_numpy(layer.relation).long()
    o = torch.from_numpy(np.repeat(np.arange(layer.num_targets), np.diff(layer.target_ptr)))

    total, attention = attentive_sum(state, embedding, source, relation, weight, bias, layer)
    score = reference_score(source, relation, weight, bias, s, r)
    plain = reference_gather(state, embedding, score, s, r, o, layer.num_targets)
    torch.testing.assert_close(attention, score, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(total, plain, rtol=1e-12, atol=1e-12)
    along, across = torch.randn_like(plain), torch.randn_like(score)
    got = torch.autograd.grad((total * along).sum() + (attention * across).sum(), inputs)
    wanted = torch.autograd.grad((plain * along).sum() + (score * across).sum(), inputs)
    for mine, theirs in zip(got, wanted, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rows_kept", [0, 10**6])
@pytest.mark.parametrize("kernels", ["numba", "torch"])
@pytest.mark.parametrize("activation", ["identity", "relu", "tanh"])
def test_new_states_equal_the_formulas(
    activation: Activation, kernels: str, rows_kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGP_KERNELS", kernels)
    monkeypatch.setattr(update_cpu, "KEPT", rows_kept)
    monkeypatch.setattr(update_cpu, "ROWS", 7)
    torch.manual_seed(0)
    _, graph = _random_graph(0)
    layer = frontier(graph, np.array([1, 5, 9]), 2)[1]
    assert len(layer.carry) < layer.num_targets
    d = 5
    total, state = _leaf(layer.num_targets, d), _leaf(len(layer.carry), d)
    parameters = _leaf(d, d), _leaf(3 * d, d), _leaf(3 * d, d), _leaf(3 * d), _leaf(3 * d)
    ours = gated_update(total, state, GatedUnit(*parameters, activation, 0.0), layer, None)
    plain = reference_update(total, state, list(parameters), activation, torch.from_numpy(layer.carry))
    torch.testing.assert_close(ours, plain, rtol=1e-12, atol=1e-12)
    direction, leaves = torch.randn_like(plain), [total, state, *parameters]
    got = torch.autograd.grad((ours * direction).sum(), leaves)
    wanted = torch.autograd.grad((plain * direction).sum(), leaves)
    for mine, theirs in zip(got, wanted, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rows_kept", [0, 10**6])
def test_dropout_zeroes_its_share_and_nothing_flows_back_through_it(
    rows_kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With W and the input weights diagonal, candidate k depends on value k alone."""
    monkeypatch.setattr(update_cpu, "KEPT", rows_kept)
    _, graph = _random_graph(0)
    layer = frontier(graph, np.arange(N), 3)[2]
    d = 4
    total = torch.ones(layer.num_targets, d, requires_grad=True)
    eye, zero, none = torch.eye(d), torch.zeros(3 * d), torch.zeros(3 * d, d)
    unit = GatedUnit(eye, torch.cat([0 * eye, 0 * eye, eye]), none, zero, zero, "identity", 0.3)
    new = gated_update(total, torch.zeros(len(layer.carry), d), unit, layer, np.random.default_rng(0))
    gone = new == 0
    assert abs(gone.float().mean().item() - 0.3) < 0.02
    torch.testing.assert_close(new[~gone], torch.full_like(new[~gone], 0.5 * np.tanh(1 / 0.7)))
    (gradient,) = torch.autograd.grad(new.sum(), total)
    assert ((gradient == 0) == gone).all()


def _leaf(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def test_results_do_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_cpu, "ROWS", 64)
    _, graph = _random_graph(0, facts=5000)
    layer = frontier(graph, np.arange(N), 2)[1]
    torch.manual_seed(0)
    inputs = [torch.randn(s).requires_grad_() for s in ((len(layer.carry), 8), (2 * M + 1, 8))]
    inputs += [torch.randn(s).requires_grad_() for s in ((len(layer.carry), 3), (2 * M + 1, 3), (3,), (1,))]
    state, embedding, source, relation, weight, bias = inputs
    parameters = [torch.randn(s).requires_grad_() for s in ((8, 8), (24, 8), (24, 8), (24,), (24,))]
    combine, by_input, by_state, bias_input, bias_state = parameters
    unit = GatedUnit(combine, by_input, by_state, bias_input, bias_state, "relu", 0.2)
    before, results = thread_count(), []
    try:
        for count in (1, 2, 3):
            use_threads(count)
            with one_torch_thread():
                total, _ = attentive_sum(state, embedding, source, relation, weight, bias, layer)
                new = gated_update(total, state, unit, layer, np.random.default_rng(1))
                results.append([new, *torch.autograd.grad(new.square().sum(), [*inputs, *parameters])])
    finally:
        use_threads(before)
    for other in results[1:]:
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(results[0], other, strict=True))


def test_an_error_in_one_part_reaches_the_caller() -> None:
    def work(part: int) -> None:
        if part == 7:
            raise RuntimeError("part 7")

    with pytest.raises(RuntimeError, match="part 7"):
        run_chunks(work, 16, 10**6)


def test_chunks_cover_every_row_once() -> None:
    ptr = np.array([0, 0, 10_000, 10_001, 10_001, 25_000], dtype=np.int64)
    bounds = even_chunks(ptr)
    assert len(bounds) - 1 == 25_000 // 4096
    assert bounds[0] == 0
    assert bounds[-1] == 5
    assert (np.diff(bounds) >= 0).all()
