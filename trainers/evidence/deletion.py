"""Faithfulness by deletion: how an answer's log-probability falls when facts are switched off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph_schema.arrays import Floats, Ints
from trainers.answers import Candidates
from trainers.ranking import rankings
from trainers.trainer import Explainer


def comprehensiveness(
    model: Explainer,
    candidates: Candidates,
    heads: Ints,
    relations: Ints,
    answers: Ints,
    removed: Sequence[Sequence[int]],
    before: Floats,
    *,
    batch: int = 64,
) -> Floats:
    """How far each answer's log-probability falls when its facts are deleted from the answering graph.

    Args:
        model: The model that gave the answers.
        candidates: Who may answer.
        heads, relations, answers: (P,) the predictions.
        removed: For each, rows of the answering graph's triples.
        before: (P,) log-probabilities with everything in place.
        batch: Predictions scored together.

    Returns:
        (P,), positive where the answer becomes less likely.
    """
    out = np.empty(len(heads))
    wanted = answers[:, None].tolist()
    found = rankings(model, candidates, heads, relations, wanted=wanted, removed=removed, batch=batch)
    for row, ranking in enumerate(found):
        (log,) = ranking.log_probabilities(ranking.scores(answers[row : row + 1]))
        out[row] = before[row] - log
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
