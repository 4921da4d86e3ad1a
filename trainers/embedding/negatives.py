"""What is asked in an epoch, and the entities drawn against its answers."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Ints, Mask
from trainers.evaluation import Queries, in_sorted


def asked_pairs(queries: Queries, sampling: str, inverse: Ints, draw: np.random.Generator) -> Ints:
    """(A, 3) rows of head, relation in [0, 2m) and answer, in random order.

    Args:
        queries: Both directions of the known facts.
        sampling: "uniform" asks each fact in both directions; "bernoulli" in one, the tail with probability
            tph / (tph + hpt), the numbers of tails to a head and of heads to a tail of its relation
            (TransH's rule for the end that is drawn anew).
        inverse: (2m,) for each relation the one that asks the other way.
        draw: Source of randomness.
    """
    counts = np.diff(queries.ptr)
    relation = np.repeat(queries.relation, counts)
    rows = np.stack([np.repeat(queries.head, counts), relation, queries.answer], axis=1)
    if sampling == "bernoulli":
        width = len(inverse)
        facts = np.bincount(relation, minlength=width)
        asked = np.bincount(queries.relation, minlength=width)
        answers = facts / np.maximum(asked, 1)
        share = answers[relation] / (answers[relation] + answers[inverse[relation]])
        forth = relation < width // 2
        # One throw for both directions of a fact: the other one has what is left of its probability.
        ends = np.where(forth[:, None], rows[:, [0, 2]], rows[:, [2, 0]])
        key = np.stack([ends[:, 0], relation % (width // 2), ends[:, 1]], axis=1)
        _, fact = np.unique(key, axis=0, return_inverse=True)
        throw = draw.random(int(fact.max(initial=-1)) + 1)[fact]
        rows = rows[np.where(forth, throw < share, throw >= 1 - share)]
    return rows[draw.permutation(len(rows))]


class KnownAnswers:
    """Which entities answer which queries. Args: queries: Of all known facts; entities: N."""

    def __init__(self, queries: Queries, entities: int) -> None:
        self._width, self._entities = int(queries.relation.max(initial=0)) + 1, entities
        counts = np.diff(queries.ptr)
        asked = np.repeat(queries.head * self._width + queries.relation, counts)
        self._codes = np.sort(asked * entities + queries.answer)

    def among(self, heads: Ints, relations: Ints, drawn: Ints) -> Mask:
        """(B, K) which of (B, K) entities answer (B,) queries."""
        asked = (heads * self._width + relations)[:, None] * self._entities + drawn
        return in_sorted(self._codes, asked.ravel()).reshape(drawn.shape)


def drawn_entities(entities: int, groups: int, negatives: int, draw: np.random.Generator) -> Ints:
    """(G, K) entities drawn uniformly for each group; all of them, once, where there are no more."""
    if negatives >= entities:
        return np.broadcast_to(np.arange(entities), (groups, entities)).copy()
    return draw.integers(0, entities, (groups, negatives))
