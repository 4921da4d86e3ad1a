"""Which of the pairs that a layer reaches go on: all that were kept before, and the best of the new ones."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Floats32, Mask
from trainers.kernels.frontier.kernel import Layer
from trainers.kernels.keeping import loops
from trainers.kernels.threads import chunk_count, run_chunks

COARSEST = 65_000.0
"""The largest score told apart from larger ones."""

SORTED = 4
"""Work of sorting a pair, in edges."""


def cut_queries(layer: Layer, most: int) -> Mask:
    """(B,) queries that reach more than `most` new pairs."""
    carried = np.bincount(layer.source_query, minlength=len(layer.query_ptr) - 1)
    cut: Mask = np.diff(layer.query_ptr) - carried > most
    return cut


def keep_best(layer: Layer, score: Floats32, most: int) -> Mask:
    """(M,) target pairs that go on (AdaProp, section 3.2): the carried, and the best new ones.

    What is kept of a query depends on its own pairs alone. Scores are compared as float16: pairs that stand
    alike in the graph have equal ones but for their last digits, which the batch changes; the first goes on.

    Args:
        layer: Of M target pairs.
        score: (M,) float32, higher is better; those of carried pairs do not matter.
        most: New pairs of a query that go on.
    """
    coarse = np.clip(score, -COARSEST, COARSEST).astype(np.float16).astype(np.float32)
    kept = np.zeros(layer.num_targets, dtype=bool)
    kept[layer.carry] = True
    queries, work = len(layer.query_ptr) - 1, SORTED * layer.num_targets
    parts = min(queries, chunk_count(work))
    bounds = queries * np.arange(parts + 1) // parts

    def part(i: int) -> None:
        loops.keep_best(bounds[i], bounds[i + 1], layer.query_ptr, coarse, most, kept)

    run_chunks(part, parts, work)
    return kept
