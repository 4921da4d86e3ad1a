"""MED: its losses against their formulas, and what one training gives at every width."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from graph_schema.errors import UsageError
from tests.small_graphs import grandparents, silent
from trainers.cropping import at_width
from trainers.embedding.losses import self_adversarial
from trainers.embedding.nesting import Nested
from trainers.embedding.scores import crop_scores
from trainers.models.med import MED, MEDConfig
from trainers.models.rotate import RotatE, RotatEConfig

WIDTHS = (2, 4, 10)


def _settings(**more: Any) -> MEDConfig:
    return MEDConfig.model_validate({"widths": WIDTHS, "margin": 2.0, "mutual": 0.0} | more)


def _loss(
    settings: MEDConfig, scores: torch.Tensor, true: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    return Nested(settings, MED.scored(settings).kind, weights).drawn(scores, true)


@pytest.fixture
def scores() -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    return -torch.rand(4, 1 + 6, len(WIDTHS), generator=draw, dtype=torch.float64)


@pytest.fixture
def true() -> torch.Tensor:
    return torch.arange(24).reshape(4, 6) % 7 == 0


ONES = torch.ones(3, dtype=torch.float64)


def test_crops_are_raised_to_the_level_of_the_whole(scores: torch.Tensor, true: torch.Tensor) -> None:
    factors = torch.tensor([10 / w for w in WIDTHS], dtype=torch.float64)
    wanted = self_adversarial(scores * factors, true, 2.0, 1.0).sum() / 3
    torch.testing.assert_close(_loss(_settings(), scores, true, ONES), wanted)
    raw = self_adversarial(scores, true, 2.0, 1.0).sum() / 3
    torch.testing.assert_close(_loss(_settings(calibrated=False), scores, true, ONES), raw)


def test_mutual_learning_is_huber_between_adjacent_crops(scores: torch.Tensor, true: torch.Tensor) -> None:
    settings = _settings(calibrated=False, mutual=0.3)
    apart = (scores[:, :, 1:] - scores[:, :, :-1]).abs()
    huber = torch.where(apart <= 1, apart**2 / 2, apart - 0.5).mean(dim=1).sum() / 3
    plain = _loss(_settings(calibrated=False), scores, true, ONES)
    torch.testing.assert_close(_loss(settings, scores, true, ONES), plain + 0.3 * huber)


def test_a_gradient_reaches_both_sides_of_mutual_learning(scores: torch.Tensor, true: torch.Tensor) -> None:
    scores.requires_grad_()
    with_it, without = (_loss(_settings(mutual=m), scores, true, ONES) for m in (1.0, 0.0))
    (difference,) = torch.autograd.grad(with_it - without, scores)
    assert (difference.abs().sum(dim=(0, 1)) > 0).all()


def test_evolutionary_weights_as_published(scores: torch.Tensor, true: torch.Tensor) -> None:
    settings = _settings(calibrated=False, evolutionary="published")
    s, gone = (2.0 + scores).numpy(), true.numpy()
    total = 0.0
    for crop in range(3):
        positive = np.full(4, 1 / 4)
        negative = (~gone) / (~gone).sum()
        if crop:
            positive = np.exp(1 / s[:, 0, crop - 1])
            negative = np.exp(s[:, 1:, crop - 1]) * ~gone
            positive, negative = positive / positive.sum(), negative / negative.sum()
        sigmoid = 1 / (1 + np.exp(-s[:, :, crop]))
        total -= (positive * np.log(sigmoid[:, 0])).sum() + (negative * np.log(1 - sigmoid[:, 1:])).sum()
    found = float(_loss(settings, scores, true, ONES))
    assert found == pytest.approx(4 * total / 3)


def test_weights_that_are_learned_have_finite_gradients(scores: torch.Tensor, true: torch.Tensor) -> None:
    for start in (1.0, -0.7):
        weights = torch.full((3,), start, dtype=torch.float64, requires_grad=True)
        settings = _settings(calibrated=False, evolutionary="published", dynamic="published")
        loss = _loss(settings, scores, true, weights)
        (slope,) = torch.autograd.grad(loss, weights)
        assert torch.isfinite(loss)
        assert torch.isfinite(slope).all()
        assert (slope != 0).all()


@pytest.mark.parametrize("base", ["transe", "rotate", "pair_re"])
def test_calibrated_distances_are_alike_at_every_width(base: str) -> None:
    widths = (16, 64, 512)
    model = MED(MEDConfig.model_validate({"base": base, "widths": widths}), ("likes",), seed=0)
    model.entities = tuple(f"{i}" for i in range(60))
    model.network = model._initial()
    heads, relations = np.arange(20), np.zeros(20, dtype=np.int64)
    objective = model.objective
    means = model.scores_at(widths, heads, relations).mean(axis=(0, 1)) * np.array(objective.factors)
    assert means.min() / means.max() == pytest.approx(1.0, abs=0.15)


def test_corrected_weights_favour_the_worst_positives_and_are_half_even(
    scores: torch.Tensor, true: torch.Tensor
) -> None:
    settings = _settings(evolutionary="corrected", calibrated=False)
    scores[1, 0, 0] = -9.0
    scores.requires_grad_()
    (slope,) = torch.autograd.grad(_loss(settings, scores, true, ONES), scores)
    second = slope[:, 0, 1].abs() * 3 / (4 * torch.sigmoid(-(2.0 + scores.detach()[:, 0, 1])))
    assert int(second.argmax()) == 1
    assert float(second.min()) >= 0.125 - 1e-9


def test_no_gradient_reaches_a_smaller_crop_through_the_weights(
    scores: torch.Tensor, true: torch.Tensor
) -> None:
    scores.requires_grad_()
    settings = _settings(evolutionary="published", calibrated=False)
    (whole,) = torch.autograd.grad(_loss(settings, scores, true, ONES), scores)
    first = 2.0 + scores.detach()[:, :, 0]
    wanted = -torch.sigmoid(-first[:, 0]) / 3
    torch.testing.assert_close(whole[:, 0, 0], wanted)


def test_published_weights_have_a_degenerate_optimum(scores: torch.Tensor, true: torch.Tensor) -> None:
    """The loss alone drives w₃ down, so that the losses of crops vanish; held still it does not."""
    for form, falls in (("published", True), ("corrected", False)):
        weights = torch.ones(3, dtype=torch.float64, requires_grad=True)
        loss = _loss(_settings(dynamic=form), scores, true, weights)
        if falls:
            (slope,) = torch.autograd.grad(loss, weights)
            assert slope[2] > 0
        else:
            assert not loss.requires_grad


def test_one_width_is_the_base_model() -> None:
    splits = grandparents()
    settings = {"epochs": 4, "dim": 6, "batch_size": 8, "learning_rate": 0.05}
    base = RotatE(RotatEConfig.model_validate(settings), splits.vocabulary.relations, seed=3)
    med = MED(MEDConfig.model_validate(settings | {"widths": (6,)}), splits.vocabulary.relations, seed=3)
    for model in (base, med):
        model.fit(splits, progress=silent)
    np.testing.assert_allclose(med.embed(), base.embed(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("base", ["rotate", "complex", "pair_re"])
def test_a_crops_loss_moves_its_own_coordinates_alone(base: str) -> None:
    model = MED(_settings(base=base, loss="self_adversarial"), ("likes",), seed=0)
    model.entities = tuple("abcde")
    model.network = network = model._initial()
    ids = torch.tensor([0, 1])
    given = (model.score, network.entity[ids], network.relation[ids], network.entity)
    scores = crop_scores(*given, np.array([2, 3]), np.array([[4, 0, 1], [3, 2, 1]]), WIDTHS)
    for place, width in enumerate(WIDTHS):
        (slope,) = torch.autograd.grad(scores[:, :, place].sum(), network.entity, retain_graph=True)
        assert (slope[:, :, :width] != 0).any(dim=1).all(dim=1).any()
        assert not slope[:, :, width:].any()


def test_a_width_that_was_not_trained_is_refused_with_those_that_were() -> None:
    splits = grandparents()
    model = MED(_settings(epochs=1), splits.vocabulary.relations, seed=0)
    model.fit(splits, progress=silent)
    assert model.cropped(4).settings.dim == 4
    assert at_width("med", model, 10) is model
    with pytest.raises(
        UsageError, match="3 dimensions of 'med'; wanted one that it was trained to: 2, 4, 10"
    ):
        at_width("med", model, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"widths": (8, 4)}, "ascending"),
        ({"widths": (4, 4)}, "ascending"),
        ({"widths": (0, 4)}, "ascending"),
        ({"widths": ()}, "at least 1"),
        ({"widths": (4, 8), "dim": 16}, "wanted 8"),
        ({"base": "complex", "evolutionary": "corrected"}, "one_vs_all"),
        ({"base": "red_gnn"}, "base"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MEDConfig.model_validate(settings)


def test_defaults_are_those_of_the_base() -> None:
    assert MEDConfig.model_validate({"base": "complex"}).loss == "one_vs_all"
    rotate = MEDConfig()
    assert (rotate.loss, rotate.margin, rotate.dim) == ("self_adversarial", 9.0, 512)
