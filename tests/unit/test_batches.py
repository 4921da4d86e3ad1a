"""Steps of a training that asks queries: every answer once, none with far more than was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from trainers.evaluation import Queries
from trainers.training.queries import batches


@pytest.mark.parametrize("size", [3, 7, 100])
def test_every_answer_is_asked_for_once_and_no_step_is_far_too_large(size: int) -> None:
    draw = np.random.default_rng(size)
    counts = np.array([1, 40, 2, 3, 0, 7, 8, 1])
    ptr = np.concatenate([[0], np.cumsum(counts)])
    queries = Queries(np.arange(8), np.arange(8) % 3, ptr, draw.permutation(int(ptr[-1])))
    wanted = sorted(
        (q, q % 3, int(answer)) for q in range(8) for answer in queries.answer[ptr[q] : ptr[q + 1]]
    )
    found = []
    for heads, relations, bounds, answers in batches(queries, size, draw):
        assert len(answers) < 2 * size
        of = np.repeat(np.arange(len(heads)), np.diff(bounds))
        found += list(zip(heads[of].tolist(), relations[of].tolist(), answers.tolist(), strict=True))
    assert sorted(found) == wanted
