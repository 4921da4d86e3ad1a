"""Who is like whom, and what the known pairs of the alike say of a pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graph_schema.arrays import Floats
from graph_schema.triples import Splits, TripleSet, Vocabulary
from tests.small_graphs import silent
from trainers.analogues import likeness, structures
from trainers.analogues.likeness import Likeness
from trainers.analogues.votes import Votes
from trainers.models.analogue_vote import AnalogueVote, AnalogueVoteConfig
from trainers.pairs import PairSplits

DRUGS, PROTEINS, TYPES, NEW = 40, 8, 4, 6
SMILES = ("CCO", "CCCO", "CCCCO", "c1ccccc1", "Cc1ccccc1", "CCc1ccccc1", "CC(=O)O", "CCC(=O)O", "CCCC(=O)O")


def _graph(seed: int = 0, *, symmetric: bool = False) -> tuple[TripleSet, PairSplits]:
    """Drugs in four groups that share proteins; the type follows from the groups. The last ones are new."""
    draw = np.random.default_rng(seed)
    drugs = [f"D{i:02d}" for i in range(DRUGS)]
    kinds = [f"type {t}" for t in range(TYPES)]
    roles = [
        (drugs[i], "ROLE", f"P{(i % 4) * 2 + j}")
        for i in range(DRUGS)
        for j in range(2)
        if draw.random() < 0.9
    ]
    pairs = [
        (drugs[a], kinds[(a % 4 + 2 * (b % 4)) % TYPES], drugs[b])
        for a in range(DRUGS)
        for b in range(a + 1, DRUGS)
        if draw.random() < 0.6
    ]
    new = set(drugs[-NEW:])
    known = [f for f in pairs if not {f[0], f[2]} & new]
    held = [f for f in pairs if {f[0], f[2]} & new]
    vocabulary = replace(
        Vocabulary.of([*drugs, *(f"P{i}" for i in range(PROTEINS))], [*kinds, "ROLE", "RESEMBLES"]),
        structures={drug: SMILES[i % len(SMILES)] for i, drug in enumerate(drugs) if i % 5},
        symmetric=frozenset(kinds[:1] if symmetric else ()),
    )

    def facts(rows: list[tuple[str, str, str]]) -> TripleSet:
        return TripleSet.of(vocabulary, vocabulary.encode(*(list(c) for c in zip(*rows, strict=True))))

    graph = facts([*known, *roles, (drugs[0], "RESEMBLES", drugs[1])])
    types = np.array(sorted(vocabulary.relation(kind) for kind in kinds))
    kind_of = np.array([name.startswith("P") for name in vocabulary.entities], dtype=np.int64)
    splits = Splits(graph, facts(held[::2]), facts(held[1::2]), kind_of, ("Drug", "Gene"), "x")
    return graph, PairSplits.of(splits, types)


def _fitted(data: PairSplits, **settings: object) -> AnalogueVote:
    model = AnalogueVote(AnalogueVoteConfig.model_validate(settings), data.vocabulary.relations)
    model.fit(data, progress=silent)
    return model


def test_likeness_is_tanimoto_over_bits_and_over_weighed_facts() -> None:
    graph, data = _graph()
    found = Likeness.of(graph, data.types, 0.5)
    every = found.of_rows(np.arange(len(found.entities)))
    bits = structures.fingerprints(
        [graph.vocabulary.structures.get(graph.vocabulary.entities[e], "") for e in found.entities]
    ).toarray()
    role = graph.vocabulary.relation("ROLE")
    has = {
        int(e): {int(t) for h, r, t in graph.triples if r == role and h == e} for e in found.entities.tolist()
    }
    names = graph.vocabulary.entities
    able = set(data.known_pairs[:, [0, 2]].ravel().tolist())
    able |= {e for e in has if names[e] in graph.vocabulary.structures}
    assert able < set(has), "one of the new drugs has no structure, but shares proteins"
    count = {p: sum(p in has[e] for e in able) for e in has for p in has[e]}
    weight = {p: np.log(len(able) / n) ** 2 for p, n in count.items()}
    for i, a in enumerate(found.entities.tolist()):
        for j, b in enumerate(found.entities.tolist()):
            union = (bits[i] + bits[j] > 0).sum()
            structure = (bits[i] * bits[j]).sum() / union if union else 0.0
            either = sum(weight[p] for p in has[a] | has[b])
            facts = sum(weight[p] for p in has[a] & has[b]) / either if either else 0.0
            assert every[i, j] == pytest.approx((structure + facts) / 2), (
                "RESEMBLES joins two drugs: no trait"
            )


def test_a_fact_taken_away_makes_two_less_alike() -> None:
    graph, data = _graph()
    found = Likeness.of(graph, data.types, 0.0)
    for row in np.flatnonzero(graph.triples[:, 1] == graph.vocabulary.relation("ROLE"))[:5].tolist():
        without = np.delete(graph.triples, row, axis=0)
        place = found.place[graph.triples[row, [0]]]
        now = found.of_rows(place, [{row}])
        other = Likeness.of(TripleSet(graph.vocabulary, without), data.types, 0.0).of_rows(place)
        assert (now <= found.of_rows(place) + 1e-12).all() or not np.allclose(now, other)
        assert not np.allclose(now, found.of_rows(place))


@pytest.mark.parametrize("symmetric", [False, True])
def test_votes_are_those_of_every_known_pair_that_differs_by_an_analogue(symmetric: bool) -> None:
    graph, data = _graph(symmetric=symmetric)
    votes = Votes.of(graph, data.types, neighbours=5, power=2.0, share=0.5)
    rows = np.concatenate([data.test.triples, data.valid.triples, data.known_pairs[:20]])
    rows = np.concatenate([rows, rows[:10, [2, 1, 0]]])
    found = votes.cast(rows[:, 0], rows[:, 2]).counted(len(rows), TYPES)
    for row, (head, _, tail) in enumerate(rows.tolist()):
        np.testing.assert_allclose(found[row], _by_hand(votes, data, head, tail), rtol=1e-9)


def _by_hand(votes: Votes, data: PairSplits, head: int, tail: int) -> Floats:
    inverse = data.vocabulary.inverse
    facts = [(int(h), int(np.searchsorted(data.types, r)), int(t)) for h, r, t in data.known_pairs]
    facts += [(int(t), int(np.searchsorted(data.types, r)), int(h)) for h, r, t in data.known_pairs
              if inverse[r] == r]  # fmt: skip
    alike = [
        {int(e): float(w) for e, w in zip(votes.near[p], votes.weight[p], strict=True) if e >= 0}
        for p in votes.likeness.place[[head, tail]].tolist()
    ]
    total = np.zeros(TYPES)
    for h, kind, t in facts:
        if votes.known[tail] and t == tail:
            total[kind] += alike[0].get(h, 0.0)
        if votes.known[head] and h == head:
            total[kind] += alike[1].get(t, 0.0)
        if not votes.known[head] and not votes.known[tail]:
            total[kind] += alike[0].get(h, 0.0) * alike[1].get(t, 0.0)
    return total


def test_it_tells_the_types_of_new_drugs_and_names_the_pairs_it_goes_by() -> None:
    _, data = _graph()
    model, rows = _fitted(data, neighbours=20, structures=0.0), data.test.triples
    of = data.protocol(rows)
    assert {1, 2} <= set(of.tolist())
    scores = model.score_relations(rows[:, 0], rows[:, 2])
    right = data.types[scores.argmax(axis=1)] == rows[:, 1]
    assert right[of == 1].mean() > 0.8, "groups share proteins, so what is known of one holds of the others"
    for head, relation, tail in rows[:8].tolist():
        (found,), ends = model.cases(np.array([[head, relation, tail]]), 3), np.array([[head, tail]])
        assert found == sorted(found, key=lambda case: -case.weight)
        assert all(0 < case.weight <= 1 and data.known.triples[case.fact, 1] == relation for case in found)
        (before,) = model.score_pairs_without(ends, [[]])
        np.testing.assert_allclose(
            before, model.score_relations(np.array([head]), np.array([tail]))[0], rtol=1e-5
        )
        if found:
            (after,) = model.score_pairs_without(ends, [[case.fact for case in found]])
            place = int(np.searchsorted(data.types, relation))
            assert after[place] < before[place]


def test_without_anything_rdkit_can_do_it_goes_by_facts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _, data = _graph()
    monkeypatch.setattr(likeness, "can_read_structures", lambda: False)
    votes = Votes.of(data.known, data.types, neighbours=5, power=2.0, share=0.5)
    assert votes.likeness.share == 0.0
    assert votes.near.max() >= 0


def test_what_is_no_smiles_is_said_and_has_no_bits(caplog: pytest.LogCaptureFixture) -> None:
    rows = structures.fingerprints(["CCO", "no molecule", ""])
    assert [int(n) for n in np.diff(rows.indptr) > 0] == [1, 0, 0]
    assert "no molecule" in caplog.text
