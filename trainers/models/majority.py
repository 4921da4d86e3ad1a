"""The least that a model of pair types must beat: the type that holds most often, for every pair."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Floats32, Ints
from graph_schema.progress import Progress
from graph_schema.triples import Splits, TripleSet
from trainers.pairs import PairSplits
from trainers.trainer import FitReport, ModelConfig, Reference, Trainer


class MajorityConfig(ModelConfig):
    """The baseline has no settings."""


class Majority(Trainer):
    """Scores each type by the logarithm of its share of the known facts; a `PairScorer`."""

    Config = MajorityConfig
    task: ClassVar[str] = "pair_type"
    reference = Reference(title="The most frequent type", venue="baseline, no paper", year=2026)
    types: Ints = np.zeros(0, dtype=np.int64)
    _shares: Floats32 = np.zeros(0, dtype=np.float32)

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        """See `Trainer.fit`; counting needs no checkpoint."""
        del checkpoint
        assert isinstance(splits, PairSplits)
        self.types = splits.types
        self._bind(splits.known)
        progress("counting facts", 1, 1)
        return FitReport(epochs=1, best_epoch=1)

    def _bind(self, known: TripleSet) -> None:
        """See `Trainer.bind`."""
        count = np.bincount(known.triples[:, 1], minlength=known.num_relations)[self.types] + 1
        self._shares = np.log(count / count.sum()).astype(np.float32)

    def score_relations(self, heads: Ints, tails: Ints) -> Floats32:
        """See `PairScorer.score_relations`; the same for every pair."""
        del tails
        return np.repeat(self._shares[None], len(heads), axis=0)

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`: which relations are types."""
        return {"types": torch.from_numpy(self.types)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`."""
        self.types = tensors["types"].numpy()
