"""What an epoch of an embedding model takes, judged by a step of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from trainers.cost import Cost
from trainers.embedding.learner import EmbeddingLearner
from trainers.kernels.threads import one_torch_thread
from trainers.trainer import Croppable

_ASKED = 4
"""Queries that a validation is judged by."""


@one_torch_thread()
def cost_of(
    learner: EmbeddingLearner, model: Croppable, *, clock: Callable[[], float] = time.perf_counter
) -> Cost:
    """Two steps are taken, of which the second counts; the vectors are others afterwards.

    Args:
        learner: On the divided graph.
        model: What learns.
        clock: Seconds since some moment.
    """
    settings, network = learner.settings, learner.network
    optimizer, seconds = learner.optimizer(), 0.0
    steps = learner.steps(np.random.default_rng(0))
    for _ in range(2):  # the first time something may have to be compiled
        began = clock()
        step = next(steps, None)
        if step is None:
            break
        step.loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds = clock() - began
    first = min(_ASKED, len(learner.queries))
    asked = learner.queries.head[:first], learner.queries.relation[:first]
    began = clock()
    model.scores_at(model.widths[-1:], *asked)
    ranked = 2 * len(learner.validation.targets) * (clock() - began) / max(first, 1)
    queries = len(learner.queries.answer) if settings.loss != "k_vs_all" else len(learner.queries)
    batches = max(1, round(queries / settings.batch_size))
    entities, floats = len(network.entity), network.entity[0].numel()
    against = entities if settings.loss in ("one_vs_all", "k_vs_all") else min(settings.negatives, entities)
    tables = sum(4 * p.numel() for p in network.parameters())
    states = 2 if settings.optimizer == "adam" else 1
    touched = entities if against == entities else min(entities, settings.batch_size * (against + 2))
    one_step = 4 * (2 * settings.batch_size * (against + 1) + 2 * touched * floats)
    return Cost(
        queries=queries,
        messages=float(against + 1),
        seconds=batches * seconds + ranked,
        memory=tables * (2 + states) + one_step,
        unit="scores",
    )
