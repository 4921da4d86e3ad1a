"""What models of several widths in one table are learned by: MED's losses, as published and as corrected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import huber_loss, logsigmoid

from graph_schema.arrays import Ints
from trainers.embedding.chunked import by_query
from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.losses import softmax_against_all
from trainers.embedding.objective import Plain
from trainers.embedding.scores import AgainstAll
from trainers.kernels.block_scores.loops import L2, SCALED

Form = Literal["off", "published", "corrected"]


class NestedConfig(EmbeddingConfig):
    """Settings of the losses that bind the widths of a table together."""

    widths: tuple[int, ...] = Field(
        default=(16, 32, 64, 128, 256, 512), min_length=1, description="coordinates of each crop, ascending"
    )
    calibrated: bool = Field(
        default=True, description="scores of a crop are raised to the level of the whole"
    )
    mutual: float = Field(default=0.1, ge=0, description="weight of mutual learning between adjacent crops")
    evolutionary: Form = Field(
        default="off",
        description="facts weigh by what the next smaller crop makes of them: as published, or half evenly",
    )
    dynamic: Form = Field(
        default="off",
        description="larger crops weigh more: by a learned factor as published, or by a fixed one",
    )


class Weights(nn.Module):
    """w₁, w₂ and w₃ of MED, which are learned where its losses are taken as published."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.ones(3))


class Nested(Plain):
    """The losses of all crops, and what binds them (MED).

    The sum over a step's queries of the mean over crops; mutual learning is a mean over a query's scores.
    Weights of facts are read off a smaller crop without a gradient to it.

    Args:
        settings: Of the model.
        kind: How its score compares, see `block_scores`.
        weights: (3,) w₁, w₂ and w₃.
    """

    def __init__(self, settings: NestedConfig, kind: int, weights: Tensor) -> None:
        super().__init__(settings)
        self.nested, self.weights = settings, weights
        self.widths = settings.widths
        self.factors = tuple(crop_factor(settings, kind, width) for width in settings.widths)

    def drawn(self, scores: Tensor, true: Tensor) -> Tensor:
        """See `Objective.drawn`."""
        if self.nested.evolutionary == "off" and self.nested.dynamic != "published":
            return by_query(scores, true, self._drawn)
        return self._drawn(scores, true)

    def _drawn(self, scores: Tensor, true: Tensor) -> Tensor:
        scores = scores * scores.new_tensor(self.factors)
        each = self.each if self.nested.evolutionary == "off" else self._evolutionary
        total = self._weighed(each(scores, true))
        if self.nested.mutual and len(self.widths) > 1:
            apart = huber_loss(scores[:, :, :-1], scores[:, :, 1:], reduction="none")
            total = total + self.nested.mutual * apart.mean(dim=1).sum() / len(self.widths)
        return total

    def all(self, found: AgainstAll) -> Tensor:
        """See `Objective.all`; mutual learning is of the log-probabilities of answers."""
        total = self._weighed(softmax_against_all(found, self.settings.smoothing))
        if self.nested.mutual and len(self.widths) > 1:
            said = found.own - found.total[found.query]
            apart = huber_loss(said[:, :-1], said[:, 1:], reduction="sum")
            total = total + self.nested.mutual * apart / len(self.widths)
        return total

    def _weighed(self, losses: Tensor) -> Tensor:
        """The sum over queries of the mean over crops, larger ones weighing more where that is wanted."""
        if self.nested.dynamic == "off":
            return losses.sum() / len(self.widths)
        share = losses.new_tensor(self.widths) / self.widths[-1]
        third = self.weights[2]
        if self.nested.dynamic == "corrected":
            third = third.detach()
        return (torch.exp(third * share) * losses).sum() / len(self.widths)

    def _evolutionary(self, scores: Tensor, true: Tensor) -> Tensor:
        """(B, n) evolutionary improvement; were all weights alike, it would be the plain loss."""
        raised = self.settings.margin + scores
        answers, others, gone = raised[:, 0], raised[:, 1:], true[:, :, None]
        published = self.nested.evolutionary == "published"
        first, second, _ = self.weights if published else self.weights.detach()
        before, before_others = answers[:, :-1].detach(), others[:, :, :-1].detach()
        hard = first / before if published else -first * before
        positive = torch.softmax(hard, dim=0)
        flat = (second * before_others).masked_fill(gone, -torch.inf).reshape(-1, len(self.widths) - 1)
        negative = torch.softmax(flat, dim=0).reshape(before_others.shape)
        even = torch.full_like(answers[:, :1], 1 / len(answers))
        kept = (~gone).to(scores.dtype)
        even_others = kept / kept.sum().clamp(min=1)
        if not published:
            positive, negative = (positive + even) / 2, (negative + even_others) / 2
        positive = torch.cat([even, positive], dim=1)
        negative = torch.cat([even_others, negative], dim=2)
        against = (negative * logsigmoid(-others)).sum(dim=1)
        return -len(answers) * (positive * logsigmoid(answers) + against)


def crop_factor(settings: NestedConfig, kind: int, width: int) -> float:
    """What a crop's score is multiplied by, so that one margin suits all: d_n / d_i, or its root.

    The root is of scores that grow with the root of the coordinates: an L2 norm, and the L1 norm of vectors
    that are scaled to unit length at each width.
    """
    ratio = settings.widths[-1] / width if settings.calibrated else 1.0
    return ratio**0.5 if kind in (L2, SCALED) else ratio


def spread(widths: Sequence[int], most: int) -> list[int]:
    """At most so many of some widths, first and last among them, evenly apart."""
    if len(widths) <= most:
        return list(widths)
    places: Ints = torch.linspace(0, len(widths) - 1, most).round().long().numpy()
    return [widths[i] for i in places.tolist()]
