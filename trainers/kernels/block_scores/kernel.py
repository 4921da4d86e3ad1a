"""Scores of queries against rows of a table, by blocks of coordinates, differentiable."""

from __future__ import annotations

import torch
from torch import Tensor

from graph_schema.arrays import Ints
from trainers.kernels.block_scores.cpu import BlockScores
from trainers.kernels.block_scores.loops import SCALED
from trainers.kernels.block_scores.torch import plain_block_scores
from trainers.kernels.choosing import compiled


def block_scores(
    query: Tensor,
    table: Tensor,
    answer: Ints,
    drawn: Ints,
    bounds: Ints,
    kind: int,
    scale: Tensor | None = None,
    rows: Ints | None = None,
) -> Tensor:
    """For each query what each block of coordinates adds to its score with its answer and with those drawn.

    The score of the first b blocks is the sum of theirs, so that all crops cost one pass.

    Args:
        query: (B, c, d), what is compared with rows.
        table: (U, c, d), float32 or float64 as `query`.
        answer: (B,) rows of the table, or places in `rows`.
        drawn: (G, K), the same; query b goes with group b // ⌈B / G⌉.
        bounds: (n + 1,) where blocks begin and the last one ends, ascending from 0 to d, none empty.
        kind: How they are compared, see `loops`.
        scale: (B, c, d), of `SCALED`.
        rows: (U',) which rows answers and those drawn stand for, each once; the table's gradient is then
            sparse, of these rows. None: all.

    Returns:
        (B, 1 + K, n), the answer's first.
    """
    if compiled(query):
        given = query.new_zeros(1, 1, 1) if scale is None else scale
        out: Tensor = BlockScores.apply(query, given, table, rows, answer, drawn, bounds, kind)  # type: ignore[no-untyped-call]
        return out
    assert (scale is not None) == (kind == SCALED)
    if rows is not None:
        answer, drawn = rows[answer], rows[drawn]
    a, d, b = (torch.from_numpy(ids).to(query.device) for ids in (answer, drawn, bounds))
    return plain_block_scores(query, scale, table, a, d, b, kind)
