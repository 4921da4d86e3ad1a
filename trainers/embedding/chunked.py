"""A loss of each query's scores alone, a few queries at a time on all cores, its gradient made on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from trainers.kernels.choosing import compiled
from trainers.kernels.threads import CHUNKS, run_chunks

Loss = Callable[[Tensor, Tensor], Tensor]


class ByQuery(torch.autograd.Function):
    """See `by_query`."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, true: Tensor, loss: Loss) -> Tensor:  # noqa: D102
        queries, parts = len(scores), min(len(scores), CHUNKS)
        cuts = [queries * i // parts for i in range(parts + 1)]
        grads, losses = torch.empty_like(scores), scores.new_empty(parts)

        def part(i: int) -> None:
            cut = slice(cuts[i], cuts[i + 1])
            with torch.enable_grad():
                some = scores[cut].detach().requires_grad_()
                value = loss(some, true[cut])
                (grads[cut],) = torch.autograd.grad(value, some)
            losses[i] = value.detach()

        run_chunks(part, parts, scores.numel())
        ctx.save_for_backward(grads)
        return losses.sum()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:  # noqa: D102
        (grads,) = ctx.saved_tensors
        return grads * grad_outputs[0], None, None


def by_query(scores: Tensor, true: Tensor, loss: Loss) -> Tensor:
    """The sum over queries of a loss that looks at one query at a time.

    Args:
        scores: (B, …).
        true: (B, …), of which a query's row goes with its scores.
        loss: Of some rows of both; no other gradient passes through it.
    """
    if compiled(scores) and len(scores):
        total: Tensor = ByQuery.apply(scores, true, loss)  # type: ignore[no-untyped-call]
        return total
    return loss(scores, true)
