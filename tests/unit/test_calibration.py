"""Probabilities: they are what was drawn, and absent where nothing was held out."""

from __future__ import annotations

import numpy as np
import pytest

from graph_schema.triples import TripleSet
from tests.small_graphs import grandparents
from trainers.answers import Candidates
from trainers.calibration import calibrate, log_softmax, platt, probability
from trainers.evaluation import Queries
from trainers.models.frequency import Frequency, FrequencyConfig


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


@pytest.mark.parametrize("positives", [30, 300])
def test_two_heaps_far_apart_are_told_apart(positives: int) -> None:
    values = np.concatenate([np.full(positives, -0.1), np.full(12_000, -7.0)])
    found = platt(values, values > -1)
    assert found is not None
    high, low = probability(found, np.array([-0.1, -7.0]))
    assert high > 0.95
    assert low < 0.001


def test_log_softmax_leaves_excluded_candidates_out() -> None:
    scores = np.array([[1.0, 2.0, 3.0]])
    logs = log_softmax(scores, np.array([[False, False, True]]))
    assert np.exp(logs).sum() == pytest.approx(1.0)
    assert logs[0, 2] == -np.inf


def test_without_validation_there_is_no_probability() -> None:
    splits = grandparents()
    model = Frequency(FrequencyConfig(), splits.vocabulary.relations)
    model.bind(splits.known)
    nothing = TripleSet.of(splits.vocabulary, np.zeros((0, 3), dtype=np.int64))
    excluded = Candidates(splits.known, {}).excluded
    assert calibrate(model, excluded, nothing) is None
    assert calibrate(model, excluded, splits.valid) is not None


def test_facts_kept_back_for_the_test_are_not_counted_as_false() -> None:
    splits = grandparents()

    class Knowing:
        """Finds what is true, the test's facts a little more likely than those of validation."""

        def score_tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
            scores = np.zeros((len(heads), splits.known.num_entities), dtype=np.float32)
            for facts, score in ((splits.valid, 6.0), (splits.test, 7.0)):
                scores[Queries.of(facts).mask(heads, relations, scores.shape[1])] = score
            return scores

    excluded, asked = Candidates(splits.known, {}).excluded, Queries.of(splits.valid)
    truth = asked.mask(asked.head, asked.relation, splits.known.num_entities)
    scores = Knowing().score_tails(asked.head, asked.relation)
    logs = log_softmax(scores, excluded(asked.head, asked.relation) & ~truth)[truth]
    given = []
    for aside in (None, splits.test):
        fitted = calibrate(Knowing(), excluded, splits.valid, aside=aside)
        assert fitted is not None
        given.append(probability(fitted, logs).mean())
    assert given[0] < 0.9 < 0.95 < given[1]
