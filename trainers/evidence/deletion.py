"""Faithfulness by deletion: how an answer's log-probability falls when facts are switched off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from trainers.calibration import log_softmax
from trainers.trainer import Explainer


def comprehensiveness(
    model: Explainer,
    heads: Ints,
    relations: Ints,
    answers: Ints,
    removed: Sequence[Sequence[int]],
    excluded: Mask,
    before: Floats,
    *,
    batch: int = 64,
) -> Floats:
    """How far each answer's log-probability falls when its facts are deleted from the answering graph.

    Args:
        model: The model that gave the answers.
        heads, relations, answers: (P,) the predictions.
        removed: For each, rows of the answering graph's triples.
        excluded: (P, E), entities that are no candidates.
        before: (P,) log-probabilities with everything in place.
        batch: Predictions scored together.

    Returns:
        (P,), positive where the answer becomes less likely.
    """
    out = np.empty(len(heads))
    for start in range(0, len(heads), batch):
        cut = slice(start, start + batch)
        scores = model.score_without(heads[cut], relations[cut], removed[cut])
        logs = log_softmax(scores, excluded[cut])
        out[cut] = before[cut] - logs[np.arange(len(logs)), answers[cut]]
    return out


def random_deletions(
    model: Explainer, heads: Ints, relations: Ints, counts: Sequence[int], seed: int
) -> list[list[int]]:
    """For each query, as many facts as `counts` says, drawn from those its answer is computed from."""
    draw = np.random.default_rng(seed)
    return [
        draw.choice(near, min(count, len(near)), replace=False).tolist()
        for near, count in zip(model.neighbourhood(heads, relations), counts, strict=True)
    ]
