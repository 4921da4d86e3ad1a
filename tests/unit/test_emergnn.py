"""EmerGNN: what it learns, what it walks, and what it names as evidence."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from graph_schema.arrays import Floats, Ints
from graph_schema.triples import TripleSet, Vocabulary
from tests.small_graphs import silent
from tests.small_pairs import small_pairs
from trainers.flows.describing import described
from trainers.flows.learner import FlowLearner
from trainers.flows.settings import EmerGNNConfig
from trainers.flows.weighing import weighed
from trainers.kernels.pair_walks.kernel import WalkGraph
from trainers.models.emergnn import _NOBODY, EmerGNN
from trainers.pairs import PairSplits
from trainers.trainer import CaseExplainer, LinkScorer, PairPathExplainer

SMALL = {
    "dim": 8, "describe": 16, "hidden": 32, "batch_size": 32, "beside": 64, "epochs": 4, "patience": 4,
    "learning_rate": 0.01, "pairs_an_epoch": (100, 100, 50),
}  # fmt: skip


@pytest.fixture(scope="module")
def data() -> PairSplits:
    return small_pairs(new=4)


@pytest.fixture(scope="module")
def fitted(data: PairSplits) -> EmerGNN:
    return _trained(data)


def _model(data: PairSplits, **settings: object) -> EmerGNN:
    return EmerGNN(EmerGNNConfig.model_validate(SMALL | settings), data.vocabulary.relations, seed=0)


def _trained(data: PairSplits, folder: Path | None = None, **settings: object) -> EmerGNN:
    model = _model(data, **settings)
    model.fit(data, progress=silent, checkpoint=folder)
    return model


def _scores(model: EmerGNN, rows: Ints) -> Floats:
    return model.score_relations(rows[:, 0], rows[:, 2]).astype(np.float64)


def test_it_learns_from_walks_alone_and_for_new_drugs(data: PairSplits, fitted: EmerGNN) -> None:
    rows = data.test.triples
    flow, _ = fitted.parts(rows[:, 0], rows[:, 2])
    right = flow.argmax(axis=1) == data.places(rows[:, 1])
    new = data.protocol(rows) > 0
    assert right[new].mean() > 0.45  # four types
    assert isinstance(fitted, LinkScorer)
    assert isinstance(fitted, CaseExplainer)
    assert isinstance(fitted, PairPathExplainer)


def test_scores_are_the_same_once_saved_and_loaded(data: PairSplits, fitted: EmerGNN, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    loaded = EmerGNN.load(tmp_path)
    loaded.bind(data.known)
    np.testing.assert_array_equal(_scores(loaded, data.test.triples), _scores(fitted, data.test.triples))


def test_a_training_gone_on_with_ends_as_one_that_was_not_interrupted(
    data: PairSplits, fitted: EmerGNN, tmp_path: Path
) -> None:
    _trained(data, tmp_path, epochs=2)
    again = _trained(data, tmp_path)
    np.testing.assert_array_equal(_scores(again, data.test.triples), _scores(fitted, data.test.triples))


def test_the_pair_itself_is_not_walked(data: PairSplits, fitted: EmerGNN) -> None:
    fact = data.known_pairs[:1]
    row = int(np.flatnonzero((data.known.triples == fact).all(axis=1))[0])
    one = fitted.parts(fact[:, 0], fact[:, 2])[0]
    np.testing.assert_allclose(fitted.parts(fact[:, 0], fact[:, 2], [[row]])[0], one, atol=1e-6)


def test_a_fact_that_is_gone_is_not_walked(data: PairSplits, fitted: EmerGNN) -> None:
    rows, graph = data.test.triples[:12], fitted._graph
    heads, tails = rows[:, 0], rows[:, 2]
    walked = fitted._walked(heads, tails).middle
    gone = [
        np.unique(facts[facts >= 0])[:2].tolist()
        for facts in (graph.fact[walked.edge[a:b]] for a, b in pairwise(walked.ptr.tolist()))
    ]
    assert all(gone)
    found = fitted.parts(heads, tails, gone)[0]
    assert not np.allclose(found, fitted.parts(heads, tails)[0])
    for pair, facts in enumerate(gone):
        kept = ~np.isin(graph.fact, facts)
        source = np.concatenate([np.repeat(np.arange(graph.num_entities), np.diff(ptr)) for ptr in graph.ptr])
        source, target, relation, fact = (
            a[kept].astype(np.int64) for a in (source, graph.target, graph.relation, graph.fact)
        )
        typed = (np.arange(len(kept)) >= graph.ptr[0, -1])[kept]
        edges = source, target, relation, fact
        fitted._graph = WalkGraph.of(
            edges, graph.weight[kept], typed, graph.inverse, entities=graph.num_entities
        )
        fitted._counts, fitted._before = torch.from_numpy(fitted._graph.weight), _NOBODY
        without = fitted.parts(heads[pair : pair + 1], tails[pair : pair + 1])[0]
        fitted.bind(data.known)
        np.testing.assert_allclose(without[0], found[pair], atol=1e-5)


def test_evidence_found_together_is_that_found_one_by_one(data: PairSplits, fitted: EmerGNN) -> None:
    rows = data.test.triples[:12]
    gone = [[int(row)] for row in np.flatnonzero(data.known.triples[:, 1] == data.types[0])[:12]]
    cases, paths = fitted.cases(rows, 3, gone), fitted.pair_paths(rows, 3, gone)
    assert any(cases)
    assert any(paths)
    for place in range(len(rows)):
        row, off = rows[place : place + 1], gone[place : place + 1]
        (some,), (others,) = fitted.cases(row, 3, off), fitted.pair_paths(row, 3, off)
        assert [case.fact for case in cases[place]] == [case.fact for case in some]
        assert [path.facts for path in paths[place]] == [path.facts for path in others]
        for one, other in ((cases[place], some), (paths[place], others)):
            assert [e.weight for e in one] == pytest.approx([e.weight for e in other], rel=1e-3, abs=1e-6)


def test_steps_hide_the_pairs_of_drugs_that_are_new(
    data: PairSplits, fitted: EmerGNN, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Ints, Ints]] = []
    walked = fitted.flow_logits

    def flow_logits(heads: Ints, tails: Ints, hidden: Ints) -> object:
        seen.append((hidden[heads].astype(int) + hidden[tails], hidden))
        return walked(heads, tails, hidden.astype(bool))

    monkeypatch.setattr(fitted, "flow_logits", flow_logits)
    for _ in FlowLearner(fitted, data).steps(np.random.default_rng(0)):
        pass
    asked = np.bincount(np.concatenate([new for new, _ in seen]), minlength=3)
    assert (asked > 0).all()
    assert seen[0][1].sum() == int(0.2 * len(np.unique(data.known_pairs[:, [0, 2]])))


def test_a_drug_in_no_fact_is_answered_and_described_by_nothing(data: PairSplits, fitted: EmerGNN) -> None:
    vocabulary = Vocabulary.of([*data.vocabulary.entities, "Z"], data.vocabulary.relations, ("RESEMBLES",))
    names = data.vocabulary.entities
    kept = np.array([vocabulary.entity(name) for name in names])
    rows = data.known.triples.copy()
    rows[:, [0, 2]] = kept[rows[:, [0, 2]]]
    fitted.bind(TripleSet.of(vocabulary, rows))
    try:
        scores = fitted.score_relations(np.array([vocabulary.entity("Z")]), np.array([0]))
        vectors = described(fitted._known, fitted.vote.votes.likeness, fitted.network.directions.numpy())
    finally:
        fitted.bind(data.known)
    assert np.isfinite(scores).all()
    assert not vectors[vocabulary.entity("Z")].any()


def test_paths_are_walks_of_facts_between_the_two(data: PairSplits, fitted: EmerGNN) -> None:
    found = 0
    for head, relation, tail in data.test.triples[:20].tolist():
        (paths,) = fitted.pair_paths(np.array([[head, relation, tail]]), 3)
        assert [p.weight for p in paths] == sorted((p.weight for p in paths), reverse=True)
        for path in paths:
            at = head
            for fact in path.facts:
                one, _, other = data.known.triples[fact].tolist()
                assert at in (one, other)
                at = other if at == one else one
            assert at == tail
            assert 0 < path.weight <= 1
            found += 1
    assert found, "some pairs share a protein"


def test_the_mechanism_is_named_and_not_the_bare_link() -> None:
    names = [*(f"D{i}" for i in range(12)), "P0", "P1"]
    vocabulary = Vocabulary.of(names, ["one", "two", "INHIBITS", "BINDS"], (), [("INHIBITS", "BINDS")])
    facts = [(f"D{i}", link, f"P{i % 2}") for i in range(12) for link in ("INHIBITS", "BINDS")]
    pairs = [
        (f"D{a}", "one" if a % 2 else "two", f"D{b}")
        for a in range(12)
        for b in range(12)
        if a < b and a % 2 == b % 2
    ]
    known = TripleSet.of(
        vocabulary, vocabulary.encode(*(list(c) for c in zip(*facts, *pairs[1:], strict=True)))
    )
    valid = TripleSet.of(vocabulary, vocabulary.encode(*([x] for x in pairs[0])))
    empty = TripleSet.of(vocabulary, np.zeros((0, 3), dtype=np.int64))
    data = PairSplits(
        known, valid, empty, np.zeros(len(names), dtype=np.int64), ("Drug",), "x",
        types=np.array(sorted(vocabulary.relation(n) for n in ("one", "two"))), left_out={},
    )  # fmt: skip
    model = _trained(data)
    bare, mechanism = vocabulary.relation("BINDS"), vocabulary.relation("INHIBITS")
    named = [
        set(known.triples[list(path.facts), 1].tolist())
        for head, relation, tail in data.known_pairs[:10].tolist()
        for path in model.pair_paths(np.array([[head, relation, tail]]), 5)[0]
    ]
    assert any(mechanism in relations for relations in named)
    assert not any(bare in relations for relations in named)


def test_a_protocol_with_few_pairs_goes_by_the_next_ones_weights(data: PairSplits) -> None:
    rows = np.repeat(data.valid.triples, 10, axis=0)
    true = np.eye(len(data.types))[data.places(rows[:, 1])]
    wrong = np.roll(true, 1, axis=1)
    none = rows[:0], true[:0], true[:0], true[:0]
    found = weighed(data, [(rows, wrong, 3 * true, 0 * true), none, none])
    assert found[0, 0] > 0
    assert (found == found[0]).all()
