"""RED-GNN against its formulas, and what it learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
import torch

from graph_schema.errors import RunError
from graph_schema.triples import TripleSet
from tests.small_graphs import grandparents, silent
from trainers.evaluation import rank
from trainers.kernels import Activation
from trainers.layers.relational_digraph import DigraphLayer
from trainers.models.red_gnn import RedGNN, RedGNNConfig

_ACTIVATIONS: dict[Activation, Callable[[torch.Tensor], torch.Tensor]] = {
    "identity": torch.nn.Identity(),
    "relu": torch.relu,
    "tanh": torch.tanh,
}


def _formula(
    model: RedGNN, triples: list[tuple[int, int, int]], n: int, m: int, head: int, query: int
) -> np.ndarray:
    """Scores of one query by equations 3 to 5 written out over dictionaries, in float64."""
    net = model.network.double()
    state = {head: torch.zeros(net.dim, dtype=torch.float64)}
    for layer in [cast(DigraphLayer, layer) for layer in net.layers]:
        edges = [(s, 2 * m, s) for s in state]
        edges += [(h, r, t) for h, r, t in triples if h in state]
        edges += [(t, r + m, h) for h, r, t in triples if t in state]
        total: dict[int, torch.Tensor] = {}
        for s, r, o in edges:
            inner = layer.from_source(state[s]) + layer.from_relation(layer.relation[r])
            inner = torch.relu(inner + layer.from_query(layer.relation[query]))
            alpha = torch.sigmoid(layer.attend(inner))
            message = alpha * (state[s] + layer.relation[r])
            total[o] = total.get(o, torch.zeros(net.dim, dtype=torch.float64)) + message
        state = {
            o: net.gate(
                _ACTIVATIONS[net.activation](layer.combine(a))[None],
                state.get(o, torch.zeros(net.dim, dtype=torch.float64))[None],
            )[0]
            for o, a in total.items()
        }
    scores = np.zeros(n)
    for entity, h in state.items():
        scores[entity] = net.score(h).item()
    return scores


@pytest.mark.parametrize("activation", ["identity", "relu", "tanh"])
def test_it_computes_the_published_equations(activation: str) -> None:
    splits = grandparents(people=30)
    config = RedGNNConfig(dim=8, attention_dim=3, layers=3, activation=activation)
    model = RedGNN(config, splits.vocabulary.relations, seed=3)
    model.bind(splits.known)
    heads, relations = np.array([2, 11, 25]), np.array([0, 1, 3])
    ours = model.score_tails(heads, relations)
    triples = [(h, r, t) for h, r, t in splits.known.triples.tolist()]
    with torch.no_grad():
        for row, (head, relation) in enumerate(zip(heads, relations, strict=True)):
            plain = _formula(model, triples, 30, 2, int(head), int(relation))
            np.testing.assert_allclose(ours[row], plain, rtol=1e-4, atol=1e-5)


def test_it_learns_a_rule_of_two_steps() -> None:
    splits = grandparents(people=150)
    config = RedGNNConfig(dim=16, layers=2, learning_rate=0.01, epochs=15, dropout=0.0)
    model = RedGNN(config, splits.vocabulary.relations, seed=0)
    untrained = RedGNN(config, splits.vocabulary.relations, seed=0)
    untrained.bind(splits.known)
    model.fit(splits, progress=silent)
    true = splits.all_true()
    assert rank(model, splits.test, true).metrics()["mrr"] > 0.75
    assert rank(untrained, splits.test, true).metrics()["mrr"] < 0.5
    parent = splits.vocabulary.relation("parent")
    rows = splits.test.triples
    found = model.best_paths(rows[:, 0], rows[:, 1], [[t] for t in rows[:, 2]], 1)
    best = [paths[0].facts for (paths,) in found]
    by_rule = [len(f) == 2 and (splits.known.triples[list(f), 1] == parent).all() for f in best]
    assert np.mean(by_rule) > 0.75


def test_a_loss_that_is_not_finite_ends_training() -> None:
    splits = grandparents()
    config = RedGNNConfig(dim=8, layers=2, learning_rate=1e30, epochs=3)
    with pytest.raises(RunError, match="Lower learning_rate"):
        RedGNN(config, splits.vocabulary.relations).fit(splits, progress=silent)


def test_switching_a_fact_off_is_training_without_it() -> None:
    splits = grandparents()
    model = RedGNN(RedGNNConfig(dim=8, layers=3), splits.vocabulary.relations)
    model.bind(splits.known)
    heads, relations = np.array([5, 30]), np.array([0, 1])
    gone = model.score_without(heads, relations, [[0, 7], [0, 7]])
    rest = np.delete(splits.known.triples, [0, 7], axis=0)
    model.bind(TripleSet.of(splits.vocabulary, rest))
    np.testing.assert_allclose(gone, model.score_tails(heads, relations), rtol=1e-4, atol=1e-6)
