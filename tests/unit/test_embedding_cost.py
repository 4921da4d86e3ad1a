"""What an embedding model says beforehand that it will take, and the settings it chooses."""

from __future__ import annotations

import numpy as np
import pytest

from graph_schema.triples import Splits, TripleSet, Vocabulary
from tests.small_graphs import grandparents
from trainers.embedding.model import MANY, EmbeddingModel
from trainers.registry import load_model


@pytest.mark.parametrize(("name", "against"), [("complex", None), ("rotate", 5), ("med", 5)])
def test_what_an_epoch_takes_is_told_of_a_step(name: str, against: int | None) -> None:
    splits = grandparents()
    kind = load_model(name)
    settings = {"negatives": 5} | ({"widths": (3, 6)} if name == "med" else {"dim": 6})
    model = kind(kind.Config.model_validate(settings), splits.vocabulary.relations)
    cost = model.cost(splits)
    assert cost is not None
    both_ways = 2 * len(splits.known)
    assert cost.queries <= both_ways
    assert cost.messages == (against or splits.known.num_entities) + 1
    assert cost.unit == "scores"
    assert cost.seconds > 0
    assert cost.memory > 4 * 2 * 6 * splits.known.num_entities
    assert model.entities == ()


def test_the_clock_is_read_around_the_second_step() -> None:
    from trainers.embedding.costing import cost_of
    from trainers.embedding.learner import EmbeddingLearner

    splits = grandparents()
    kind = load_model("rotate")
    model = kind(kind.Config.model_validate({"dim": 3, "batch_size": 20}), splits.vocabulary.relations)
    assert isinstance(model, EmbeddingModel)
    model.entities = tuple(splits.vocabulary.entities)
    model.bind(splits.known)
    model.network = model._initial()
    learner = EmbeddingLearner.of(model, splits)
    ticks = iter([0.0, 9.0, 10.0, 12.0, 20.0, 20.5])
    cost = cost_of(learner, model, clock=lambda: next(ticks))
    steps = round(len(learner.queries.answer) / 20)
    ranked = 2 * len(learner.validation.targets) / min(4, len(learner.queries))
    assert cost.seconds == pytest.approx(2 * steps + 0.5 * ranked)


def test_defaults_draw_where_all_would_take_too_long() -> None:
    names = tuple(f"{i:06}" for i in range(40_000))
    draw = np.random.default_rng(0)
    rows = np.stack(
        [
            draw.integers(0, 40_000, MANY + 500),
            np.zeros(MANY + 500, int),
            draw.integers(0, 40_000, MANY + 500),
        ],
        1,
    )
    known = TripleSet.of(Vocabulary(names, ("likes",)), rows)
    nothing = TripleSet.of(known.vocabulary, np.zeros((0, 3), np.int64))
    splits = Splits(known, nothing, nothing, np.zeros(40_000, np.int64), ("Thing",), "large")
    kind = load_model("complex")
    assert issubclass(kind, EmbeddingModel)
    assert kind.default_config(splits, epoch_seconds=1000.0).loss == "one_vs_all"
    assert kind.default_config(splits, epoch_seconds=10.0).loss == "cross_entropy"
    assert kind.default_config(grandparents()).loss == "one_vs_all"
