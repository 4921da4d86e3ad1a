"""Embedding models against their formulas, and what they learn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import logsigmoid

from graph_schema.triples import Splits, TripleSet, Vocabulary
from tests.small_graphs import silent
from trainers.embedding.learner import EmbeddingLearner
from trainers.embedding.model import EmbeddingModel
from trainers.embedding.negatives import one_way
from trainers.evaluation import rank
from trainers.models.frequency import Frequency, FrequencyConfig
from trainers.registry import load_model
from trainers.training.loop import Step


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


def _model(name: str, splits: Splits, **settings: Any) -> EmbeddingModel:
    kind = load_model(name)
    model = kind(kind.Config.model_validate(settings), splits.vocabulary.relations, seed=2)
    assert isinstance(model, EmbeddingModel)
    return model


def _length(x: Any) -> Any:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _complex(x: Any) -> Any:
    return x[:, 0] + 1j * x[:, 1]


SCORES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "transe": lambda h, r, t: -np.abs(h[:, 0] + r[0] - t[:, 0]).sum(1),
    "distmult": lambda h, r, t: (h * r * t).sum((1, 2)),
    "complex": lambda h, r, t: (_complex(h) * (r[0] + 1j * r[1]) * _complex(t).conj()).real.sum(1),
    "simple": lambda h, r, t: (h[:, 0] * r[0] * t[:, 1] + t[:, 0] * r[1] * h[:, 1]).sum(1) / 2,
    "rotate": lambda h, r, t: -np.abs(_complex(h) * np.exp(1j * r[0]) - _complex(t)).sum(1),
    "pair_re": lambda h, r, t: -np.abs(_length(h[:, 0]) * r[0] - _length(t[:, 0]) * r[1]).sum(1),
}
"""The published scores of (1, c, d) heads, (c', d) relations and (N, c, d) tails."""


@pytest.mark.parametrize("name", SCORES)
def test_it_computes_the_published_score(name: str) -> None:
    splits = _grid()
    model = _model(name, splits, dim=7, epochs=1)
    model.fit(splits, progress=silent)
    entity, relation = (model.tensors()[table].numpy().astype(float) for table in ("entity", "relation"))
    heads, relations = np.array([3, 29, 0]), np.array([0, 2, 7])
    found = model.score_tails(heads, relations)
    for row, (h, r) in enumerate(zip(heads, relations, strict=True)):
        np.testing.assert_allclose(
            found[row], SCORES[name](entity[h : h + 1], relation[r], entity), rtol=1e-4, atol=1e-5
        )
    np.testing.assert_array_equal(
        model.embed().reshape(len(entity), 7, -1).astype(float), entity.transpose(0, 2, 1)
    )


def test_the_square_root_is_taken_of_the_sum() -> None:
    splits = _grid()
    model = _model("transe", splits, norm=2, dim=7, epochs=1)
    model.fit(splits, progress=silent)
    entity, relation = (model.tensors()[table].numpy()[:, 0] for table in ("entity", "relation"))
    far = np.linalg.norm(entity[3] + relation[1] - entity, axis=1)
    np.testing.assert_allclose(model.score_tails(np.array([3]), np.array([1]))[0], -far, rtol=1e-5)


def _step(name: str, **settings: Any) -> tuple[EmbeddingLearner, Step]:
    """The one step of an epoch in which everybody is drawn, of a model that has learned a little."""
    splits = _grid()
    many = {"dim": 5, "negatives": 10_000, "shared": 10_000, "batch_size": 10_000, "epochs": 1}
    model = _model(name, splits, **(many | settings))
    model.fit(splits, progress=silent)
    learner = EmbeddingLearner.of(model, splits)
    (step,) = learner.steps(np.random.default_rng(0))
    return learner, step


def _by_answer(learner: EmbeddingLearner) -> Iterator[tuple[Any, int, Any]]:
    """Of each query and each answer the scores of all, the answer and who else is none."""
    queries = learner.queries
    assert isinstance(learner.model, EmbeddingModel)
    scores = learner.model.score_tails(queries.head, queries.relation).astype(np.float64)
    for row in range(len(queries)):
        answers = queries.answer[queries.ptr[row] : queries.ptr[row + 1]]
        for answer in answers:
            yield scores[row], int(answer), np.delete(np.arange(scores.shape[1]), answers)


def test_cross_entropy_is_among_entities_that_are_no_answers() -> None:
    learner, step = _step("transe")
    wanted = 0.0
    for scores, answer, others in _by_answer(learner):
        wanted -= scores[answer] - np.logaddexp.reduce(scores[[answer, *others]])
    assert (step.terms, step.share) == (len(learner.queries.answer), 1.0)
    assert float(step.loss.detach()) == pytest.approx(wanted, rel=1e-4)


def test_self_adversarial_loss_weighs_entities_that_are_no_answers() -> None:
    learner, step = _step("rotate", margin=3.0, adversarial=0.7)
    wanted = 0.0
    for scores, answer, others in _by_answer(learner):
        weight = np.exp(0.7 * scores[others]) / np.exp(0.7 * scores[others]).sum()
        raised = torch.from_numpy(3.0 + scores)
        wanted -= float(logsigmoid(raised[answer]) + (weight * logsigmoid(-raised[others]).numpy()).sum()) / 2
    assert float(step.loss.detach()) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(("loss", "smoothing"), [("one_vs_all", 0.0), ("k_vs_all", 0.2)])
def test_cross_entropy_against_all(loss: str, smoothing: float) -> None:
    learner, step = _step("complex", loss=loss, smoothing=smoothing)
    wanted, queries = 0.0, learner.queries
    counts = np.repeat(np.diff(queries.ptr), np.diff(queries.ptr))
    for (scores, answer, _), count in zip(_by_answer(learner), counts, strict=True):
        share = 1 if loss == "one_vs_all" else count
        target = (1 - smoothing) * scores[answer] + smoothing * scores.mean()
        wanted += (np.logaddexp.reduce(scores) - target) / share
    assert float(step.loss.detach()) == pytest.approx(wanted, rel=1e-4)


def test_penalties_are_of_the_vectors_of_facts() -> None:
    learner, step = _step("complex", loss="one_vs_all", n3=0.3, weight_decay=0.2)
    queries, network = learner.queries, learner.network
    counts = np.diff(queries.ptr)
    rows = (np.repeat(queries.head, counts), np.repeat(queries.relation, counts), queries.answer)
    tables = (network.entity, network.relation, network.entity)
    vectors = (t.detach().double().numpy()[r] for t, r in zip(tables, rows, strict=True))
    lengths = [np.abs(_complex(v)) for v in vectors]
    penalty = sum(0.3 * (x**3).sum() + 0.2 * (x**2).sum() for x in lengths)
    rest = sum(np.logaddexp.reduce(scores) - scores[answer] for scores, answer, _ in _by_answer(learner))
    assert float(step.loss.detach()) == pytest.approx(rest + penalty, rel=1e-4)


def test_bernoulli_draws_mostly_the_end_of_which_there_are_few() -> None:
    names = tuple(f"{i:02}" for i in range(40))
    facts = TripleSet.of(Vocabulary(names, ("holds",)), np.array([(i // 13, 0, i) for i in range(3, 40)]))
    draw = np.random.default_rng(0)
    asked = [one_way(facts.triples, facts.vocabulary.inverse, draw) for _ in range(50)]
    for rows in asked:
        forth, back = rows[rows[:, 1] == 0], rows[rows[:, 1] == 1]
        met = {(int(h), int(t)) for h, _, t in forth} | {(int(t), int(h)) for h, _, t in back}
        assert len(rows) == len(met) == len(facts)
    tails = len(facts) / len(set(facts.triples[:, 0].tolist()))
    share = np.mean([(rows[:, 1] == 1).mean() for rows in asked])
    assert share == pytest.approx(tails / (tails + 1), abs=0.05), "heads are asked for, and so drawn"


@pytest.mark.parametrize("sampling", ["uniform", "bernoulli"])
@pytest.mark.parametrize("name", [*SCORES, "med"])
def test_plain_torch_learns_the_same(name: str, sampling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    splits, found = _grid(), []
    wanted = {"widths": (2, 5)} if name == "med" else {"dim": 5}
    for backend in ("numba", "torch"):
        monkeypatch.setenv("KGP_KERNELS", backend)
        model = _model(
            name, splits, epochs=2, batch_size=16, loss="self_adversarial", margin=2.0, negatives=7,
            optimizer="adagrad", learning_rate=0.05, sampling=sampling, **wanted,
        )  # fmt: skip
        model.fit(splits, progress=silent)
        found.append(model.embed())
    np.testing.assert_allclose(found[0], found[1], rtol=2e-3, atol=2e-4)


def test_dropped_numbers_are_drawn_by_the_seed() -> None:
    splits = _grid()
    one, two = (_model("complex", splits, epochs=2, dropout=0.3, relation_dropout=0.2) for _ in range(2))
    for model in (one, two):
        model.fit(splits, progress=silent)
    np.testing.assert_array_equal(one.embed(), two.embed())


@pytest.mark.parametrize("name", ["rotate", "complex"])
def test_a_training_gone_on_with_ends_the_same(name: str, tmp_path: Path) -> None:
    def stop(what: str, done: float, total: float) -> None:
        if done > 2.3:
            raise KeyboardInterrupt

    splits = _grid()
    whole, broken = (_model(name, splits, epochs=4, dim=6, decay=0.8, batch_size=16) for _ in range(2))
    whole.fit(splits, progress=silent)
    with pytest.raises(KeyboardInterrupt):
        broken.fit(splits, progress=stop, checkpoint=tmp_path)
    broken.fit(splits, progress=silent, checkpoint=tmp_path)
    np.testing.assert_array_equal(whole.embed(), broken.embed())


def test_scores_that_are_no_numbers_are_the_lowest() -> None:
    splits = _grid()
    model = _model("distmult", splits, epochs=1, dim=4)
    model.fit(splits, progress=silent)
    with torch.no_grad():
        model.network.entity[5] = torch.nan
    scores = model.score_tails(np.array([0]), np.array([0]))[0]
    assert np.isfinite(scores).all()
    assert int(scores.argmin()) == 5


def test_a_run_of_an_earlier_version_answers(tmp_path: Path) -> None:
    splits = _grid()
    model = _model("transe", splits, epochs=1, dim=4)
    model.fit(splits, progress=silent)
    model.save(tmp_path)
    (file,) = tmp_path.glob("*.safetensors")
    flat = {name: table[:, 0].contiguous() for name, table in load_file(file).items()}
    save_file(flat, file)
    again = type(model).load(tmp_path)
    np.testing.assert_array_equal(again.embed(), model.embed())


def test_a_symmetric_relation_answers_the_same_both_ways(tmp_path: Path) -> None:
    splits = _grid()
    model, m = _model("transe", splits, dim=8, epochs=3), len(splits.vocabulary.relations)
    model.fit(splits, progress=silent)
    model.save(tmp_path)
    again = type(model).load(tmp_path)
    again.bind(splits.known)
    heads = np.arange(len(splits.vocabulary.entities))
    for name, relation in splits.vocabulary.relation_ids.items():
        forth, back = (
            again.score_tails(heads, np.full_like(heads, asked)) for asked in (relation, relation + m)
        )
        assert np.array_equal(forth, back) == (name == "level")


def test_it_learns_what_counting_cannot() -> None:
    splits = _grid()
    model = _model("transe", splits, dim=16, epochs=150, learning_rate=0.02, batch_size=32, norm=2)
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
    one = _model("transe", splits, epochs=2, negatives=5)
    one.fit(splits, progress=silent)
    torch.manual_seed(2)
    np.random.seed(2)
    two = _model("transe", splits, epochs=2, negatives=5)
    two.fit(splits, progress=silent)
    np.testing.assert_array_equal(one.embed(), two.embed())
