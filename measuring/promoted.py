"""Do probabilities hold on what was promoted? Expected and found facts of the test, by tenths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.store.protocol import Row

TENTHS = 10
ENOUGH = 50
"""Predictions in a tenth, from which on the aim counts."""


@dataclass(frozen=True)
class Tenths:
    """Promoted predictions by probability.

    Attributes:
        count: (10,) predictions.
        expected: (10,) sum of their probabilities.
        found: (10,) how many are facts of the test.
    """

    count: Ints
    expected: Floats
    found: Ints

    @classmethod
    def of(cls, probability: Floats, true: Mask) -> Tenths:
        """Args: probability, true: (N,)."""
        place = np.minimum((probability * TENTHS).astype(np.int64), TENTHS - 1)
        return cls(
            np.bincount(place, minlength=TENTHS),
            np.bincount(place, probability, minlength=TENTHS).astype(np.float64),
            np.bincount(place, true, minlength=TENTHS).astype(np.int64),
        )

    @property
    def worst(self) -> float:
        """Largest gap between the mean probability and the share found, of tenths that hold `ENOUGH`."""
        enough = self.count >= ENOUGH
        gaps = np.abs(self.expected - self.found)[enough] / self.count[enough]
        return float(gaps.max(initial=0.0))

    def rows(self) -> list[dict[str, Any]]:
        """A row for each tenth that holds any."""
        return [
            {
                "from": tenth / TENTHS,
                "predictions": int(self.count[tenth]),
                "mean probability": float(self.expected[tenth] / self.count[tenth]),
                "share found": float(self.found[tenth] / self.count[tenth]),
            }
            for tenth in np.flatnonzero(self.count).tolist()
        ]


def on_test(graph: PulledGraph, promoted: Iterable[Row]) -> Tenths:
    """Promoted predictions held against the test split.

    Those that are facts of validation, on which the probabilities were fitted, are put aside. Where test and
    validation differ in size the odds are scaled by their ratio, since the probability is that of a fact of
    validation.

    Args:
        graph: The graph, with the splits the run was trained on.
        promoted: Rows with `head`, `relation`, `tail` and `probability`.
    """
    splits = graph.splits()
    ratio = len(splits.test) / len(splits.valid)
    inverse = splits.vocabulary.inverse
    valid, test = (_statements(part.triples, inverse) for part in (splits.valid, splits.test))
    given, true = [], []
    for row in promoted:
        (fact,) = splits.vocabulary.encode([row["head"]], [row["relation"]], [row["tail"]]).tolist()
        if tuple(fact) not in valid:
            given.append(row["probability"])
            true.append(tuple(fact) in test)
    odds = np.array(given) / (1 - np.minimum(given, 1 - 1e-9)) * ratio
    return Tenths.of(odds / (1 + odds), np.array(true, dtype=bool))


def _statements(triples: Ints, inverse: Ints) -> set[tuple[int, ...]]:
    """Facts, those of symmetric relations in both directions."""
    mirrored = triples[inverse[triples[:, 1]] == triples[:, 1]][:, [2, 1, 0]]
    return {tuple(row) for row in np.concatenate([triples, mirrored]).tolist()}
