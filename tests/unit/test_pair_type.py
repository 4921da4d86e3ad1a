"""Types of pairs: which pairs are judged, the figures, and naive Bayes against them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, cohen_kappa_score, f1_score, roc_auc_score

from graph_schema.errors import InputError
from measuring.graphs import read_graph
from tests.small_graphs import silent
from tests.typed_pairs import write_interactions
from trainers.answers import Candidates, Wanted
from trainers.evidence.rules import RuleCounts
from trainers.models.naive_bayes import NaiveBayes, NaiveBayesConfig
from trainers.pair_figures import of_several, of_single
from trainers.pairs import PairSplits
from trainers.registry import task_of
from trainers.task import Task
from trainers.temperature import fit_temperature

TASK: Task = task_of("naive_bayes")


def _data(folder: Path) -> PairSplits:
    data = TASK.data(read_graph(folder, domain="drug").dataset)
    assert isinstance(data, PairSplits)
    return data


def _fitted(data: PairSplits, **settings: object) -> NaiveBayes:
    model = NaiveBayes(NaiveBayesConfig.model_validate(settings), data.vocabulary.relations)
    model.fit(data, progress=silent)
    return model


def test_pairs_met_before_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = write_interactions(tmp_path / "ddi")
    (a, b, r), *_ = [line.split("\t") for line in (folder / "train.tsv").read_text("utf-8").splitlines()]
    other = (int(r) + 1) % 4
    with (folder / "valid.tsv").open("a", encoding="utf-8") as file:
        file.write(f"{b}\t{a}\t{other}\n0\t1\t0\n")  # the first is known the other way round
    before = _data(write_interactions(tmp_path / "plain"))
    data = _data(folder)
    there = {tuple(sorted(row)) for row in data.known_pairs[:, [0, 2]].tolist()}
    for split in (data.valid, data.test):
        assert not there & {tuple(sorted(row)) for row in split.triples[:, [0, 2]].tolist()}
        there |= {tuple(sorted(row)) for row in split.triples[:, [0, 2]].tolist()}
    assert data.left_out["valid"] >= 1
    assert TASK.notes(data)["valid_left_out"] == data.left_out["valid"]
    assert len(data.known_pairs) == len(before.known_pairs), "the graph keeps its files' facts"


def test_figures_are_those_of_scikit_learn(tmp_path: Path) -> None:
    data = _data(write_interactions(tmp_path / "ddi"))
    model = _fitted(data)
    rows = data.test.triples
    said = data.types[model.score_relations(rows[:, 0], rows[:, 2]).argmax(axis=1)]
    figures = TASK.evaluate(model, data, "test").figures
    assert figures["macro_f1"] == pytest.approx(f1_score(rows[:, 1], said, average="macro"))
    assert figures["accuracy"] == pytest.approx((rows[:, 1] == said).mean())
    assert figures["kappa"] == pytest.approx(cohen_kappa_score(rows[:, 1], said))
    assert figures["macro_f1"] > 0.45 > TASK.evaluate(_majority(data), data, "test").figures["macro_f1"]
    assert TASK.metric(data).name == "macro_f1"
    by_type = TASK.evaluate(model, data, "test", by="type").slices
    assert np.mean([v["macro_f1"] for v in by_type.values()]) == pytest.approx(figures["macro_f1"])
    by_protocol = TASK.evaluate(model, data, "test", by="protocol").slices
    assert sum(v["pairs"] for v in by_protocol.values()) == figures["pairs"]


def _majority(data: PairSplits) -> NaiveBayes:
    from trainers.models.majority import Majority, MajorityConfig

    model = Majority(MajorityConfig(), data.vocabulary.relations)
    model.fit(data, progress=silent)
    return model  # type: ignore[return-value]


def test_where_pairs_have_several_types_each_type_is_judged_by_itself(tmp_path: Path) -> None:
    data = _data(write_interactions(tmp_path / "ddi", several=True))
    assert (data.several, TASK.metric(data).title) == (True, "PR-AUC")
    model = _fitted(data)
    figures = TASK.evaluate(model, data, "test").figures
    assert set(figures) >= {"pr_auc", "roc_auc", "ap@50"}
    pairs, labels = data.labelled(data.test.triples)
    scores = model.score_relations(pairs[:, 0], pairs[:, 1])
    shares = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))
    assert figures["pr_auc"] == pytest.approx(
        average_precision_score(labels, shares, average="macro"), rel=1e-4
    )
    assert figures["roc_auc"] == pytest.approx(roc_auc_score(labels, shares, average="macro"), rel=1e-4)
    assert figures["pr_auc"] > TASK.evaluate(_majority(data), data, "test").figures["pr_auc"]


def test_figures_of_one_kind_alone() -> None:
    assert of_single(np.array([1, 1]), np.array([1, 1]))["kappa"] == 0
    assert of_single(np.zeros(0, np.int64), np.zeros(0, np.int64)) == {}
    assert of_several(np.ones((3, 2), dtype=bool), np.zeros((3, 2))) == {}
    perfect = np.eye(2, dtype=bool)
    assert of_several(perfect, perfect.astype(float))["ap@50"] == 1


def test_a_single_type_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("".join(f"a{i}\tknows\tb{i}\n" for i in range(20)), "utf-8")
    with pytest.raises(InputError, match=r"at least 2 relations[\s\S]*link_prediction"):
        TASK.data(read_graph(tmp_path).dataset)


def test_the_temperature_makes_probabilities_hold() -> None:
    draw = np.random.default_rng(0)
    logits = draw.normal(size=(4000, 5))
    chance = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    true = np.array([draw.choice(5, p=row) for row in chance])
    fitted = fit_temperature(3 * logits, true)
    assert fitted.temperature == pytest.approx(3, rel=0.1)
    assert sum(count for *_, count in fitted.curve) == 4000
    assert all(abs(mean - right) < 0.05 for mean, right, count in fitted.curve if count > 200)


def test_cases_are_known_facts_of_the_type_and_their_fall_is_measured(tmp_path: Path) -> None:
    folder = write_interactions(tmp_path / "ddi")
    data, graph = _data(folder), read_graph(folder, domain="drug")
    model = _fitted(data)
    model.bind(graph.known)
    candidates = Candidates(graph.known, graph.allowed_ends)
    calibration = TASK.calibrate(model, data, graph.dataset, queries=1, top=1)
    asked = TASK.predictor(model, candidates, RuleCounts(graph.known), calibration, 0)
    heads, kinds = asked.asked(data.types, 5)
    assert len(heads) == 5
    answers = asked.predict_tails(heads, kinds, Wanted(top=3, per_query=True, paths=4))
    known = {tuple(sorted(row)) for row in graph.known.triples[:, [0, 2]].tolist()}
    assert answers == sorted(answers, key=lambda a: -(a.interacts or 0.0))
    assert {a.protocol for a in answers} == {"both known"}
    for a in answers:
        assert tuple(sorted((a.head, a.answer))) not in known
        assert (a.rank_low, a.rank_high) == (None, None)
        assert a.faithfulness is not None
        assert a.faithfulness > 0
        rows = graph.known.triples[[case.fact for case in a.cases]]
        assert (rows[:, 1] == a.relation).all()
        assert all(row[0] == a.head or row[2] == a.answer for row in rows)
        assert all(0 < case.weight <= 1 for case in a.cases)
    again = _fitted(data)
    again.bind(graph.known)
    ends = np.array([[answers[0].head, answers[0].answer]])
    (without,) = again.score_pairs_without(ends, [[answers[0].cases[0].fact]])
    again.bind(
        type(graph.known).of(graph.vocabulary, np.delete(graph.known.triples, answers[0].cases[0].fact, 0))
    )
    direct = again.score_relations(np.array([answers[0].head]), np.array([answers[0].answer]))[0]
    np.testing.assert_allclose(without, direct, rtol=1e-4)
    judged = asked.judge(graph.known.triples[0], [0], paths=2)
    assert not judged.seen
    assert 0 not in {case.fact for case in judged.cases}


def test_a_probability_is_of_type_and_direction(tmp_path: Path) -> None:
    folder = write_interactions(tmp_path / "ddi")
    graph, data = read_graph(folder, domain="drug"), _data(folder)
    model = _fitted(data)
    candidates = Candidates(graph.known, graph.allowed_ends)
    asked = TASK.predictor(
        model, candidates, RuleCounts(graph.known), fit_temperature(np.eye(2), np.arange(2)), 0
    )
    head, _, tail = data.test.triples[0]
    every = [np.array([h, r, t]) for h, t in ((head, tail), (tail, head)) for r in data.types]
    assert sum(asked.judge(row, [], paths=0).probability or 0.0 for row in every) == pytest.approx(1)
    heads, kinds = asked.asked(data.types, 48)
    answers = asked.predict_tails(heads, kinds, Wanted(top=50, per_query=True, paths=0))
    for a in answers[:20]:
        back = [asked.judge(np.array([a.answer, r, a.head]), [], paths=0) for r in data.types]
        assert all(other.score <= a.score for other in back), "the likelier direction is told"


def test_what_was_chosen_is_kept(tmp_path: Path) -> None:
    data = _data(write_interactions(tmp_path / "ddi"))
    model = _fitted(data)
    model.save(tmp_path)
    again = NaiveBayes.load(tmp_path)
    again.bind(data.known)
    rows = data.test.triples
    np.testing.assert_array_equal(
        again.score_relations(rows[:, 0], rows[:, 2]), model.score_relations(rows[:, 0], rows[:, 2])
    )
    assert (_fitted(data, form="posterior", smoothing=3.0).form, again.form) == ("posterior", model.form)


def test_the_floors_of_drugbank_come_out() -> None:
    folder = os.environ.get("KGP_TEST_DATA")
    if not folder:
        pytest.skip("KGP_TEST_DATA is not set; this needs drug/ddi_drugbank")
    data = _data(Path(folder) / "drug" / "ddi_drugbank")
    model = _fitted(data)
    assert (model.form, model.smoothing) == ("multinomial", 0.01), "chosen on validation"
    figures = TASK.evaluate(model, data, "test").figures
    assert figures["macro_f1"] == pytest.approx(0.731, abs=0.01)
    assert figures["accuracy"] == pytest.approx(0.886, abs=0.01)
    assert figures["kappa"] == pytest.approx(0.865, abs=0.01)
    assert TASK.evaluate(_majority(data), data, "test").figures["accuracy"] == pytest.approx(0.318, abs=0.01)
