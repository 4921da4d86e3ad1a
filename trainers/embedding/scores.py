"""What a score function is: how a head is moved by a relation, and how it is then compared with a tail."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Ints
from trainers.embedding.config import EmbeddingConfig
from trainers.kernels.block_scores.kernel import block_scores
from trainers.kernels.block_scores.loops import DOT, L2
from trainers.kernels.log_total.kernel import log_total

_TINY = 1e-12


class Score(ABC):
    """A score of (h, r, t) over d coordinates, from vectors with some numbers to each coordinate.

    Attributes:
        entity_parts, relation_parts: Numbers to a coordinate, such as the two parts of a complex one.
        kind: How a moved head and a tail are compared; see `trainers.kernels.block_scores`.
        additive: Whether the score of a crop is a sum over its coordinates of what each adds.
    """

    entity_parts: ClassVar[int] = 1
    relation_parts: ClassVar[int] = 1
    kind: int = DOT
    additive: ClassVar[bool] = True

    @abstractmethod
    def moved(self, head: Tensor, relation: Tensor) -> Tensor:
        """(B, c, d), of (B, c, d) heads and (B, c', d) relations: what is compared with tails."""

    def scale(self, relation: Tensor) -> Tensor | None:
        """(B, c, d) factors of the tails before they are compared; None where there are none."""
        del relation
        return None

    def first_entities(
        self, shape: Sequence[int], draw: torch.Generator, settings: EmbeddingConfig
    ) -> Tensor:
        """(N, c, d) vectors to begin with; of a distance uniform within (γ + 2) / d (as RotatE)."""
        if self.distance:
            return uniform(shape, draw, (settings.margin + 2) / settings.dim)
        return settings.init_scale * torch.randn(*shape, generator=draw)

    def first_relations(
        self, shape: Sequence[int], draw: torch.Generator, settings: EmbeddingConfig
    ) -> Tensor:
        """(2m, c', d) vectors to begin with."""
        return self.first_entities(shape, draw, settings)

    def relation_rate(self, settings: EmbeddingConfig) -> float:
        """What the learning rate of relations is multiplied by."""
        del settings
        return 1.0

    @property
    def distance(self) -> bool:
        """Whether tails are compared by how far they are."""
        return self.kind != DOT

    def finished(self, sums: Tensor) -> Tensor:
        """Scores, higher is likelier, of sums over coordinates."""
        if self.kind == DOT:
            return sums
        return -(sums + _TINY).sqrt() if self.kind == L2 else -sums


def uniform(shape: Sequence[int], draw: torch.Generator, most: float) -> Tensor:
    """Numbers drawn from −most to most."""
    return (2 * torch.rand(*shape, generator=draw) - 1) * most


def crop_scores(
    score: Score,
    head: Tensor,
    relation: Tensor,
    table: Tensor,
    answer: Ints,
    drawn: Ints,
    widths: Sequence[int],
    rows: Ints | None = None,
) -> Tensor:
    """Scores of queries with their answers and with those drawn, at each of some widths.

    All widths cost one pass where the score is additive, otherwise a pass each.

    Args:
        score: Which.
        head, relation: (B, c, d) and (B, c', d).
        table: (U, c, d).
        answer, drawn, rows: Who is compared, see `block_scores`; where the score is not additive all rows.
        widths: Coordinates of each crop, ascending, d at most.

    Returns:
        (B, 1 + K, n).
    """
    if not score.additive and len(widths) > 1:
        one = (crop_scores(score, head, relation, table, answer, drawn, (w,)) for w in widths)
        return torch.cat(list(one), dim=2)
    last = widths[-1]
    if last < table.shape[2]:
        head, relation, table = (x[:, :, :last] for x in (head, relation, table))
    if not score.additive:
        head, table = (torch.nn.functional.normalize(x, dim=2) for x in (head, table))
    bounds = np.array([0, *widths], dtype=np.int64)
    moved, scale = score.moved(head, relation), score.scale(relation)
    blocks = block_scores(moved, table, answer, drawn, bounds, score.kind, scale, rows)
    return score.finished(blocks.cumsum(dim=2))


@dataclass(frozen=True, slots=True)
class AgainstAll:
    """Queries against every row of a table, at n widths.

    Attributes:
        total: (Q, n) log Σ exp of the scores.
        own: (A, n) scores of the answers.
        mean: (Q, n) mean of the scores; zeros where it is not asked for.
        query: (A,) the query of each answer.
    """

    total: Tensor
    own: Tensor
    mean: Tensor
    query: Tensor


def against_all(
    score: Score,
    head: Tensor,
    relation: Tensor,
    table: Tensor,
    of: Ints,
    answer: Ints,
    widths: Sequence[int],
    factors: Sequence[float],
    mean: bool = True,
) -> AgainstAll:
    """Queries against all; where scores multiply, a table of queries by rows is held for each width.

    Args:
        score: Which.
        head, relation: (Q, c, d) and (Q, c', d).
        table: (N, c, d).
        of, answer: (A,) query and row of each answer.
        widths: See `crop_scores`.
        factors: (n,) what scores are multiplied by.
        mean: Whether the mean of the scores is wanted.
    """
    query, row = (torch.from_numpy(ids).to(table.device) for ids in (of, answer))
    if score.kind != DOT:
        nobody, everybody = np.zeros(len(head), dtype=np.int64), np.arange(len(table))[None]
        scores = crop_scores(score, head, relation, table, nobody, everybody, widths)[:, 1:]
        scores = scores * scores.new_tensor(factors)
        return AgainstAll(scores.logsumexp(dim=1), scores[query, row], scores.mean(dim=1), query)
    moved, answers = score.moved(head, relation), table[row]
    middle = table.mean(dim=0) if mean else table.new_zeros(table.shape[1:])
    columns: list[tuple[Tensor, Tensor, Tensor]] = []
    for width, factor in zip(widths, factors, strict=True):
        q, a, m = (x[..., :width] for x in (factor * moved, answers, middle))
        flat = q.reshape(len(q), -1)
        total = log_total(flat, table[..., :width].reshape(len(table), -1))
        columns.append((total, (q[query] * a).sum(dim=(1, 2)), flat @ m.reshape(-1)))
    total, own, means = (torch.stack(column, dim=1) for column in zip(*columns, strict=True))
    return AgainstAll(total, own, means, query)
