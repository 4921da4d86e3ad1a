"""What an epoch takes, told by a sample; and losses over what is reached."""

from __future__ import annotations

import numpy as np
import torch

from tests.small_graphs import grandparents
from trainers.evaluation import Queries
from trainers.kernels import MessageGraph, frontier
from trainers.models.red_gnn import RedGNN, RedGNNConfig
from trainers.training.losses import log_softmax_loss
from trainers.training.probe import exact_messages


def test_messages_are_counted_as_exact_propagation_passes_them() -> None:
    splits = grandparents(people=40)
    queries, messages = exact_messages(splits, 3, 0.5, np.inf)
    rows = np.random.default_rng(0).permutation(splits.known.triples)
    asked = round(0.5 * len(rows))
    assert queries == len(Queries.over(splits.vocabulary, rows[:asked]))
    graph = MessageGraph.over(splits.vocabulary, rows[asked:])
    every = Queries.over(splits.vocabulary, rows[:asked])
    passed = [
        sum(len(step.source) for step in frontier(graph, every.head[i : i + 1], 3)) for i in range(queries)
    ]
    assert min(passed) <= messages <= max(passed)
    assert exact_messages(splits, 3, 0.5, 1.0)[1] < messages, "counting ends early"


def test_a_cost_says_more_of_more_work() -> None:
    few, many = (grandparents(people=count) for count in (40, 160))
    costs = [
        RedGNN(RedGNNConfig(layers=layers, dim=8), splits.vocabulary.relations).cost(splits)
        for splits, layers in ((few, 1), (few, 3), (many, 3))
    ]
    assert costs[0].messages < costs[1].messages
    assert costs[1].queries < costs[2].queries
    assert costs[0].memory < costs[1].memory
    assert all(cost.seconds > 0 for cost in costs)


def test_only_some_relations_make_fewer_queries() -> None:
    splits = grandparents(people=80)
    fewer = splits.asking(["grandparent"])
    assert set(fewer.valid.triples[:, 1]) == {splits.vocabulary.relation("grandparent")}
    model = RedGNN(RedGNNConfig(dim=8), splits.vocabulary.relations)
    assert model.cost(fewer).queries < model.cost(splits).queries


def test_the_loss_over_what_is_reached_is_that_over_all() -> None:
    splits = grandparents(people=40)
    graph = MessageGraph.of(splits.known)
    heads = np.array([3, 17, 30])
    last = frontier(graph, heads, 1)[-1]
    score = torch.randn(last.num_targets, dtype=torch.float64, requires_grad=True)
    queries, answers = np.array([0, 1, 1, 2]), np.array([3, 17, 0, 39])
    loss = log_softmax_loss(last, score, graph.num_entities, queries, answers)
    (gradient,) = torch.autograd.grad(loss, score)
    table = torch.zeros(3, graph.num_entities, dtype=torch.float64)
    table = table.index_put(
        (torch.from_numpy(last.query).long(), torch.from_numpy(last.entity).long()), score
    )
    wanted = -torch.log_softmax(table, dim=1)[queries, answers].sum()
    torch.testing.assert_close(loss, wanted)
    torch.testing.assert_close(gradient, torch.autograd.grad(wanted, score)[0])
