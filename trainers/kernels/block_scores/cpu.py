"""The compiled kernel: queries share out forward and their own gradients, rows of the table theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Ints
from trainers.kernels.block_scores.loops import forward, places, to_queries, to_rows
from trainers.kernels.threads import CHUNKS, even_chunks, run_chunks


def _array(values: Tensor) -> np.ndarray[Any, Any]:
    return values.detach().contiguous().numpy()


class BlockScores(torch.autograd.Function):
    """See `trainers.kernels.block_scores`."""

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        scale: Tensor,
        table: Tensor,
        answer: Ints,
        drawn: Ints,
        bounds: Ints,
        kind: int,
    ) -> Tensor:
        queries, size = len(query), -(-len(query) // max(len(drawn), 1))
        out = torch.empty(queries, 1 + drawn.shape[1], len(bounds) - 1, dtype=query.dtype)
        given = (kind, _array(query), _array(scale), _array(table), answer, drawn, size, bounds)
        parts = min(queries, CHUNKS)
        cuts, sums = queries * np.arange(parts + 1) // max(parts, 1), out.numpy()
        work = queries * (1 + drawn.shape[1]) * query.shape[2]
        run_chunks(lambda i: forward(cuts[i], cuts[i + 1], *given, sums), parts, work)
        ctx.save_for_backward(query, scale, table)
        ctx.given = answer, drawn, bounds, kind, size, cuts, work
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        query, scale, table = ctx.saved_tensors
        answer, drawn, bounds, kind, size, cuts, work = ctx.given
        q, s, t, g = map(_array, (query, scale, table, grads[0]))
        d_query, d_scale, d_table = (np.zeros_like(x) for x in (q, s, t))

        def of_queries(i: int) -> None:
            given = (kind, q, s, t, answer, drawn, size, bounds, g)
            to_queries(cuts[i], cuts[i + 1], *given, d_query, d_scale)

        run_chunks(of_queries, len(cuts) - 1, work)
        ptr, place = places(answer, drawn, len(t))
        rows = even_chunks(ptr * q.shape[2])

        def of_rows(i: int) -> None:
            given = (kind, q, s, t, ptr, place, max(drawn.shape[1], 1), size, bounds, g)
            to_rows(rows[i], rows[i + 1], *given, d_table)

        run_chunks(of_rows, len(rows) - 1, work)
        return *(torch.from_numpy(x) for x in (d_query, d_scale, d_table)), None, None, None, None
