"""The baseline every model must beat: how often each entity is an answer of the relation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Floats32, Ints
from graph_schema.progress import Progress
from graph_schema.triples import Splits, TripleSet
from trainers.trainer import FitReport, ModelConfig, Reference, Trainer


class FrequencyConfig(ModelConfig):
    """The baseline has no settings."""


class Frequency(Trainer):
    """Scores (h, r, e) by the number of known facts with relation r and tail e; a `TailScorer`."""

    Config = FrequencyConfig
    reference = Reference(
        title="Relation-wise popularity: an entity scores what it was worth before, whatever the head",
        venue="baseline, no paper",
        year=2026,
    )

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        super().__init__(config, relations, seed=seed, device=device)
        self._counts = np.zeros((2 * len(relations), 0), dtype=np.float32)

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        del splits, checkpoint  # being bound to the known facts is all there is to learn
        progress("counting facts", 1, 1)
        return FitReport(epochs=1, best_epoch=1)

    def _bind(self, known: TripleSet) -> None:
        m = known.num_relations
        self._counts = np.zeros((2 * m, known.num_entities), dtype=np.float32)
        heads, relations, tails = known.triples.T
        np.add.at(self._counts, (relations, tails), 1)
        np.add.at(self._counts, (known.vocabulary.inverse[relations], heads), 1)

    def score_tails(self, heads: Ints, relations: Ints) -> Floats32:
        """See `TailScorer.score_tails`; the same for every head."""
        del heads
        scores: Floats32 = self._counts[relations]
        return scores

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`: the counts, (2m, E)."""
        return {"counts": torch.from_numpy(self._counts)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`."""
        self._counts = tensors["counts"].numpy()
