"""The rows of a table that a step touches: each stands once in their gradient, which is sparse."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from graph_schema.arrays import Ints
from trainers.kernels.block_scores.cpu import rows_only


class TakeRows(torch.autograd.Function):
    """See `take_rows`."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, copied: bool, rows: Tensor, *more: Tensor) -> tuple[Tensor, ...]:  # noqa: D102
        ctx.save_for_backward(rows, *more)
        ctx.shape = table.shape
        ctx.set_materialize_grads(False)
        return table[rows] if copied else table.view_as(table), *(table[rows[at]] for at in more)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: D102
        rows, *more = ctx.saved_tensors
        total, *others = grads
        if total is None:
            first = next(grad for grad in others if grad is not None)
            total = first.new_zeros(len(rows), *ctx.shape[1:])
        elif total.is_sparse:
            total = total._values()
        for places, grad in zip(more, others, strict=True):
            if grad is not None:
                total = total.index_add_(0, places, grad)
        return rows_only(total, rows, ctx.shape), None, None, *(None for _ in more)


def take_rows(table: Tensor, rows: Ints, *more: Ints, copied: bool = True) -> tuple[Tensor, ...]:
    """(U, …) rows of a table, and of these again those in each of `more`; the table's gradient is sparse.

    What is returned first may go into one operation alone: its gradient is added to where it lies.

    Args:
        table: (N, …).
        rows: (U,), each once.
        more: Places among these.
        copied: Otherwise the table itself is returned first, for `block_scores` to read these rows of.
    """
    places = (torch.from_numpy(ids).to(table.device) for ids in (rows, *more))
    taken: tuple[Tensor, ...] = TakeRows.apply(table, copied, *places)  # type: ignore[no-untyped-call]
    return taken
