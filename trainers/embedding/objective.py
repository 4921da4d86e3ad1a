"""What a model with one width is learned by; a model with several has an objective of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from trainers.embedding.chunked import by_query
from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.losses import cross_entropy, self_adversarial, softmax_against_all
from trainers.embedding.scores import AgainstAll


class Objective(Protocol):
    """The loss of a step, from scores at every width."""

    @property
    def widths(self) -> Sequence[int]:
        """Coordinates of each crop, ascending; the last is the model's."""
        ...

    def drawn(self, scores: Tensor, true: Tensor) -> Tensor:
        """The sum over (B, 1 + K, n) scores, not yet multiplied. Args: true: (B, K) drawn, answers too."""
        ...

    @property
    def factors(self) -> Sequence[float]:
        """What the scores of each crop are multiplied by."""
        ...

    def all(self, found: AgainstAll) -> Tensor:
        """The sum over queries against all entities."""
        ...


class Plain:
    """The loss that the settings name. Args: settings: Of the model."""

    def __init__(self, settings: EmbeddingConfig) -> None:
        self.settings = settings
        self.widths: Sequence[int] = (settings.dim,)
        self.factors: Sequence[float] = (1.0,)

    def each(self, scores: Tensor, true: Tensor) -> Tensor:
        """(B, n) losses of each query at each width, see `Objective.drawn`."""
        if self.settings.loss == "cross_entropy":
            return cross_entropy(scores, true)
        return self_adversarial(scores, true, self.settings.margin, self.settings.adversarial)

    def drawn(self, scores: Tensor, true: Tensor) -> Tensor:
        """See `Objective.drawn`."""
        return by_query(scores, true, lambda some, which: self.each(some, which).sum())

    def all(self, found: AgainstAll) -> Tensor:
        """See `Objective.all`."""
        return softmax_against_all(found, self.settings.smoothing).sum()
