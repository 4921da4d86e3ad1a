"""Compiled scores against plain torch in float64, gradients included; crops against models of their size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from trainers.embedding.model import EmbeddingModel
from trainers.embedding.scores import against_all, crop_scores
from trainers.kernels.block_scores.kernel import block_scores
from trainers.kernels.block_scores.loops import DOT, L1, L2, MODULUS, SCALED
from trainers.kernels.block_scores.torch import plain_block_scores
from trainers.kernels.log_total.kernel import log_total
from trainers.models.med import MED
from trainers.registry import available_models, load_model

EMBEDDINGS = [
    name
    for name in available_models()
    if issubclass(load_model(name), EmbeddingModel) and load_model(name) is not MED
]
RELATIONS = ("likes", "owns", "sees")


@settings(deadline=None, max_examples=60)
@given(
    kind=st.sampled_from([DOT, L1, L2, MODULUS, SCALED]),
    queries=st.integers(1, 9),
    groups=st.integers(1, 9),
    negatives=st.integers(0, 6),
    widths=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    seed=st.integers(0, 99),
)
def test_compiled_scores_and_gradients_are_those_of_the_formulas(
    kind: int, queries: int, groups: int, negatives: int, widths: list[int], seed: int
) -> None:
    draw = np.random.default_rng(seed)
    groups = -(-queries // -(-queries // min(groups, queries)))
    parts = 2 if kind == MODULUS else int(draw.integers(1, 3))
    bounds = np.array([0, *np.cumsum(widths)])
    shapes = ((queries, parts, bounds[-1]), (5, parts, bounds[-1]), (queries, parts, bounds[-1]))
    query, table, scale = (torch.tensor(draw.normal(size=s), requires_grad=True) for s in shapes)
    answer, drawn = draw.integers(0, 5, queries), draw.integers(0, 5, (groups, negatives))
    given_scale = scale if kind == SCALED else None
    inputs = [query, table, *([scale] if kind == SCALED else [])]
    ours = block_scores(query, table, answer, drawn, bounds, kind, given_scale)
    places = [torch.from_numpy(x) for x in (answer, drawn, bounds)]
    plain = plain_block_scores(query, given_scale, table, places[0], places[1], places[2], kind)
    torch.testing.assert_close(ours, plain)
    weight = torch.tensor(draw.normal(size=ours.shape))
    one, two = (torch.autograd.grad((x * weight).sum(), inputs) for x in (ours, plain))
    for a, b in zip(one, two, strict=True):
        torch.testing.assert_close(a, b)


def _model(name: str, dim: int, **more: Any) -> EmbeddingModel:
    """With vectors of seven entities, drawn."""
    kind = load_model(name)
    model = kind(kind.Config.model_validate({"dim": dim} | more), RELATIONS, seed=1)
    assert isinstance(model, EmbeddingModel)
    model.entities = tuple("abcdefg")
    model.network = model._initial()
    return model


@pytest.mark.parametrize("base", EMBEDDINGS)
@settings(deadline=None, max_examples=15)
@given(widths=st.sets(st.integers(1, 40), min_size=1, max_size=5), data=st.data())
def test_a_crop_is_the_model_of_that_size(base: str, widths: set[int], data: st.DataObject) -> None:
    ascending = tuple(sorted(widths))
    width = data.draw(st.sampled_from(ascending))
    full = _model("med", ascending[-1], base=base, widths=ascending)
    alone = _model(base, width)
    for table in ("entity", "relation"):
        vectors = getattr(full.network, table).detach()[:, :, :width]
        setattr(alone.network, table, nn.Parameter(vectors.clone()))
    crop = full.cropped(width)
    heads, relations = np.array([0, 3, 3, 6]), np.array([0, 2, 5, 4])
    assert type(crop) is type(alone)
    np.testing.assert_array_equal(crop.own_scores(heads, relations), alone.own_scores(heads, relations))
    np.testing.assert_array_equal(crop.embed(), full.embed()[:, : crop.embed().shape[1]])
    within = full.scores_at(ascending, heads, relations)[:, :, ascending.index(width)]
    np.testing.assert_allclose(within, alone.own_scores(heads, relations), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_sums_of_blocks_are_scores_of_crops(name: str) -> None:
    model = _model(name, 60)
    widths = (1, 7, 20, 59, 60)
    heads, relations = np.array([1, 2]), np.array([1, 3])
    found = model.scores_at(widths, heads, relations)
    for place, width in enumerate(widths):
        alone = model.cropped(width).own_scores(heads, relations)
        np.testing.assert_allclose(found[:, :, place], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("backend", ["numba", "torch"])
@pytest.mark.parametrize("name", EMBEDDINGS)
def test_queries_against_all_are_scored_as_each(
    name: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _model(name, 12)
    heads, relations, widths, factors = np.array([1, 2, 2]), np.array([1, 3, 0]), (5, 12), (2.4, 1.0)
    of, answers = np.array([0, 0, 1, 2]), np.array([4, 0, 6, 2])
    scores = model.scores_at(widths, heads, relations) * np.array(factors)
    monkeypatch.setenv("KGP_KERNELS", backend)
    h, r = torch.from_numpy(heads), torch.from_numpy(relations)
    entity, relation = model.network.entity.detach(), model.network.relation.detach()
    found = against_all(model.score, entity[h], relation[r], entity, of, answers, widths, factors)
    for what, wanted in (
        (found.total, np.logaddexp.reduce(scores, axis=1)),
        (found.own, scores[of, answers]),
        (found.mean, scores.mean(axis=1)),
    ):
        np.testing.assert_allclose(what, wanted, rtol=1e-5, atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(queries=st.integers(1, 5), rows=st.integers(1, 40), width=st.integers(1, 6), seed=st.integers(0, 99))
def test_totals_and_their_gradients_are_those_of_the_formula(
    queries: int, rows: int, width: int, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    query, table = (
        torch.tensor(30 * draw.normal(size=(n, width)), requires_grad=True) for n in (queries, rows)
    )
    ours, plain = log_total(query, table), torch.logsumexp(query @ table.T, dim=1)
    torch.testing.assert_close(ours, plain)
    weight = torch.tensor(draw.normal(size=queries))
    one, two = (torch.autograd.grad((x * weight).sum(), [query, table]) for x in (ours, plain))
    for a, b in zip(one, two, strict=True):
        torch.testing.assert_close(a, b)


def test_groups_share_what_is_drawn() -> None:
    model = _model("distmult", 4)
    tables = model.network
    head, relation = tables.entity[torch.tensor([0, 1, 2])], tables.relation[torch.tensor([0, 1, 2])]
    answer, drawn = np.array([3, 4, 5]), np.array([[6, 0], [1, 2]])
    given = (model.score, head, relation, tables.entity, answer)
    shared = crop_scores(*given, drawn, (4,))
    apart = crop_scores(*given, drawn[[0, 0, 1]], (4,))
    torch.testing.assert_close(shared, apart)
