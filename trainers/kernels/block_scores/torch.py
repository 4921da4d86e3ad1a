"""The same in plain torch, for any device; in float64 what the compiled kernel is held against."""

from __future__ import annotations

import torch
from torch import Tensor

from trainers.kernels.block_scores.loops import DOT, L1, L2, MODULUS


def plain_block_scores(
    query: Tensor,
    scale: Tensor | None,
    table: Tensor,
    answer: Tensor,
    drawn: Tensor,
    bounds: Tensor,
    kind: int,
) -> Tensor:
    """See `trainers.kernels.block_scores`; (B, 1 + K, c, d) numbers are held at once."""
    size = -(-len(query) // max(len(drawn), 1))
    group = torch.arange(len(query), device=query.device) // size
    rows = table[torch.cat([answer[:, None], drawn[group]], dim=1)]
    q = query[:, None]
    if kind == DOT:
        terms = (q * rows).sum(dim=2)
    elif kind == L1:
        terms = (q - rows).abs().sum(dim=2)
    elif kind == L2:
        terms = (q - rows).square().sum(dim=2)
    elif kind == MODULUS:
        apart = q - rows
        terms = (apart.square().sum(dim=2) + 1e-24).sqrt()
    else:
        assert scale is not None
        terms = (q - scale[:, None] * rows).abs().sum(dim=2)
    upto = torch.nn.functional.pad(terms.cumsum(dim=2), (1, 0))
    return upto[..., bounds[1:]] - upto[..., bounds[:-1]]
