"""Which pairs of validation choose an epoch."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Ints
from trainers.pairs import PairSplits

WORTH = 0.01
"""Share of the validation's pairs from which on a protocol decides."""


def protocols_that_decide(splits: PairSplits) -> Ints:
    """Places in `PROTOCOLS` of those that hold enough of the validation's pairs."""
    of = splits.protocol(splits.valid.triples)
    found: Ints = np.flatnonzero(np.bincount(of, minlength=3) >= max(1.0, WORTH * len(of)))
    return found


def validated(splits: PairSplits, most: int) -> list[Ints]:
    """For each protocol that decides (N, 3) facts of validation, together about `most`, always the same."""
    rows, draw = splits.valid.triples, np.random.default_rng(0)
    of, chosen = splits.protocol(rows), protocols_that_decide(splits)
    found, left = [], most
    for count, protocol in enumerate(sorted(chosen.tolist(), key=lambda p: int((of == p).sum()))):
        here = np.flatnonzero(of == protocol)
        some = draw.permutation(here)[: max(1, left // (len(chosen) - count))]
        left -= len(some)
        found.append(rows[np.sort(some)])
    return found
