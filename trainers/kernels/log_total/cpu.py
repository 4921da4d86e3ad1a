"""Products of blocks of rows, exponentials where they lie; each thread works on rows of its own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from trainers.kernels.threads import CHUNKS, run_chunks


class LogTotal(torch.autograd.Function):
    """See `trainers.kernels.log_total`. One (Q, N) table is held, of exponentials."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, table: Tensor) -> Tensor:
        rows, parts = len(table), min(len(table), CHUNKS)
        cuts = [rows * i // parts for i in range(parts + 1)]
        # The table lies by rows, so that what a thread writes is in one piece.
        powers = torch.empty(rows, len(query), dtype=query.dtype)
        tops = query.new_empty(parts, len(query))
        sums = torch.empty_like(tops)

        def part(i: int) -> None:
            mine = powers[cuts[i] : cuts[i + 1]]
            torch.mm(table[cuts[i] : cuts[i + 1]], query.T, out=mine)
            tops[i] = mine.amax(dim=0)
            mine.sub_(tops[i]).exp_()
            sums[i] = mine.sum(dim=0)

        with torch.no_grad():
            run_chunks(part, parts, powers.numel())
            total = torch.logsumexp(tops + sums.log(), dim=0)
        ctx.save_for_backward(query, table, total, tops)
        ctx.powers, ctx.cuts = powers, cuts
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        query, table, total, tops = ctx.saved_tensors
        powers, cuts = ctx.powers, ctx.cuts
        parts = len(cuts) - 1
        on_queries = query.new_empty(parts, *query.shape)
        on_table = torch.empty_like(table)
        scale = torch.exp(tops - total) * grads[0]

        def part(i: int) -> None:
            mine = powers[cuts[i] : cuts[i + 1]] * scale[i]
            torch.mm(mine, query, out=on_table[cuts[i] : cuts[i + 1]])
            torch.mm(mine.T, table[cuts[i] : cuts[i + 1]], out=on_queries[i])

        with torch.no_grad():
            run_chunks(part, parts, powers.numel())
        return on_queries.sum(dim=0), on_table
