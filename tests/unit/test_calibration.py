"""Probabilities: they are what was drawn, and absent where nothing was held out."""

from __future__ import annotations

import numpy as np
import pytest

from graph_schema.triples import TripleSet
from tests.small_graphs import grandparents
from trainers.calibration import calibrate, log_softmax, platt, probability
from trainers.models.frequency import Frequency, FrequencyConfig
from trainers.prediction import Candidates


def test_platt_finds_the_slope_labels_were_drawn_with() -> None:
    draw = np.random.default_rng(0)
    values = draw.normal(-2, 2, 200_000)
    labels = draw.random(len(values)) < 1 / (1 + np.exp(-(1.5 * values + 0.7)))
    found = platt(values, labels)
    assert found is not None
    assert found.slope == pytest.approx(1.5, abs=0.03)
    assert found.intercept == pytest.approx(0.7, abs=0.03)
    assert probability(found, values).mean() == pytest.approx(labels.mean(), abs=0.002)


def test_separable_data_keep_a_finite_slope() -> None:
    found = platt(np.array([-3.0, -2.0, 2.0, 3.0]), np.array([False, False, True, True]))
    assert found is not None
    assert np.isfinite([found.slope, found.intercept]).all()


def test_log_softmax_leaves_excluded_candidates_out() -> None:
    scores = np.array([[1.0, 2.0, 3.0]])
    logs = log_softmax(scores, np.array([[False, False, True]]))
    assert np.exp(logs).sum() == pytest.approx(1.0)
    assert logs[0, 2] == -np.inf


def test_without_validation_there_is_no_probability() -> None:
    splits = grandparents()
    model = Frequency(FrequencyConfig(), splits.vocabulary.relations)
    model.answer_over(splits.known)
    nothing = TripleSet.of(splits.vocabulary, np.zeros((0, 3), dtype=np.int64))
    excluded = Candidates(splits.known, {}).excluded
    assert calibrate(model, excluded, nothing) is None
    assert calibrate(model, excluded, splits.valid) is not None
