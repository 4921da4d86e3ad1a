"""Queries as tables of all entities: what rankings without tables are held against."""

from __future__ import annotations

import numpy as np

from trainers.answers import Candidates
from trainers.reach import Reached


def excluded(candidates: Candidates, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
    """(B, E): entities that are no candidates: known answers, the head itself, wrong types."""
    ptr, known = candidates.known_answers(heads, relations)
    mask = np.zeros((len(heads), candidates.known.num_entities), dtype=bool)
    mask[np.repeat(np.arange(len(heads)), np.diff(ptr)), known] = True
    mask[np.arange(len(heads)), heads] = True
    for row, relation in enumerate(relations.tolist()):
        if relation in candidates.allowed:
            mask[row] |= ~candidates.allowed[relation]
    return mask


def log_softmax(scores: np.ndarray, out: np.ndarray) -> np.ndarray:
    """(B, E) log-probabilities among those that are not `out`, which get -inf."""
    values = np.where(out, -np.inf, scores.astype(np.float64))
    values -= values.max(axis=1, keepdims=True)
    found: np.ndarray = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
    return found


def of_table(table: np.ndarray) -> Reached:
    """Scores of all entities, each told apart. Args: table: (B, E)."""
    queries, entities = table.shape
    return Reached(
        np.arange(queries + 1) * entities,
        np.tile(np.arange(entities), queries),
        table.reshape(-1).astype(np.float32),
        0.0,
    )
