"""Probabilities: they are what was drawn, and absent where nothing was held out."""

from __future__ import annotations

import numpy as np
import pytest

from graph_schema.records import Calibration
from graph_schema.triples import TripleSet, Vocabulary
from tests.small_graphs import grandparents
from tests.unit.dense import excluded, log_softmax
from trainers.answers import Candidates
from trainers.calibration import calibrate, logistic, probability
from trainers.evaluation import Queries
from trainers.models.frequency import Frequency, FrequencyConfig


def _fit(values: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    design = np.stack([np.ones(len(values)), values], axis=1)
    found = logistic(design, labels, np.zeros(2))
    assert found is not None
    return float(found[0]), float(found[1])


def test_it_finds_the_slope_labels_were_drawn_with() -> None:
    draw = np.random.default_rng(0)
    values = draw.normal(-2, 2, 200_000)
    labels = draw.random(len(values)) < 1 / (1 + np.exp(-(1.5 * values + 0.7)))
    intercept, slope = _fit(values, labels)
    assert slope == pytest.approx(1.5, abs=0.03)
    assert intercept == pytest.approx(0.7, abs=0.03)


def test_separable_data_keep_a_finite_slope() -> None:
    assert np.isfinite(_fit(np.array([-3.0, -2.0, 2.0, 3.0]), np.array([False, False, True, True]))).all()


@pytest.mark.parametrize("positives", [30, 300])
def test_two_heaps_far_apart_are_told_apart(positives: int) -> None:
    values = np.concatenate([np.full(positives, -0.1), np.full(12_000, -7.0)])
    intercept, slope = _fit(values, values > -1)
    high, low = 1 / (1 + np.exp(-(slope * np.array([-0.1, -7.0]) + intercept)))
    assert high > 0.95
    assert low < 0.001


def test_a_probability_is_read_off_the_query_too() -> None:
    fit = Calibration(
        slope=1, intercept=-1, answers=9, usual=-1, unanswered=2, unanswered_usual=0,
        relations={"r": 0.25, "s": 0.0},
    )  # fmt: skip
    logs, asked = np.array([0.0, -3.0]), np.array([0.0, 0.5, 1.0, 0.5])
    of_r, of_s = (probability(fit, logs, asked, name) for name in "rs")
    np.testing.assert_allclose(of_r, 1 / (1 + np.exp(-(logs - 1 + 2 - 0.5 + 0.25))))
    np.testing.assert_allclose(of_s, 1 / (1 + np.exp(-(logs - 1 + 2 - 0.5))))


def test_without_validation_there_is_no_probability() -> None:
    splits = grandparents()
    model = Frequency(FrequencyConfig(), splits.vocabulary.relations)
    model.bind(splits.known)
    nothing = TripleSet.of(splits.vocabulary, np.zeros((0, 3), dtype=np.int64))
    candidates = Candidates(splits.known, {})
    assert calibrate(model, candidates, nothing, queries=100, top=10) is None
    assert calibrate(model, candidates, splits.valid, queries=100, top=10) is not None


def test_facts_kept_back_for_the_test_are_not_counted_as_false() -> None:
    splits = grandparents()

    class Knowing:
        """Finds what is true, the test's facts a little more likely than those of validation."""

        def score_tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
            scores = np.zeros((len(heads), splits.known.num_entities), dtype=np.float32)
            for facts, score in ((splits.valid, 6.0), (splits.test, 7.0)):
                scores[Queries.of(facts).mask(heads, relations, scores.shape[1])] = score
            return scores

    candidates, asked = Candidates(splits.known, {}), Queries.of(splits.valid)
    relation = splits.vocabulary.relation("grandparent")
    here = asked.relation == relation
    heads, relations = asked.head[here], asked.relation[here]
    truth = asked.mask(heads, relations, splits.known.num_entities)
    logs = log_softmax(
        Knowing().score_tails(heads, relations), excluded(candidates, heads, relations) & ~truth
    )
    answered = candidates.answered(heads, relations)
    given = []
    for aside in (None, splits.test):
        fitted = calibrate(Knowing(), candidates, splits.valid, queries=100, top=10, aside=aside)
        assert fitted is not None
        rows = [
            probability(fitted, row[t], a, "grandparent")
            for row, t, a in zip(logs, truth, answered, strict=True)
        ]
        given.append(np.concatenate(rows).mean())
    assert given[0] < 0.7 < 0.85 < given[1], given


def test_queries_without_a_missing_answer_lower_what_is_given() -> None:
    """Everybody has one parent-like answer; of those who have it already, no other is likely."""
    names = [f"e{i:03}" for i in range(100)]
    vocabulary = Vocabulary.of(names, ["is", "near"])
    rows = np.array([[i, 0, i - i % 20] for i in range(100) if i % 20])
    near = np.array([[i, 1, (i + 1) % 100] for i in range(100)])
    held = np.arange(len(rows)) % 5 == 0
    known = TripleSet.of(vocabulary, np.concatenate([rows[~held], near]))
    valid = TripleSet.of(vocabulary, rows[held])

    class Sure:
        """Finds the right answer, whether it is known or not."""

        def score_tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
            scores = np.zeros((len(heads), 100), dtype=np.float32)
            scores[np.arange(len(heads)), heads - heads % 20] = 9.0
            scores[np.arange(len(heads)), (heads + 7) % 100] = 6.0
            return scores

    candidates = Candidates(known, {2: np.arange(100) % 20 > 0})
    heads = np.arange(1, 20)
    fitted = calibrate(Sure(), candidates, valid, queries=100, top=10)
    assert fitted is not None
    relations = np.zeros(len(heads), dtype=np.int64)
    logs = log_softmax(Sure().score_tails(heads, relations), excluded(candidates, heads, relations))
    answered = candidates.answered(heads, relations)
    best = [
        probability(fitted, row.max(keepdims=True), a, "is")[0] for row, a in zip(logs, answered, strict=True)
    ]
    assert fitted.relations.keys() == {"is"}, "nobody knows what `near` lacks"
    lacks = answered[:, 2] == 1
    assert np.min(np.array(best)[lacks]) > 0.8
    assert np.max(np.array(best)[~lacks]) < 0.1
