"""Analogies: known facts with the nearest ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph_schema.triples import TripleSet, Vocabulary
from trainers.embedding.model import EmbeddingModel
from trainers.evidence.analogies import Analogies
from trainers.registry import load_model

NAMES = tuple("abcdefgh")
FACTS = [(0, 0, 1), (2, 0, 3), (4, 0, 5), (6, 0, 7), (0, 1, 5), (3, 1, 2), (0, 0, 3)]


@pytest.fixture
def bound() -> tuple[EmbeddingModel, TripleSet]:
    known = TripleSet.of(Vocabulary(NAMES, ("likes", "meets"), frozenset({"meets"})), np.array(FACTS))
    kind = load_model("rotate")
    model = kind(kind.Config.model_validate({"dim": 3}), known.vocabulary.relations, seed=4)
    assert isinstance(model, EmbeddingModel)
    model.entities = NAMES[:7]  # h came later
    model.network = model._initial()
    model.bind(known)
    return model, known


def _unit(model: EmbeddingModel) -> Any:
    vectors = np.concatenate([model.embed(), np.zeros((1, 6), np.float32)])
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def test_weights_are_mean_cosines_of_both_ends(bound: tuple[EmbeddingModel, TripleSet]) -> None:
    model, known = bound
    unit = _unit(model)
    wanted = {}
    for row, (h, r, t) in enumerate(known.triples.tolist()):
        if r == 0 and 7 not in (h, t) and (h, t) != (0, 3):
            wanted[row] = float((unit[h] @ unit[0] + unit[t] @ unit[3]) / 2)
    found = Analogies(model, known).of(0, 0, 3, most=10)
    assert {case.fact for case in found} == {row for row, w in wanted.items() if w > 0}
    for case in found:
        assert case.weight == pytest.approx(wanted[case.fact], abs=1e-5)
    assert [c.weight for c in found] == sorted((c.weight for c in found), reverse=True)
    assert Analogies(model, known).of(0, 0, 3, most=10, removed=[found[0].fact]) == found[1:]
    assert Analogies(model, known).of(0, 0, 3, most=1) == found[:1]


def test_a_symmetric_fact_is_looked_at_both_ways(bound: tuple[EmbeddingModel, TripleSet]) -> None:
    model, known = bound
    found = Analogies(model, known).of(5, 1, 0, most=10)
    itself = known.triples.tolist().index([0, 1, 5])
    assert itself not in {case.fact for case in found}
    unit, other = _unit(model), known.triples.tolist().index([3, 1, 2])
    both = max(unit[3] @ unit[5] + unit[2] @ unit[0], unit[2] @ unit[5] + unit[3] @ unit[0]) / 2
    weights = {case.fact: case.weight for case in found}
    assert weights.get(other, 0.0) == pytest.approx(max(float(both), 0.0), abs=1e-5)


def test_a_relation_without_facts_has_none(bound: tuple[EmbeddingModel, TripleSet]) -> None:
    model, _ = bound
    nothing = TripleSet.of(Vocabulary(NAMES, ("likes", "meets")), np.zeros((0, 3), np.int64))
    model.bind(nothing)
    assert Analogies(model, nothing).of(0, 0, 3, most=3) == []
