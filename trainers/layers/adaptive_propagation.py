"""Adaptive propagation: after each layer only the most promising of a query's new pairs go on.

From AdaProp (Zhang et al., KDD 2023, section 3.2), with differences that make it cheaper: a pair is judged by
the sum of its messages and not by its state, so that of what is left behind neither sum nor state is made;
the learned score passes its gradient on as a gate of each kept pair, not as a share among all new pairs; and
pairs go on by rank in training too. After the last layer the score is learned as an answer's score is; see
docs/decisions/adaptive-propagation.md.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from graph_schema.arrays import Floats32, Mask
from trainers.kernels import Layer, cut_queries, keep_best


class Promise(nn.Module):
    """How promising a new pair is: w · Σ messages. Learned straight through what was kept.

    Args:
        dim: d, width of a message.
        keep: K, new pairs of a query that go on.
    """

    def __init__(self, dim: int, keep: int) -> None:
        super().__init__()
        self.keep = keep
        self.weight = nn.Parameter(torch.randn(dim) / dim**0.5)

    def cuts(self, step: Layer) -> bool:
        """Whether any query reaches more new pairs than go on."""
        return bool(cut_queries(step, self.keep).any())

    def chosen(self, score: Tensor, step: Layer) -> Mask:
        """(M,) which pairs go on. Args: score: (M,) how promising they are; step: of M target pairs."""
        scores: Floats32 = score.detach().float().cpu().numpy()
        return keep_best(step, scores, self.keep)

    def gated(self, total: Tensor, whole: Layer, step: Layer) -> Tensor:
        """The sums as they are; their gradient also says which pairs should have scored higher.

        Args:
            total: (M, d) sums of what was kept.
            whole: The layer before, and
            step: after some pairs were left behind. Queries that lost none are not touched.
        """
        touched = cut_queries(whole, self.keep)[step.query]
        touched[step.carry] = False
        gate = torch.sigmoid(total @ self.weight) * torch.from_numpy(touched).to(total.device)
        return total * (1 + gate - gate.detach())[:, None]
