"""Path attribution by sufficiency: how likely a network finds a path's end knowing nothing but the path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from graph_schema.arrays import Floats, Floats32, Ints, row_codes
from graph_schema.triples import Vocabulary
from trainers.evidence.implied import FactsBetween, without_implied
from trainers.evidence.walks import Walks
from trainers.kernels import Layer, MessageGraph, Removed
from trainers.trainer import RowPath

DISCOUNT = 0.95
"""What a path weighs of one that is a step shorter and is as sufficient."""

KEPT = 200_000
"""No further sufficiency is remembered beyond so many."""

Encode = Callable[[MessageGraph, Ints, Ints], tuple[Layer, Floats32]]
"""Given a graph, (B,) heads and (B,) relations: the last layer of the expansion and its (M,) scores."""


@dataclass(frozen=True)
class Sufficiency:
    """How sufficient sequences of relations are to one network over one graph, each found out once.

    A network without entity embeddings sees of a lone path only the relations asked for and walked.

    Attributes:
        encode: The network, whose weights stay.
        graph: Says how many entities and which relations there are.
    """

    encode: Encode
    graph: MessageGraph
    _found: dict[bytes, float | None] = field(default_factory=dict, repr=False)

    def __call__(self, patterns: Ints) -> Floats:
        """(P,) probability of a path's end among all entities but the head, most of them unreached.

        Args:
            patterns: (P, 1 + K) relation of the query, then relations walked, -1 after the last.
        """
        keys = [row.tobytes() for row in patterns]
        found = [self._found.get(key) for key in keys]
        new = [i for i, value in enumerate(found) if value is None]
        if new:
            for i, value in zip(new, self._alone(patterns[new]).tolist(), strict=True):
                found[i] = value
            if len(self._found) < KEPT:
                self._found.update((keys[i], found[i]) for i in new)
        return np.array(found, dtype=np.float64)

    def _alone(self, patterns: Ints) -> Floats:
        count, width = patterns.shape
        m = self.graph.num_relations
        chain, place = np.nonzero(patterns[:, 1:] >= 0)
        step, start = patterns[chain, place + 1], chain * width + place
        back = step >= m
        rows = np.where(
            back[:, None],
            np.stack([start + 1, step - m, start], axis=1),
            np.stack([start, step, start + 1], axis=1),
        )
        names = tuple(map(str, range(m)))
        symmetric = frozenset(names[r] for r in np.flatnonzero(self.graph.inverse[:m] == np.arange(m)))
        chains = MessageGraph.over(Vocabulary(tuple(map(str, range(count * width))), names, symmetric), rows)
        heads = np.arange(count) * width
        last, score = self.encode(chains, heads, patterns[:, 0])
        size = np.exp(np.clip(score.astype(np.float64), -300, 300))
        end = last.entity == (heads + (patterns[:, 1:] >= 0).sum(axis=1))[last.query]
        met = np.where(last.entity == heads[last.query], 0.0, size)
        unreached = self.graph.num_entities - np.bincount(last.query, minlength=count)
        probability: Floats = size[end] / (np.bincount(last.query, met, count) + unreached)
        return probability


def most_sufficient(
    sufficiency: Sufficiency,
    between: FactsBetween,
    relations: Ints,
    found: Walks,
    paths: int,
    gone: Removed,
) -> list[list[RowPath]]:
    """Of each answer's walks the most sufficient, one for each sequence of relations before any second one.

    A path's weight is its sufficiency times `DISCOUNT` for each step after the first: of ways that convince
    alike the shorter comes first.

    Args:
        sufficiency: Of the network over the answering graph.
        between: Its facts by the two entities between which they stand.
        relations: (N,) what was asked when each answer came.
        found: Walks to each of N answers.
        paths: How many to keep for each answer.
        gone: For each of N answers the facts it goes without.

    Returns:
        For each answer the paths, best first: at most `paths` that meet other entities; one over a fact that
        others imply in each form with these instead.
    """
    answer, place = np.nonzero(found.weight)
    walked = found.fact[answer, place] >= 0
    order = np.argsort(~walked, axis=1, kind="stable")  # steps first, waiting last
    fact, entity = (
        np.take_along_axis(part[answer, place].astype(np.int64), order, 1)
        for part in (found.fact, found.entity)
    )
    weight, kind = _weights(sufficiency, relations[answer], fact, entity)
    best = np.lexsort((-weight, answer))
    _, first = np.unique(row_codes(np.stack([answer, kind], axis=1)[best]), return_index=True)
    again = np.ones(len(best), dtype=bool)
    again[first] = False
    chosen = best[np.lexsort((again, answer[best]))]
    begin = np.searchsorted(answer[chosen], np.arange(len(found.weight)))
    chosen = chosen[np.arange(len(chosen)) - begin[answer[chosen]] < paths]
    return _without_implied(sufficiency, between, relations, (answer, fact, entity, weight), chosen, gone)


def _without_implied(
    sufficiency: Sufficiency,
    between: FactsBetween,
    relations: Ints,
    walks: tuple[Ints, Ints, Ints, Floats],
    chosen: Ints,
    gone: Removed,
) -> list[list[RowPath]]:
    """The chosen of the walks (answer, fact, entity, weight) as paths by answer, without implied facts."""
    answer, fact, entity, weight = (walks[0][chosen], walks[1][chosen], walks[2][chosen], walks[3][chosen])
    origin, forms = without_implied(between, fact)
    there = ~gone.among(answer[origin], forms)
    origin, forms = origin[there], forms[there]
    weights, _ = _weights(sufficiency, relations[answer[origin]], forms, entity[origin])
    kept = np.ones(len(fact), dtype=bool)
    kept[origin] = False
    answer = np.concatenate([answer[kept], answer[origin]])
    fact, weight = np.concatenate([fact[kept], forms]), np.concatenate([weight[kept], weights])
    _, first = np.unique(row_codes(np.concatenate([answer[:, None], fact], axis=1)), return_index=True)
    order = first[np.lexsort((first, -weight[first], answer[first]))]
    lengths = (fact >= 0).sum(axis=1)
    out: list[list[RowPath]] = [[] for _ in relations]
    told = (answer[order], fact[order], lengths[order], weight[order])
    for a, facts, length, w in zip(*(part.tolist() for part in told), strict=True):
        out[a].append(RowPath(tuple(facts[:length]), w))
    return out


def _weights(sufficiency: Sufficiency, relations: Ints, fact: Ints, entity: Ints) -> tuple[Floats, Ints]:
    """(C,) weights of paths, and (C,) which of them walk the same relations for the same question.

    Args:
        sufficiency: Of the network over the answering graph.
        relations: (C,) what was asked.
        fact, entity: (C, K) facts walked, -1 after the last, and the entities they led to.
    """
    graph = sufficiency.graph
    triples = graph.triples[fact]
    steps = np.where(triples[:, :, 2] == entity, triples[:, :, 1], graph.inverse[triples[:, :, 1]])
    steps[fact < 0] = -1
    patterns = np.concatenate([relations[:, None], steps], axis=1)
    _, first, kind = np.unique(row_codes(patterns), return_index=True, return_inverse=True)
    weight: Floats = sufficiency(patterns[first])[kind] * DISCOUNT ** ((fact >= 0).sum(axis=1) - 1)
    return weight, kind
