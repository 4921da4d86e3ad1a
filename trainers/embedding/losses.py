"""Losses of answers against others, a row for each query and a column for each of n widths.

Those against entities drawn take (B, 1 + K, n) scores, the answer's first.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from trainers.embedding.scores import AgainstAll


def self_adversarial(scores: Tensor, true: Tensor, margin: float, alpha: float) -> Tensor:
    """−½ log σ(γ + s) − ½ Σ p log σ(−γ − s'), p the softmax of α s' (RotatE).

    Args:
        scores: See the module.
        true: (B, K) which of those drawn answer the query too; they are left out.
        margin, alpha: γ and α; with 0 all drawn weigh alike.
    """
    raised = margin + scores
    others = raised[:, 1:]
    gone = true[:, :, None]
    weight = torch.softmax((alpha * others.detach()).masked_fill(gone, -torch.inf), dim=1).nan_to_num(0.0)
    return -(logsigmoid(raised[:, 0]) + (weight * logsigmoid(-others)).sum(dim=1)) / 2


def cross_entropy(scores: Tensor, true: Tensor) -> Tensor:
    """−log softmax of the answer among those drawn. Args: true: (B, K), as in `self_adversarial`."""
    none = torch.zeros(len(true), 1, dtype=torch.bool, device=true.device)
    gone = torch.cat([none, true], dim=1)[:, :, None]
    return torch.logsumexp(scores.masked_fill(gone, -torch.inf), dim=1) - scores[:, 0]


def softmax_against_all(found: AgainstAll, smoothing: float) -> Tensor:
    """(Q, n) −Σ t log softmax over all entities; t is spread evenly over a query's answers.

    Args:
        found: Queries against all.
        smoothing: ε, the share of each target that is spread over all entities.
    """
    own = found.total.new_zeros(found.total.shape).index_add(0, found.query, found.own)
    count = torch.bincount(found.query, minlength=len(own)).clamp(min=1)[:, None]
    return found.total - (1 - smoothing) * own / count - smoothing * found.mean
