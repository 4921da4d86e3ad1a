"""Facts between the ends of an asked one answer, unless held-out facts never have such neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from torch import Tensor

from graph_schema.arrays import Ints
from graph_schema.triples import Splits, TripleSet, Vocabulary
from trainers.known_links import pair_codes
from trainers.models.red_gnn import RedGNN, RedGNNConfig
from trainers.training.queries import QueryLearner, no_1hop_edges

ENTITIES = 60


def _graph(linked: bool) -> Splits:
    """Every second known pair has two facts; held-out ones lie beside known facts, or where none are."""
    draw = np.random.default_rng(4)
    vocabulary = Vocabulary.of([f"e{i:02d}" for i in range(ENTITIES)], ["a", "b", "c"])
    pairs = draw.permutation([(h, t) for h in range(ENTITIES) for t in range(h)])
    once, twice, free = pairs[:60], pairs[60:120], pairs[120:180]
    known = [(h, 0, t) for h, t in [*once, *twice]] + [(t, 1, h) for h, t in twice]
    held_out = [(h, 2, t) for h, t in (twice if linked else free)]
    return Splits(
        TripleSet.of(vocabulary, np.array(known)),
        TripleSet.of(vocabulary, np.array(held_out)),
        TripleSet.of(vocabulary, np.zeros((0, 3), np.int64)),
        np.zeros(ENTITIES, np.int64),
        ("Entity",),
        "",
    )


@pytest.mark.parametrize("linked", [True, False])
def test_the_default_goes_by_the_validation_facts(linked: bool) -> None:
    assert no_1hop_edges(_graph(linked)) is not linked


def test_too_few_validation_facts_say_nothing() -> None:
    splits = _graph(linked=False)
    few = TripleSet.of(splits.vocabulary, splits.valid.triples[:10])
    none = TripleSet.of(splits.vocabulary, splits.valid.triples[:0])
    for valid in (few, none):
        assert not no_1hop_edges(
            Splits(splits.known, valid, splits.test, splits.entity_types, splits.type_names, "")
        )


@pytest.mark.parametrize("removed", [True, False])
def test_an_asked_fact_takes_those_between_its_ends_with_it(removed: bool) -> None:
    splits, seen = _graph(linked=True), list[tuple[Ints, Ints]]()

    class Watched(RedGNN):
        def loss(
            self,
            heads: Ints,
            relations: Ints,
            ptr: Ints,
            answers: Ints,
            noise: np.random.Generator | None,
        ) -> Tensor:
            asked = np.stack([np.repeat(heads, np.diff(ptr)), answers], axis=1)
            answering = self.graph.triples[:, [0, 2]]
            seen.append((pair_codes(asked, ENTITIES), pair_codes(answering, ENTITIES)))
            return super().loss(heads, relations, ptr, answers, noise)

    config = RedGNNConfig(layers=2, dim=4, remove_1hop_edges=removed)
    learner = QueryLearner.of(Watched(config, splits.vocabulary.relations), splits)
    assert list(learner.steps(np.random.default_rng(0)))
    both = [np.isin(asked, answering).any() for asked, answering in seen]
    assert any(both) is not removed
