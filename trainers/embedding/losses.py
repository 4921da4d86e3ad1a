"""Losses of scores of answers against others: each is a sum over a step's queries.

All take (B, 1 + K, n) scores of n crops, the answer's first, and give (B, n).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


def self_adversarial(scores: Tensor, true: Tensor, margin: float, alpha: float) -> Tensor:
    """−½ log σ(γ + s) − ½ Σ p log σ(−γ − s'), p the softmax of α s' (RotatE, equations 5 and 6).

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


def against_all(scores: Tensor, query: Tensor, answer: Tensor, smoothing: float) -> Tensor:
    """(Q, n) −Σ t log softmax over all entities; t is 1 over a query's answers (LibKGE's K-vs-all).

    Args:
        scores: (Q, N, n), of all entities.
        query, answer: (A,) which query, which entity.
        smoothing: ε, the share of each target that is spread over all entities.
    """
    total = torch.logsumexp(scores, dim=1)
    own = scores.new_zeros(total.shape).index_add(0, query, scores[query, answer])
    count = torch.bincount(query, minlength=len(scores)).clamp(min=1)[:, None]
    target = (1 - smoothing) * own / count
    if smoothing:
        target = target + smoothing * scores.mean(dim=1)
    return total - target
