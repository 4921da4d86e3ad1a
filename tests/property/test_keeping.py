"""Adaptive propagation: what is kept, and that keeping all is the exact model."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_schema.triples import TripleSet, Vocabulary
from trainers.kernels import MessageGraph, frontier, keep_best
from trainers.kernels.keeping.kernel import cut_queries
from trainers.kernels.keeping.reference import reference_keep
from trainers.models.red_gnn import RedGNN, RedGNNConfig

N, M, LAYERS = 40, 2, 3
VOCABULARY = Vocabulary(tuple(f"e{i:02d}" for i in range(N)), ("r", "s"))

facts = st.sets(
    st.tuples(st.integers(0, N - 1), st.integers(0, M - 1), st.integers(0, N - 1)), min_size=1, max_size=120
)
queries = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, 2 * M - 1)), min_size=1, max_size=6)


def network(keep: int | None, rows: set[tuple[int, int, int]]) -> RedGNN:
    model = RedGNN(RedGNNConfig(dim=8, layers=LAYERS, dropout=0.0), VOCABULARY.relations, seed=1)
    if keep is not None:
        other = RedGNN(
            RedGNNConfig(dim=8, layers=LAYERS, dropout=0.0, keep=keep), VOCABULARY.relations, seed=2
        )
        other.network.load_state_dict(model.network.state_dict(), strict=False)
        model = other
    model.bind(TripleSet.of(VOCABULARY, np.array(sorted(rows))))
    return model


def gradients(model: RedGNN, heads: np.ndarray, relations: np.ndarray) -> dict[str, torch.Tensor]:
    noise = np.random.default_rng(0)
    answers = np.full(len(heads), 3)
    model.loss(heads, relations, np.arange(len(heads) + 1), answers, noise).backward()  # type: ignore[no-untyped-call]
    return {name: p.grad for name, p in model.network.named_parameters() if p.grad is not None}


@given(facts, queries)
@settings(max_examples=40, deadline=None)
def test_keeping_all_is_the_exact_model(
    rows: set[tuple[int, int, int]], asked: list[tuple[int, int]]
) -> None:
    heads, relations = np.array(asked).T.copy()
    exact, kept = network(None, rows), network(N, rows)
    np.testing.assert_array_equal(exact.score_tails(heads, relations), kept.score_tails(heads, relations))
    ours, theirs = gradients(exact, heads, relations), gradients(kept, heads, relations)
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name], rtol=1e-4, atol=1e-6)


@given(facts, queries, st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_what_is_kept_does_not_depend_on_the_batch(
    rows: set[tuple[int, int, int]], asked: list[tuple[int, int]], keep: int
) -> None:
    heads, relations = np.array(asked).T.copy()
    model = network(keep, rows)
    together, _ = model.network.attentions(model.graph, heads, torch.from_numpy(relations))
    for i in range(len(heads)):
        alone, _ = model.network.attentions(
            model.graph, heads[i : i + 1], torch.from_numpy(relations[i : i + 1])
        )
        for whole, single in zip(together, alone, strict=True):
            cut = slice(int(whole.query_ptr[i]), int(whole.query_ptr[i + 1]))
            assert whole.entity[cut].tolist() == single.entity.tolist()
    rows_alone = [model.score_tails(heads[i : i + 1], relations[i : i + 1]) for i in range(len(heads))]
    np.testing.assert_allclose(
        model.score_tails(heads, relations), np.concatenate(rows_alone), rtol=1e-4, atol=1e-6
    )


@given(facts, queries, st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_best_new_pairs_go_on_and_all_that_were_kept(
    rows: set[tuple[int, int, int]], asked: list[tuple[int, int]], most: int, dice: st.DataObject
) -> None:
    heads = np.array(asked)[:, 0].copy()
    layer = frontier(MessageGraph.over(VOCABULARY, np.array(sorted(rows))), heads, 2)[1]
    score = np.array([dice.choice([0.0, 0.5, 1.0]) for _ in range(layer.num_targets)], np.float32)  # type: ignore[attr-defined]
    kept = keep_best(layer, score, most)
    expected = reference_keep(layer.query.tolist(), set(layer.carry.tolist()), score.tolist(), most)
    assert set(np.flatnonzero(kept).tolist()) == expected
    fewer = layer.only(kept)
    assert fewer.entity.tolist() == layer.entity[kept].tolist()
    np.testing.assert_array_equal(fewer.entity[fewer.carry], layer.entity[layer.carry])
    for after, before in enumerate(np.flatnonzero(kept)):
        ours = slice(int(fewer.target_ptr[after]), int(fewer.target_ptr[after + 1]))
        theirs = slice(int(layer.target_ptr[before]), int(layer.target_ptr[before + 1]))
        for name in ("source", "relation", "fact"):
            np.testing.assert_array_equal(getattr(fewer, name)[ours], getattr(layer, name)[theirs])
    cut = cut_queries(layer, most)
    assert [bool(c) for c in cut] == [
        (fewer.query == q).sum() < (layer.query == q).sum() for q in range(len(heads))
    ]


@given(facts, queries, st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_a_cut_query_teaches_what_to_keep(
    rows: set[tuple[int, int, int]], asked: list[tuple[int, int]], keep: int
) -> None:
    """The score of new pairs gets a gradient where pairs were left behind, and only there."""
    heads, relations = np.array(asked).T.copy()
    model = network(keep, rows)
    found = gradients(model, heads, relations)
    whole = frontier(model.graph, heads, LAYERS)
    if not any(cut_queries(layer, keep).any() for layer in whole):
        assert not any(name.startswith("promise") for name in found)
    elif cut_queries(whole[0], keep).any():
        assert any(name.startswith("promise.0") for name in found)


def test_what_is_switched_off_is_not_there_for_what_goes_on() -> None:
    """What-if with adaptive propagation: as over a graph without the facts."""
    rows = {(i, j % M, (i * 5 + j) % N) for i in range(N) for j in range(3)}
    model, heads, relations = network(2, rows), np.array([1, 7]), np.array([0, 3])
    gone = model.score_without(heads, relations, [[0, 4], [0, 4]])
    rest = np.delete(np.array(sorted(rows)), [0, 4], axis=0)
    model.bind(TripleSet.of(VOCABULARY, rest))
    np.testing.assert_allclose(gone, model.score_tails(heads, relations), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("keep", [1, 3])
def test_evidence_and_neighbourhood_are_of_what_was_kept(keep: int) -> None:
    rows = {(i, j % M, (i * 5 + j) % N) for i in range(N) for j in range(3)}
    model, heads, relations = network(keep, rows), np.array([1, 7]), np.array([0, 3])
    steps, _ = model.network.attentions(model.graph, heads, torch.from_numpy(relations))
    known = [set(facts.tolist()) for facts in model.neighbourhood(heads, relations)]
    answers = [steps[-1].entity[steps[-1].query == q].tolist() for q in range(2)]
    for query, of_query in enumerate(model.best_paths(heads, relations, answers, 2)):
        for paths in of_query:
            assert all(set(path.facts) <= known[query] for path in paths)
    total = sum(map(len, known))
    assert 0 < total < 2 * len(rows)
