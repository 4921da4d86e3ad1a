"""What a path is worth alone: how likely a network finds its end when it knows nothing but the path."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from graph_schema.triples import Ints, Vocabulary
from trainers.kernels import Layer, MessageGraph
from trainers.trainer import RowPath

Floats = npt.NDArray[np.float64]

Encode = Callable[[MessageGraph, Ints, Ints], tuple[Layer, npt.NDArray[np.float32]]]
"""Given a graph, (B,) heads and (B,) relations: the last layer of the expansion and its (M,) scores."""


def worthiest(
    encode: Encode,
    graph: MessageGraph,
    heads: Ints,
    relations: Ints,
    found: Sequence[Sequence[Sequence[RowPath]]],
    paths: int,
) -> list[list[list[RowPath]]]:
    """Of each answer's candidates those worth most alone, one for each sequence of relations first.

    A network without entity embeddings sees of a lone path only the relations asked for and walked,
    so each such sequence is encoded once. A path's odds alone, times the product of its attentions, are the
    odds of its new weight: a path counts for what it proves and for how far the network looked at it.

    Args:
        encode: The network.
        graph: The answering graph.
        heads, relations: (B,) queries.
        found: For each query and answer candidate paths, their weights products of attentions.
        paths: How many to keep for each answer.

    Returns:
        For each query and answer at most `paths` paths, best first.
    """
    flat = [
        (int(heads[b]), int(relations[b]), path)
        for b, answers in enumerate(found)
        for candidates in answers
        for path in candidates
    ]
    longest = max((len(path.facts) for _, _, path in flat), default=0)
    patterns = np.full((len(flat), 1 + longest), -1, dtype=np.int64)
    for row, (head, relation, path) in zip(patterns, flat, strict=True):
        row[: 1 + len(path.facts)] = relation, *_walked(graph, head, path.facts)
    distinct, which = np.unique(patterns, axis=0, return_inverse=True)
    odds = _odds_alone(encode, graph, distinct)
    weighed = iter(
        (RowPath(path.facts, _share(odds[kind] * path.weight)), kind)
        for (_, _, path), kind in zip(flat, which.reshape(-1).tolist(), strict=True)
    )
    return [
        [_varied([next(weighed) for _ in candidates], paths) for candidates in answers] for answers in found
    ]


def _share(odds: float) -> float:
    return float(odds / (1 + odds))


def _varied(weighed: list[tuple[RowPath, int]], paths: int) -> list[RowPath]:
    """The best of each kind before any second one, so that one reason is not told five times."""
    weighed.sort(key=lambda one: -one[0].weight)
    told: set[int] = set()
    first: list[RowPath] = []
    again: list[RowPath] = []
    for path, kind in weighed:
        (again if kind in told else first).append(path)
        told.add(kind)
    return sorted((first + again)[:paths], key=lambda path: -path.weight)


def _walked(graph: MessageGraph, head: int, facts: tuple[int, ...]) -> list[int]:
    """The relations of a path, in the direction in which it is walked."""
    steps, at = [], head
    for fact in facts:
        start, relation, end = graph.triples[fact].tolist()
        steps.append(relation if start == at else int(graph.inverse[relation]))
        at = end if start == at else start
    return steps


def _odds_alone(encode: Encode, graph: MessageGraph, patterns: Ints) -> Floats:
    """(P,) odds of a chain's end against all other entities of `graph` but the head, most of them unreached.

    Args:
        encode: The network.
        graph: Says how many entities and which relations there are.
        patterns: (P, 1 + K) relation of the query, then relations walked, -1 after the last.
    """
    count, width = patterns.shape
    if count == 0:
        return np.zeros(0)
    m = graph.num_relations
    chain, place = np.nonzero(patterns[:, 1:] >= 0)
    step, start = patterns[chain, place + 1], chain * width + place
    back = step >= m
    rows = np.where(
        back[:, None],
        np.stack([start + 1, step - m, start], axis=1),
        np.stack([start, step, start + 1], axis=1),
    )
    names = tuple(map(str, range(m)))
    symmetric = frozenset(names[r] for r in np.flatnonzero(graph.inverse[:m] == np.arange(m)))
    chains = MessageGraph.over(Vocabulary(tuple(map(str, range(count * width))), names, symmetric), rows)
    heads = np.arange(count) * width
    last, score = encode(chains, heads, patterns[:, 0])
    size = np.exp(np.clip(score.astype(np.float64), -300, 300))
    end = last.entity == (heads + (patterns[:, 1:] >= 0).sum(axis=1))[last.query]
    met = np.where(end | (last.entity == heads[last.query]), 0.0, size)
    elsewhere = graph.num_entities - np.bincount(last.query, minlength=count)
    odds: Floats = size[end] / np.maximum(np.bincount(last.query, met, count) + elsewhere, 1e-9)
    return odds
