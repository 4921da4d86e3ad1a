"""The rows of a table that a step touches, each taken once, so that their gradient has each of them once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from graph_schema.arrays import Ints


class TakeRows(torch.autograd.Function):
    """See `take_rows`."""

    @staticmethod
    def forward(  # noqa: D102
        ctx: Any, table: Tensor, rows: Tensor, *more: Tensor
    ) -> tuple[Tensor, ...]:
        taken = table[rows]
        ctx.save_for_backward(rows, *more)
        ctx.size = table.shape
        ctx.set_materialize_grads(False)
        return taken, *(taken[places] for places in more)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: D102
        rows, *more = ctx.saved_tensors
        total, *others = grads
        if total is None:
            first = next(grad for grad in others if grad is not None)
            total = first.new_zeros(len(rows), *ctx.size[1:])
        for places, grad in zip(more, others, strict=True):
            if grad is not None:
                total = total.index_add_(0, places, grad)
        # Each row stands there once; whether they are sorted does not matter to whoever reads them.
        sparse = torch.sparse_coo_tensor(rows[None], total, ctx.size, check_invariants=False)
        return sparse._coalesced_(True), None, *(None for _ in more)


def take_rows(table: Tensor, rows: Ints, *more: Ints) -> tuple[Tensor, ...]:
    """(U, …) rows of a table, and of these again those in each of `more`; the table's gradient is sparse.

    What is returned first may go into one operation alone: its gradient is added to where it lies.

    Args:
        table: (N, …).
        rows: (U,), each once.
        more: Places among these.
    """
    places = (torch.from_numpy(ids).to(table.device) for ids in (rows, *more))
    taken: tuple[Tensor, ...] = TakeRows.apply(table, *places)  # type: ignore[no-untyped-call]
    return taken
