"""What a known fact counts for an answer: how much of the odds goes without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph_schema.arrays import Ints
from trainers.pairs import lost_odds
from trainers.trainer import CaseExplainer, RowCase


def weighed_cases(
    model: CaseExplainer,
    facts: Ints,
    named: Sequence[Sequence[int]],
    removed: Sequence[Sequence[int]],
) -> list[list[RowCase]]:
    """Cases with the share of the odds that goes without each, weightiest first.

    Args:
        model: Whose odds.
        facts: (B, 3) answers.
        named: For each, rows of the known triples that speak for it.
        removed: For each, rows that are not there anyway; none at all for nothing.
    """
    off = removed or [()] * len(facts)
    before = model.score_pairs_without(facts[:, [0, 2]], off)
    places = np.searchsorted(model.types, facts[:, 1]).tolist()
    found: list[list[RowCase]] = [[] for _ in facts]
    # All pairs in every turn, with or without something left to leave out: what they share is found once.
    for turn in range(max((len(rows) for rows in named), default=0)):
        gone = [[*left, *rows[turn : turn + 1]] for rows, left in zip(named, off, strict=True)]
        after = model.score_pairs_without(facts[:, [0, 2]], gone)
        for pair, rows in enumerate(named):
            if turn < len(rows):
                weight = lost_odds(before[pair], after[pair], places[pair])
                found[pair].append(RowCase(rows[turn], weight))
    return [sorted(cases, key=lambda case: (-case.weight, case.fact)) for cases in found]
