"""How likely pairs interact at all: known pairs against drawn ones, by protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from graph_schema.arrays import Floats, Ints
from graph_schema.records import Interacting, Temperature
from graph_schema.triples import TripleSet
from measuring.graphs import read_graph
from tests.small_graphs import silent
from tests.typed_pairs import DRUGS, write_interactions
from trainers.answers import Candidates, Wanted
from trainers.interacting import (
    chances,
    drawn_pairs,
    features_of,
    fit_interacting,
    held,
    known_share,
    rank_share,
    weights_at,
)
from trainers.known_links import KnownLinks, pair_codes
from trainers.models.naive_bayes import NaiveBayes, NaiveBayesConfig
from trainers.pair_prediction import ANY, PairPredictor
from trainers.pairs import PairSplits
from trainers.registry import load_task


def _data(folder: Path) -> PairSplits:
    data = load_task("pair_type").data(read_graph(folder, domain="drug").dataset)
    assert isinstance(data, PairSplits)
    return data


def _fitted(data: PairSplits) -> NaiveBayes:
    model = NaiveBayes(NaiveBayesConfig(), data.vocabulary.relations)
    model.fit(data, progress=silent)
    return model


def test_drawn_pairs_stand_nowhere_and_are_of_the_protocol(tmp_path: Path) -> None:
    data = _data(write_interactions(tmp_path / "ddi"))
    ends, true = drawn_pairs(data, "valid", 0, seed=0)
    every = np.concatenate([data.known_pairs, data.valid.triples, data.test.triples])[:, [0, 2]]
    count = data.known.num_entities
    stated = set(pair_codes(every, count).tolist())
    assert true.sum() == len(data.valid)
    assert not stated & set(pair_codes(ends[~true], count).tolist())
    assert len(np.unique(pair_codes(ends, count))) == len(ends)
    drawn = np.stack([ends[:, 0], np.zeros(len(ends), dtype=np.int64), ends[:, 1]], axis=1)
    assert set(data.protocol(drawn).tolist()) == {0}
    assert not len(drawn_pairs(data, "valid", 2, seed=0)[0]), "nobody is new here"
    assert known_share(data) == pytest.approx(len(stated) / (DRUGS * (DRUGS - 1) / 2), rel=0.01)


def test_a_protocol_without_pairs_borrows_and_says_so(tmp_path: Path) -> None:
    data = _data(write_interactions(tmp_path / "ddi"))
    model = _fitted(data)
    found = fit_interacting(model, data)
    assert found is not None
    assert fit_interacting(model, data.without_test()) == found, "the test is not looked at"
    assert {fit.protocol for fit in found.fits.values()} == {"both known"}
    assert found.said("both new").endswith(
        "; measured on pairs with both known, there were none with both new"
    )
    assert all(slope >= 0 for fit in found.fits.values() for slope in fit.slopes)
    ends, true = drawn_pairs(data.without_test(), "valid", 0, seed=0)
    chance = chances(model, found, ends, np.zeros(len(ends), dtype=np.int64))
    assert float(weights_at(found.share, true) @ chance) == pytest.approx(found.share, abs=0.02)
    assert found.fits["both known"].auc == pytest.approx(roc_auc_score(true, chance))
    kept = Temperature(temperature=1.0, interacting=found)
    assert Temperature.model_validate_json(kept.model_dump_json()) == kept
    assert Temperature.model_validate({"temperature": 2.0, "curve": []}).interacting is None


def test_more_of_a_feature_never_speaks_against_a_pair(tmp_path: Path) -> None:
    class Contrary(NaiveBayes):
        def link_features(self, heads: Ints, tails: Ints, without: object = ()) -> Floats:
            return -super().link_features(heads, tails)

    data = _data(write_interactions(tmp_path / "ddi"))
    model = Contrary(NaiveBayesConfig(), data.vocabulary.relations)
    model.fit(data, progress=silent)
    found = fit_interacting(model, data)
    assert found is not None
    straight = fit_interacting(_fitted(data), data)
    assert straight is not None
    slopes = [found.fits["both known"].slopes[0], straight.fits["both known"].slopes[0]]
    assert min(slopes) == 0.0, "one of the two ways round is refused"
    ends, _ = drawn_pairs(data, "valid", 0, seed=0)
    assert features_of(model, ends).shape == (len(ends), 1)


def test_figures_of_chances() -> None:
    true = np.array([True, True, False, False, False, False])
    chance = np.array([0.9, 0.5, 0.5, 0.1, 0.1, 0.1])
    assert rank_share(chance, true) == pytest.approx(roc_auc_score(true, chance))
    assert weights_at(0.2, true).sum() == pytest.approx(1)
    assert sum(count for *_, count in held(chance, true, 0.2)) == 6
    mean, share, count = held(chance, true, 0.2)[-1]
    assert (round(mean, 9), round(share, 9), count) == (0.9, 1.0, 1)


def test_known_links_count_a_pair_once_whichever_way_round() -> None:
    known = TripleSet.from_names([("a", "r", "b"), ("b", "r", "a"), ("a", "s", "b"), ("a", "other", "c")])
    types = np.array([known.vocabulary.relation(name) for name in ("r", "s")])
    links = KnownLinks.of(known, np.sort(types))
    a, b, c = (np.array([known.vocabulary.entity(name)]) for name in "abc")
    assert links.degree.tolist() == [1, 1, 0]
    assert [links.among(a, b)[0], links.among(b, a)[0], links.among(a, c)[0]] == [True, True, False]
    every = np.flatnonzero(np.isin(known.triples[:, 1], types)).tolist()
    assert not links.without(every).among(a, b)[0]
    assert links.without(every[:1]).among(a, b)[0]
    assert links.without(every).degree.tolist() == [0, 0, 0]
    usual = 2 * np.log(2)
    assert links.log_degrees(a, c)[0] == pytest.approx(usual), "a new one counts as the usual one"


def test_partners_are_ranked_by_how_likely_they_interact(tmp_path: Path) -> None:
    folder = write_interactions(tmp_path / "ddi")
    with (folder / "drugs.tsv").open("a", encoding="utf-8") as file:
        file.write("900\tDB00900\tnew one\n")
    with (folder / "test.tsv").open("a", encoding="utf-8") as file:
        file.write("900\t0\t1\n")
    graph, data = read_graph(folder, domain="drug"), _data(folder)
    model = _fitted(data)
    candidates = Candidates(graph.known, graph.allowed_ends)
    found = load_task("pair_type").calibrate(model, data, graph.dataset, queries=1, top=1)
    assert isinstance(found, Temperature)
    assert isinstance(found.interacting, Interacting)
    asked = PairPredictor(model, candidates, found)
    head = np.array([graph.vocabulary.entity("DB00003")])
    every = asked.predict_tails(head, np.array([ANY]), Wanted(top=99, paths=0))
    linked = [a.interacts or 0.0 for a in every]
    assert linked == sorted(linked, reverse=True)
    of_one = asked.predict_tails(head, model.types[:1], Wanted(top=99, paths=0))
    so = [(a.interacts or 0.0) * (a.probability or 0.0) for a in of_one]
    assert so == sorted(so, reverse=True)
    new = np.array([graph.vocabulary.entity("DB00900")])
    partners = asked.predict_tails(new, np.array([ANY]), Wanted(top=99, paths=0))
    assert {a.protocol for a in partners} == {"one new"}, "counts have nothing to go by of two new ones"
    assert len(partners) == DRUGS
    assert new[0] not in {a.answer for a in every}
