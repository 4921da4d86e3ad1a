"""What an epoch of a model that answers queries is chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from graph_schema.triples import Splits, TripleSet
from trainers.evaluation import rank
from trainers.trainer import TailScorer


@dataclass(frozen=True)
class Validation:
    """Facts to rank after each epoch, and all facts there are, which filtering leaves out."""

    targets: TripleSet
    true: TripleSet

    @classmethod
    def of(cls, splits: Splits, most: int) -> Self:
        """The validation facts, or `most` of them, always the same."""
        targets = splits.valid
        if len(targets) > most:
            chosen = np.random.default_rng(0).choice(len(targets), most, replace=False)
            targets = TripleSet.of(splits.vocabulary, targets.triples[chosen])
        return cls(targets, splits.all_true())

    def mrr(self, model: TailScorer) -> float | None:
        """Filtered, realistic MRR of a model bound to the known facts; None without validation facts."""
        return rank(model, self.targets, self.true).metrics()["mrr"] if len(self.targets) else None
