"""What a path is worth alone, against the network run on a graph of that path and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graph_schema.triples import TripleSet, Vocabulary
from tests.small_graphs import grandparents
from trainers.evidence.attribution import DISCOUNT, Sufficiency, most_sufficient
from trainers.evidence.implied import FactsBetween
from trainers.evidence.walks import Walks
from trainers.kernels import MessageGraph, Removed
from trainers.models.red_gnn import RedGNN, RedGNNConfig
from trainers.trainer import RowPath


def _model() -> tuple[RedGNN, TripleSet]:
    known = grandparents(people=30).known
    model = RedGNN(RedGNNConfig(dim=8, layers=3), known.vocabulary.relations, seed=1)
    model.bind(known)
    return model, known


def _weighed(
    model: RedGNN, known: TripleSet, head: int, relation: int, paths: list[RowPath], most: int
) -> list[RowPath]:
    fact, entity = (np.full((1, len(paths), 3), -1, np.int32) for _ in range(2))
    for k, path in enumerate(paths):
        at = head
        for step, row in enumerate(path.facts, 3 - len(path.facts)):  # waits first
            h, _, t = known.triples[row]
            at = int(t if at == h else h)
            fact[0, k, step], entity[0, k, step] = row, at
    found = Walks(np.array([[path.weight for path in paths]]), fact, entity)
    graph = MessageGraph.of(known)
    between, asked = FactsBetween.over(graph), np.array([relation])
    return most_sufficient(Sufficiency(model.encode, graph), between, asked, found, most, Removed.none(1))[0]


def _chain(known: TripleSet, length: int) -> tuple[int, tuple[int, ...], int]:
    """A head, the rows of a chain through different entities, and its end."""
    for first in range(len(known)):
        at, facts, met = int(known.triples[first, 2]), [first], {int(known.triples[first, 0])}
        while len(facts) < length:
            met.add(at)
            ahead = [
                (i, int(t if h == at else h))
                for i, (h, _, t) in enumerate(known.triples)
                if at in (h, t) and (t if h == at else h) not in met
            ]
            if not ahead:
                break
            facts.append(ahead[0][0])
            at = ahead[0][1]
        else:
            return int(known.triples[first, 0]), tuple(facts), at
    raise AssertionError("no chain")


@pytest.mark.parametrize("length", [1, 2, 3])
def test_it_is_the_probability_of_the_end_when_nothing_else_is_known(length: int) -> None:
    model, known = _model()
    head, facts, end = _chain(known, length)
    (path,) = _weighed(model, known, head, 1, [RowPath(facts, 1.0)], 1)
    (glanced,) = _weighed(model, known, head, 1, [RowPath(facts, 0.5)], 1)
    assert glanced == path
    assert _weighed(model, known, head, 1, [RowPath(facts, 0.0)], 1) == []
    model.bind(TripleSet.of(known.vocabulary, known.triples[list(facts)]))
    scores = model.score_tails(np.array([head]), np.array([1]))[0].astype(np.float64)
    size = np.exp(scores)
    alone = size[end] / (size.sum() - size[head])
    assert path.weight == pytest.approx(alone * DISCOUNT ** (length - 1), rel=1e-4)


def test_what_is_remembered_is_of_these_weights_and_this_graph() -> None:
    model, known = _model()
    asked = (known.triples[:4, 0], known.triples[:4, 1], [[int(t)] for t in known.triples[:4, 2]], 3)
    first = model.best_paths(*asked)
    assert model.best_paths(*asked) == first
    other = RedGNN(model.settings, known.vocabulary.relations, seed=2)
    other.bind(known)
    model.restore(other.tensors())
    assert model.best_paths(*asked) == other.best_paths(*asked) != first
    names = (*known.vocabulary.entities, *(f"new {i}" for i in range(1000)))
    larger = TripleSet.of(replace(known.vocabulary, entities=names), known.triples)
    before = model.best_paths(*asked)[0][0][0].weight
    model.bind(larger)
    assert model.best_paths(*asked)[0][0][0].weight < before, "more entities to be told from"


def test_a_symmetric_relation_is_walked_the_same_both_ways() -> None:
    vocabulary = Vocabulary(("a", "b", "c"), ("next", "like"), frozenset({"next"}))
    known = TripleSet.of(vocabulary, np.array([[0, 0, 1], [2, 0, 1]]))
    model = RedGNN(RedGNNConfig(dim=8, layers=2), vocabulary.relations, seed=1)
    (forth,) = _weighed(model, known, 0, 1, [RowPath((0, 1), 0.5)], 1)
    (back,) = _weighed(model, known, 2, 1, [RowPath((1, 0), 0.5)], 1)
    assert forth.weight == pytest.approx(back.weight)


def test_each_reason_comes_before_any_twice() -> None:
    model, known = _model()
    parent = known.vocabulary.relation("parent")
    rows = np.flatnonzero(known.triples[:, 1] == parent)
    others = np.flatnonzero(known.triples[:, 1] != parent)
    same = [RowPath((int(row),), 0.9) for row in rows[:3]]
    other = RowPath((int(others[0]),), 1e-6)
    head = int(known.triples[rows[0], 0])
    weighed = _weighed(model, known, head, 1, [*same, other], 2)
    assert {path.facts[0] for path in weighed} & set(others.tolist())
    assert [p.weight for p in weighed] == sorted((p.weight for p in weighed), reverse=True)
    assert _weighed(model, known, head, 1, [], 2) == []
