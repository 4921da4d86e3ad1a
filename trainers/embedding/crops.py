"""How good a model is at each of its widths, from one pass over all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph_schema.progress import Progress
from graph_schema.triples import TripleSet
from trainers.evaluation import Queries, Ranks, realistic_ranks
from trainers.reach import Reached
from trainers.trainer import Croppable

_NUMBERS = 4_000_000
"""Scores of one width held together at most."""


def rank_at(
    model: Croppable,
    widths: Sequence[int],
    targets: TripleSet,
    true: TripleSet,
    progress: Progress | None = None,
) -> dict[int, Ranks]:
    """Filtered ranks of held-out facts by width. Args: targets: Facts; true: those of all splits."""
    queries = Queries.of(targets)
    everything = Queries.among(true, queries)
    entities = true.num_entities
    size = max(1, min(16, _NUMBERS // (entities * len(widths))))
    parts: dict[int, list[tuple[np.ndarray, ...]]] = {width: [] for width in widths}
    for start, stop in queries.batches(size):
        head, relation = queries.head[start:stop], queries.relation[start:stop]
        scores = model.scores_at(widths, model.own_ids[head], relation)[:, model.own_ids]
        begin, end = queries.ptr[start], queries.ptr[stop]
        given = (queries.ptr[start : stop + 1] - begin, queries.answer[begin:end])
        others = everything.answers_of(head, relation)
        ptr, entity = np.arange(stop - start + 1) * entities, np.tile(np.arange(entities), stop - start)
        for place, width in enumerate(widths):
            flat = np.ascontiguousarray(scores[:, :, place]).reshape(-1)
            parts[width].append(realistic_ranks(Reached(ptr, entity, flat, 0.0), entities, *given, *others))
        if progress:
            progress("ranking", stop, len(queries))
    repeat = np.diff(queries.ptr)
    asked = (np.repeat(queries.head, repeat), np.repeat(queries.relation, repeat), queries.answer)
    return {
        width: Ranks(*asked, *(np.concatenate(column) for column in zip(*some, strict=True)))
        for width, some in parts.items()
    }
