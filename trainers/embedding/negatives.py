"""What is asked in an epoch, and the entities drawn against its answers."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Ints, Mask
from trainers.evaluation import Queries, in_sorted


def one_way(facts: Ints, inverse: Ints, draw: np.random.Generator) -> Ints:
    """(F, 3) rows of head, relation in [0, 2m) and answer: each of (F, 3) facts asked in one direction.

    Its head is asked for, and so drawn anew, with probability tph / (tph + hpt), the numbers of tails to a
    head and of heads to a tail of its relation: where there are many tails, one drawn is likely to be right
    (Bernoulli sampling, TransH). Args: inverse: (2m,) for each relation the one that asks the other way.
    """
    heads, relations, tails = facts.T
    count, width = len(facts), int(facts.max(initial=0)) + 1
    each = np.bincount(relations, minlength=len(inverse))
    firsts, lasts = (
        np.bincount(np.unique(relations * width + ends) // width, minlength=len(inverse))
        for ends in (heads, tails)
    )
    per_head, per_tail = each / np.maximum(firsts, 1), each / np.maximum(lasts, 1)
    backward = draw.random(count) < (per_head / np.maximum(per_head + per_tail, 1e-12))[relations]
    return np.where(
        backward[:, None],
        np.stack([tails, inverse[relations], heads], axis=1),
        np.stack([heads, relations, tails], axis=1),
    )


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
