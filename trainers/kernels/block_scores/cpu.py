"""The compiled kernel: queries share out forward and their own gradients, rows of the table theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Ints
from trainers.kernels.block_scores.loops import forward, places, to_queries, to_rows
from trainers.kernels.threads import CHUNKS, even_chunks, run_chunks


def rows_only(values: Tensor, rows: Tensor, shape: torch.Size) -> Tensor:
    """A sparse gradient of a table: (U, …) values of (U,) rows, each there once, in any order."""
    return torch.sparse_coo_tensor(rows[None], values, shape, check_invariants=False)._coalesced_(True)


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
        rows: Ints | None,
        answer: Ints,
        drawn: Ints,
        bounds: Ints,
        kind: int,
    ) -> Tensor:
        queries, size = len(query), -(-len(query) // max(len(drawn), 1))
        out = torch.empty(queries, 1 + drawn.shape[1], len(bounds) - 1, dtype=query.dtype)
        which = np.arange(len(table)) if rows is None else rows
        given = (kind, _array(query), _array(scale), _array(table), which, answer, drawn, size, bounds)
        parts = min(queries, CHUNKS)
        cuts, sums = queries * np.arange(parts + 1) // max(parts, 1), out.numpy()
        work = queries * (1 + drawn.shape[1]) * query.shape[2]
        run_chunks(lambda i: forward(cuts[i], cuts[i + 1], *given, sums), parts, work)
        ctx.save_for_backward(query, scale, table)
        ctx.given = rows, which, answer, drawn, bounds, kind, size, cuts, work
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        query, scale, table = ctx.saved_tensors
        rows, which, answer, drawn, bounds, kind, size, cuts, work = ctx.given
        q, s, t, g = map(_array, (query, scale, table, grads[0]))
        d_query, d_scale = np.zeros_like(q), np.zeros_like(s)
        d_rows = np.empty((len(which), *t.shape[1:]), t.dtype)

        def of_queries(i: int) -> None:
            given = (kind, q, s, t, which, answer, drawn, size, bounds, g)
            to_queries(cuts[i], cuts[i + 1], *given, d_query, d_scale)

        run_chunks(of_queries, len(cuts) - 1, work)
        ptr, place = places(answer, drawn, len(which))
        parts = even_chunks(ptr * q.shape[2])

        def of_rows(i: int) -> None:
            given = (kind, q, s, t, which, ptr, place, max(drawn.shape[1], 1), size, bounds, g)
            to_rows(parts[i], parts[i + 1], *given, d_rows)

        run_chunks(of_rows, len(parts) - 1, work)
        d_table = torch.from_numpy(d_rows)
        if rows is not None:
            d_table = rows_only(d_table, torch.from_numpy(rows), table.shape)
        return torch.from_numpy(d_query), torch.from_numpy(d_scale), d_table, *[None] * 5
