"""The graph that walks lie in: facts both ways, self loops, and who resembles whom."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Floats, Ints
from graph_schema.triples import TripleSet
from trainers.analogues.votes import Votes
from trainers.kernels.pair_walks.kernel import WalkGraph


def walk_graph(known: TripleSet, types: Ints, votes: Votes) -> WalkGraph:
    """Lay out what is known.

    Relations as walked: r, r + m for the other way, 2m the self loop, 2m + 1 "resembles", whose edges lead
    from an entity to its analogues and back, and count for their likeness to some power. A fact of a type
    counts for 1. Any other counts for how rare it is: log(n / d) / log n, d the larger number of facts of its
    relation that either end has, n all of them.

    Args:
        known: The facts.
        types: (T,) relations that are told apart.
        votes: Says who is like whom.
    """
    m, rows, n = known.num_relations, known.triples, known.num_entities
    typed, weight = np.isin(rows[:, 1], types), _rarity(known)
    weight[typed] = 1.0
    everyone, number = np.arange(n), np.arange(len(rows))
    who, whom, likeness = _alike(votes)
    none = np.full(len(who), -1)
    source = np.concatenate([rows[:, 0], rows[:, 2], everyone, who])
    target = np.concatenate([rows[:, 2], rows[:, 0], everyone, whom])
    inverse = known.vocabulary.inverse
    relation = np.concatenate(
        [rows[:, 1], inverse[rows[:, 1]], np.full(n, 2 * m), np.full(len(who), 2 * m + 1)]
    )
    fact = np.concatenate([number, number, np.full(n, -1), none])
    every = np.concatenate([weight, weight, np.ones(n), likeness]).astype(np.float32)
    kinds = np.concatenate([typed, typed, np.zeros(n + len(who), dtype=bool)])
    walked = np.concatenate([inverse, [2 * m, 2 * m + 1]])
    return WalkGraph.of((source, target, relation, fact), every, kinds, walked, entities=n)


def _rarity(known: TripleSet) -> Floats:
    """(N,) in (0, 1]."""
    rows, n = known.triples, known.num_entities
    most = np.zeros(len(rows))
    for end in (0, 2):
        code = rows[:, 1] * n + rows[:, end]
        _, place, count = np.unique(code, return_inverse=True, return_counts=True)
        most = np.maximum(most, count[place.reshape(-1)])
    per = np.bincount(rows[:, 1], minlength=known.num_relations)[rows[:, 1]] + 1.0
    rarity: Floats = np.maximum(np.log(per / most) / np.log(np.maximum(per, 2.0)), 0.01)
    return rarity


def _alike(votes: Votes) -> tuple[Ints, Ints, Floats]:
    """Both ways of who resembles whom, each once, and what it counts for."""
    owner = np.repeat(votes.likeness.entities, votes.near.shape[1])
    near, weight = votes.near.ravel(), votes.weight.ravel()
    real = (near >= 0) & (weight > 0)
    who = np.concatenate([owner[real], near[real]])
    whom = np.concatenate([near[real], owner[real]])
    much = np.concatenate([weight[real], weight[real]])
    _, once = np.unique(who * (len(votes.known)) + whom, return_index=True)
    return who[once], whom[once], much[once]
