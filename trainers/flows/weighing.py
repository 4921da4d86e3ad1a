"""What flows and ends count beside the vote, chosen on validation for each protocol."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from graph_schema.arrays import Floats, Ints
from trainers.pair_figures import deciding, of_rows
from trainers.pairs import PROTOCOLS, PairSplits

WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0)
ENOUGH = 100
"""Validation pairs below which a protocol goes by the next one's weights."""


def judged(splits: PairSplits, rows: Ints, scores: Floats) -> float:
    """Mean of macro-F1 and accuracy, or PR-AUC where pairs have several types.

    Args:
        splits: Say which.
        rows: (N, 3) facts.
        scores: (N, T) of their pairs.
    """
    figures = of_rows(splits, rows, scores)
    decides = deciding(splits, figures)
    return decides if splits.several else (decides + figures["accuracy"]) / 2


def weighed(splits: PairSplits, parts: Sequence[tuple[Ints, Floats, Floats, Floats]]) -> Floats:
    """(3, 2) what flows, and ends, count in each protocol.

    Args:
        splits: Whose validation it is.
        parts: For each protocol (N, 3) facts, and (N, T) of the vote, the flows and the ends.
    """
    found, enough = np.zeros((len(PROTOCOLS), 2)), []
    for protocol, (rows, vote, flow, ends) in enumerate(parts):
        if len(rows) >= ENOUGH:
            enough.append(protocol)
            found[protocol] = max(
                product(WEIGHTS, WEIGHTS),
                key=lambda w: judged(splits, rows, vote + w[0] * flow + w[1] * ends),
            )
    for protocol in range(len(PROTOCOLS)):
        if enough and protocol not in enough:
            found[protocol] = found[min(enough, key=lambda other: abs(other - protocol))]
    return found
