"""TransE against its formula, and what it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from graph_schema.triples import Splits, TripleSet, Vocabulary
from tests.small_graphs import silent
from trainers.evaluation import rank
from trainers.models.frequency import Frequency, FrequencyConfig
from trainers.models.transe import TransE, TransEConfig, TranslationLearner


def _grid(side: int = 6) -> Splits:
    """Places by row and column, each with those `down`, `right` and `down right` of it; two that are `level`.

    A fifth of what is `down right` is held out.
    """
    names = tuple(f"{row}{column}" for row in range(side) for column in range(side))
    vocabulary = Vocabulary(names, ("down", "down right", "level", "right"), frozenset({"level"}))
    inner = [row * side + column for row in range(side - 1) for column in range(side - 1)]
    steps = ((0, side), (1, side + 1), (3, 1))
    rows = [(place, relation, place + far) for relation, far in steps for place in inner]
    held = rows[len(inner) : 2 * len(inner) : 5]
    known = TripleSet.of(vocabulary, np.array([(0, 2, 5), *(row for row in rows if row not in held)]))
    nothing = TripleSet.of(vocabulary, np.zeros((0, 3), np.int64))
    test = TripleSet.of(vocabulary, np.array(held))
    return Splits(known, nothing, test, np.zeros(len(names), np.int64), ("Place",), "grid")


def _model(splits: Splits, **settings: float) -> TransE:
    return TransE(TransEConfig.model_validate(settings), splits.vocabulary.relations, seed=2)


@pytest.mark.parametrize("norm", [1, 2])
def test_it_computes_the_published_score(norm: Literal[1, 2]) -> None:
    splits = _grid()
    model = _model(splits, norm=norm, dim=7, epochs=1)
    model.fit(splits, progress=silent)
    entity, relation = (model.tensors()[name].numpy() for name in ("entity", "relation"))
    heads, relations = np.array([3, 29, 0]), np.array([0, 2, 7])
    found = model.score_tails(heads, relations)
    for row, (h, r) in enumerate(zip(heads, relations, strict=True)):
        far = np.linalg.norm(entity[h] + relation[r] - entity, ord=norm, axis=1)
        np.testing.assert_allclose(found[row], -far, rtol=1e-5)
    np.testing.assert_array_equal(model.embed(), entity)


def test_the_loss_is_the_cross_entropy_of_each_answer_among_entities_that_are_none() -> None:
    splits = _grid()
    model = _model(splits, dim=5, negatives=10_000, batch_size=10_000, epochs=1)
    model.fit(splits, progress=silent)
    learner = TranslationLearner.of(model, splits)
    (step,) = learner.steps(np.random.default_rng(0))
    queries, wanted = learner.queries, 0.0
    scores = model.score_tails(queries.head, queries.relation).astype(np.float64)
    for row in range(len(queries)):
        answers = queries.answer[queries.ptr[row] : queries.ptr[row + 1]]
        others = np.exp(np.delete(scores[row], answers)).sum()
        wanted -= sum(np.log(np.exp(scores[row, a]) / (np.exp(scores[row, a]) + others)) for a in answers)
    assert (step.terms, step.share) == (len(queries.answer), 1.0)
    assert float(step.loss.detach()) == pytest.approx(wanted, rel=1e-4)


def test_a_symmetric_relation_answers_the_same_both_ways(tmp_path: Path) -> None:
    splits = _grid()
    model, m = _model(splits, dim=8, epochs=3), len(splits.vocabulary.relations)
    model.fit(splits, progress=silent)
    model.save(tmp_path)
    again = TransE.load(tmp_path)
    again.bind(splits.known)
    heads = np.arange(len(splits.vocabulary.entities))
    for name, relation in splits.vocabulary.relation_ids.items():
        forth, back = (
            again.score_tails(heads, np.full_like(heads, asked)) for asked in (relation, relation + m)
        )
        assert np.array_equal(forth, back) == (name == "level")


def test_it_learns_what_counting_cannot() -> None:
    splits = _grid()
    model = _model(splits, dim=16, epochs=150, learning_rate=0.02, batch_size=32, norm=2)
    model.fit(splits, progress=silent)
    counting = Frequency(FrequencyConfig(), splits.vocabulary.relations)
    counting.bind(splits.known)
    true = splits.all_true()
    mrr = rank(model, splits.test, true).metrics()["mrr"]
    assert mrr > 0.5
    assert mrr > 3 * rank(counting, splits.test, true).metrics()["mrr"]


def test_drawing_is_not_from_a_global() -> None:
    splits = _grid()
    torch.manual_seed(1)
    one = _model(splits, epochs=2, negatives=5)
    one.fit(splits, progress=silent)
    torch.manual_seed(2)
    np.random.seed(2)
    two = _model(splits, epochs=2, negatives=5)
    two.fit(splits, progress=silent)
    np.testing.assert_array_equal(one.embed(), two.embed())
