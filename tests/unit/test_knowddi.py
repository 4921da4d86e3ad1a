"""Subgraphs between two entities, what is masked in them, and KnowDDI over them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graph_schema.arrays import Floats, Ints
from graph_schema.triples import TripleSet, Vocabulary
from tests.small_graphs import silent
from tests.small_pairs import DRUGS, TYPES, small_pairs
from trainers.models.knowddi import KnowDDI
from trainers.pair_validation import protocols_that_decide, validated
from trainers.pairs import PairSplits
from trainers.subgraphs.both_ways import BothWays
from trainers.subgraphs.evidence import speaking
from trainers.subgraphs.learner import SubgraphLearner
from trainers.subgraphs.nearby import Nearby
from trainers.subgraphs.network import NOTHING
from trainers.subgraphs.pair_graph import PairGraph
from trainers.subgraphs.settings import KnowDDIConfig
from trainers.subgraphs.whole import Whole

SMALL = {"nodes": 12, "dim": 8, "hidden": 8, "batch_size": 32, "beside": 64, "epochs": 3, "layers": 2}


def _model(data: PairSplits, seed: int = 0, **settings: object) -> KnowDDI:
    return KnowDDI(KnowDDIConfig.model_validate(SMALL | settings), data.vocabulary.relations, seed=seed)


@pytest.fixture(scope="module")
def data() -> PairSplits:
    return small_pairs()


@pytest.fixture(scope="module")
def fitted(data: PairSplits) -> KnowDDI:
    model = _model(data)
    model.fit(data, progress=silent)
    return model


def _scores(model: KnowDDI, rows: Ints) -> Floats:
    return model.score_relations(rows[:, 0], rows[:, 2]).astype(np.float64)


def _graph(data: PairSplits) -> PairGraph:
    return PairGraph.of(data.known, np.arange(len(data.known)), data.types, "cpu")


def _random_edges(draw: np.random.Generator) -> tuple[TripleSet, BothWays]:
    size = int(draw.integers(5, 25))
    rows = draw.integers(0, [size, 3, size], size=(int(draw.integers(0, 3 * size)), 3))
    names = Vocabulary.of([f"{i:02d}" for i in range(size)], ["a", "b", "c"], ["b"])
    known = TripleSet.of(names, rows)
    return known, BothWays.of(known, np.arange(len(known)))


@pytest.mark.parametrize("seed", range(12))
def test_a_subgraph_holds_those_through_whom_most_short_walks_go(seed: int) -> None:
    draw = np.random.default_rng(seed)
    known, edges = _random_edges(draw)
    size, most = edges.entities, 7
    joined = np.zeros((size, size))
    joined[known.triples[:, 0], known.triples[:, 2]] = joined[known.triples[:, 2], known.triples[:, 0]] = 1
    np.fill_diagonal(joined, 0)
    worth = 1 / np.maximum(joined.sum(axis=1), 1)
    ends = np.array([(a, b) for a in range(size) for b in range(size) if a != b])
    found = Nearby.of(edges).between(ends[:, 0], ends[:, 1], most)
    for (head, tail), nodes in zip(ends.tolist(), found, strict=True):
        apart = joined.copy()
        apart[head, tail] = apart[tail, head] = 0
        steps = apart + (apart * worth) @ apart
        weight = steps[head] * steps[tail] * worth
        weight[[head, tail]] = 0
        best = np.sort(weight)[::-1][: most - 2]
        assert nodes[:2].tolist() == [head, tail]
        others = nodes[2:][nodes[2:] >= 0]
        assert len(np.unique(others)) == len(others) == (best > 0).sum()
        np.testing.assert_allclose(weight[others], best[best > 0], rtol=1e-9)


def test_subgraphs_are_capped_and_hold_no_fact_of_their_own_pair(data: PairSplits) -> None:
    graph, rows = _graph(data), data.known_pairs
    own = graph.facts.of_pairs(rows[:, 0], rows[:, 2])
    for size in (3, 12, 48):
        block = graph.blocks(rows[:, 0], rows[:, 2], size, own)
        assert block.nodes.shape == (len(rows), size)
        named = block.fact[block.fact >= 0]
        pairs = {frozenset(ends) for ends in data.known.triples[named][:, [0, 2]].tolist()}
        assert size == 3 or pairs
        for row, facts in enumerate(own):
            assert len(facts) >= 1
            assert not np.isin(block.fact[row], facts).any()


def test_every_two_are_joined_by_the_fact_of_the_rarest_relation(data: PairSplits) -> None:
    graph, known = _graph(data), data.known.triples
    rows = data.valid.triples
    block = graph.blocks(rows[:, 0], rows[:, 2], 12, [np.zeros(0, dtype=np.int64)] * len(rows))
    often, m = np.bincount(known[:, 1]), data.known.num_relations
    inverse = data.vocabulary.inverse
    first, second = np.triu_indices(12)
    for nodes, kinds, facts in zip(block.nodes, block.kind, block.fact, strict=True):
        for i, j, kind, fact in zip(first, second, kinds, facts, strict=True):
            a, b = nodes[i], nodes[j]
            between = [
                r for r, (h, _, t) in enumerate(known) if a != b and {h, t} == {a, b} and a >= 0 and b >= 0
            ]
            if i == j:
                assert (kind, fact) == (2 * m + 1, -1)
            elif not between:
                assert (kind, fact) == (2 * m, -1)
            else:
                assert often[known[fact, 1]] == min(often[known[r, 1]] for r in between)
                head, relation, _ = known[fact]
                assert kind == (relation if head == a else inverse[relation])


@pytest.mark.parametrize("seed", range(4))
def test_sums_over_the_whole_graph_and_their_gradients_are_those_of_each_edge(seed: int) -> None:
    draw = np.random.default_rng(seed)
    _, edges = _random_edges(draw)
    whole = Whole(edges, "cpu")
    noise = torch.Generator().manual_seed(seed)
    h = torch.rand(edges.entities, 3, generator=noise, requires_grad=True)
    x = torch.rand(6, 3, generator=noise, requires_grad=True)
    gone = np.flatnonzero(draw.random(len(edges.source)) < 0.3)
    kept = np.setdiff1d(np.arange(len(edges.source)), gone)
    source, relation, target = (
        torch.from_numpy(c[kept]) for c in (edges.source, edges.relation, edges.target)
    )
    count = torch.bincount(target, minlength=edges.entities).clamp(min=1)[:, None]
    expected = torch.zeros_like(h).index_add(0, target, h[source] * x[relation]) / count
    found = whole.means(h, x, gone)
    torch.testing.assert_close(found, expected)
    weight = torch.rand(found.shape, generator=noise)
    for one, other in zip(
        torch.autograd.grad((found * weight).sum(), (h, x)),
        torch.autograd.grad((expected * weight).sum(), (h, x)),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_gradients_found_part_by_part_are_those_of_the_whole_loss(data: PairSplits) -> None:
    model = _model(data, dropout=0.0, balance=0.0)
    model.fit(data, progress=silent)
    learner = SubgraphLearner(model, data)
    network, settings = model.network, model.settings
    step = next(learner.steps(np.random.default_rng(0)))
    assert step.terms == settings.batch_size
    step.loss.backward()  # type: ignore[no-untyped-call]
    found = {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}
    network.zero_grad()
    draw = np.random.default_rng(0)
    pairs = learner._drawn(draw, settings.pairs_an_epoch)[: settings.batch_size]
    others = learner._drawn(draw, len(data.known_pairs) * 2)
    share = settings.batch_size * len(others) // len(data.known_pairs)
    others, graph = others[:share], _graph(data)
    gone = graph.facts.of_pairs(pairs[:, 0], pairs[:, 2])
    masked = np.concatenate([*gone, *graph.facts.of_pairs(others[:, 0], others[:, 2])])
    states = network.over(graph.whole, network.entity, graph.edges.of_facts(masked), NOTHING)
    block = graph.blocks(pairs[:, 0], pairs[:, 2], settings.nodes, gone)
    nodes = torch.from_numpy(block.nodes)
    given = (states[nodes.clamp(min=0)], torch.from_numpy(block.kind), nodes >= 0)
    scores, _ = network.judged(*given, settings.mix, settings.least, NOTHING)
    beside = network.by_ends(states[torch.from_numpy(others[:, [0, 2]])], NOTHING)
    loss = sum(
        (
            torch.nn.functional.cross_entropy(s, torch.from_numpy(data.places(r[:, 1])), reduction="sum")
            for s, r in ((scores, pairs), (beside, others))
        ),
        torch.zeros(()),
    )
    loss.backward()  # type: ignore[no-untyped-call]
    assert found.keys() == {name for name, p in network.named_parameters() if p.grad is not None}
    for name, p in network.named_parameters():
        torch.testing.assert_close(found[name], p.grad, rtol=1e-4, atol=1e-4)


def test_a_known_pair_scores_the_same_whatever_is_known_of_it(data: PairSplits, fitted: KnowDDI) -> None:
    rows = data.known_pairs[:30]
    known = data.known.triples
    for row in rows[::6].tolist():
        place = int(np.flatnonzero((known == row).all(axis=1))[0])
        changed = known.copy()
        changed[place, 1] = data.types[(np.searchsorted(data.types, row[1]) + 1) % TYPES]
        turned = known.copy()
        turned[place] = turned[place, [2, 1, 0]]
        pair, before = np.array([row]), _scores(fitted, np.array([row]))
        for facts in (changed, turned, np.delete(known, place, axis=0)):
            fitted.bind(TripleSet.of(data.vocabulary, facts))
            np.testing.assert_allclose(_scores(fitted, pair), before, rtol=1e-4, atol=1e-5)
        fitted.bind(data.known)


def test_facts_taken_away_are_taken_out_of_the_whole_graph_too(data: PairSplits, fitted: KnowDDI) -> None:
    draw = np.random.default_rng(0)
    answering = fitted._over()
    graph = answering.graph
    for row in data.test.triples[:6].tolist():
        gone = np.sort(draw.choice(len(data.known), 12, replace=False))
        edges = graph.edges.of_facts(gone)
        nodes = graph.nearby.between(np.array(row[:1]), np.array(row[2:]), 12)[0]
        with torch.no_grad():
            base = answering.states[:, 0]
            expected = fitted.network.over(graph.whole, base, edges, NOTHING)[nodes.clip(min=0)]
            found = answering._without(nodes, edges)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_it_learns_types_and_what_is_saved_answers_the_same(data: PairSplits, tmp_path: Path) -> None:
    model = _model(data, epochs=25, learning_rate=0.02, dropout=0.05, dim=16, hidden=16)
    report = model.fit(data, progress=silent)
    assert report.history[-1]["loss"] < report.history[0]["loss"]
    rows = data.test.triples
    scores = _scores(model, rows)
    assert (data.types[scores.argmax(axis=1)] == rows[:, 1]).mean() > 0.6
    model.save(tmp_path)
    again = KnowDDI.load(tmp_path)
    again.bind(data.known)
    np.testing.assert_array_equal(_scores(again, rows), scores)


def test_the_seed_decides_and_a_resumed_training_ends_as_an_uninterrupted_one(
    data: PairSplits, fitted: KnowDDI, tmp_path: Path
) -> None:
    rows = data.test.triples
    same, other = _model(data), _model(data, seed=1)
    for model in (same, other):
        model.fit(data, progress=silent)
    np.testing.assert_array_equal(_scores(same, rows), _scores(fitted, rows))
    assert not np.array_equal(_scores(other, rows), _scores(fitted, rows))

    def stop(what: str, done: float, total: float) -> None:
        if done > 1.5:
            raise KeyboardInterrupt

    broken, again = _model(data), _model(data)
    with pytest.raises(KeyboardInterrupt):
        broken.fit(data, progress=stop, checkpoint=tmp_path)
    report = again.fit(data, progress=silent, checkpoint=tmp_path)
    assert report.epochs == len(report.history) == 3
    np.testing.assert_array_equal(_scores(again, rows), _scores(fitted, rows))


def test_its_evidence_are_facts_on_walks_and_the_score_goes_by_them(
    data: PairSplits, fitted: KnowDDI
) -> None:
    known, named = data.known.triples, 0
    for head, relation, tail in data.test.triples[:8].tolist():
        fact, ends = np.array([[head, relation, tail]]), np.array([[head, tail]])
        (cases,) = fitted.cases(fact, 3)
        named += len(cases)
        assert cases == sorted(cases, key=lambda case: -case.weight)
        assert all(0 < case.weight <= 1 for case in cases)
        (before,) = fitted.score_pairs_without(ends, [[]])
        np.testing.assert_allclose(
            before, _scores(fitted, np.array([[head, relation, tail]]))[0], rtol=1e-4, atol=1e-5
        )
        joined = {frozenset(ends) for ends in known[:, [0, 2]].tolist()} - {frozenset((head, tail))}
        near = [
            {e for e in range(data.known.num_entities) if {e, end} in joined} | {end} for end in (head, tail)
        ]
        for case in cases:
            a, b = known[case.fact, [0, 2]].tolist()
            steps = [
                sum(0 if one == end else 1 if one in close else 2 for one, end, close in ends)
                for ends in (
                    ((a, head, near[0]), (b, tail, near[1])),
                    ((b, head, near[0]), (a, tail, near[1])),
                )
            ]
            assert min(steps) <= 3
            assert not np.allclose(fitted.score_pairs_without(ends, [[case.fact]])[0], before)
            assert case.fact not in {c.fact for c in fitted.cases(fact, 3, [[case.fact]])[0]}
    assert named > 8


def test_who_is_off_every_walk_does_not_speak(data: PairSplits, fitted: KnowDDI) -> None:
    row = data.test.triples[:1]
    judged = fitted._over().judged(row[:, 0], row[:, 2], ())
    none = np.full_like(judged.block.fact, -1)
    alone = replace(judged, block=replace(judged.block, fact=none))
    assert len(speaking(judged, 0, 5)) == 5
    assert len(speaking(alone, 0, 5)) == 0


def test_new_drugs_are_simulated_where_validation_holds_some() -> None:
    data = small_pairs(new=8)
    of = data.protocol(data.valid.triples)
    assert KnowDDI.default_config(data).new_share == 0.2
    assert KnowDDI.default_config(small_pairs()).new_share == 0.0
    assert protocols_that_decide(data).tolist() == np.unique(of).tolist()
    parts = validated(data, 30)
    assert sum(len(part) for part in parts) == 30
    assert {int(p) for part in parts for p in data.protocol(part)} == set(of.tolist())
    model = _model(data, new_share=0.3)
    model.fit(data, progress=silent)
    learner = SubgraphLearner(model, data)
    new = learner._new(np.random.default_rng(0))
    typed = np.isin(data.known.triples[:, 1], data.types)
    left = np.unique(learner._graph(new).edges.fact)
    gone = np.setdiff1d(np.arange(len(data.known)), left)
    assert 0 < new.sum() < DRUGS
    assert typed[gone].all()
    assert new[data.known.triples[gone][:, [0, 2]]].any(axis=1).all()
    assert not (typed[left] & new[data.known.triples[left][:, [0, 2]]].any(axis=1)).any()
    met = model.network.met.numpy()
    assert {data.vocabulary.entities[e] for e in np.flatnonzero(met == 0).tolist()} == {
        f"D{i}" for i in range(32, 40)
    }


def test_what_drawing_took_from_frequent_types_is_given_back(data: PairSplits, fitted: KnowDDI) -> None:
    assert not fitted.network.prior.any(), "every pair was learned, so none was drawn oftener"
    model = _model(data, epochs=1, pairs_an_epoch=40, balance=0.5)
    model.fit(data, progress=silent)
    often = np.bincount(data.places(data.known_pairs[:, 1]), minlength=TYPES)
    np.testing.assert_allclose(model.network.prior.numpy(), 0.5 * np.log1p(often), rtol=1e-6)
    learner = SubgraphLearner(model, data)
    drawn = learner._drawn(np.random.default_rng(0), 40)
    assert len(drawn) == 40
    assert len(np.unique(np.sort(drawn[:, [0, 2]], axis=1), axis=0)) == 40
