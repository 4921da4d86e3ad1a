"""From scores to probabilities: Platt scaling of candidates' log-softmax, fitted on validation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.records import Calibration
from graph_schema.triples import TripleSet
from trainers.evaluation import Queries
from trainers.trainer import TailScorer

TOP = 100
"""Candidates looked at for each validation query."""


def log_softmax(scores: npt.NDArray[np.floating], excluded: Mask | None = None) -> Floats:
    """Log-probability of each candidate. Args: scores: (B, E); excluded: (B, E), no candidates, get -inf."""
    values = scores.astype(np.float64)
    if excluded is not None:
        values[excluded] = -np.inf
    values -= values.max(axis=1, keepdims=True)
    values -= np.log(np.exp(values).sum(axis=1, keepdims=True))
    return values


def calibrate(
    model: TailScorer,
    excluded: Callable[[Ints, Ints], Mask],
    valid: TripleSet,
    *,
    aside: TripleSet | None = None,
    batch: int = 64,
    queries_at_most: int = 2000,
) -> Calibration | None:
    """Fit P(candidate is a fact) on the top candidates of the validation queries; unknown counts as false.

    Args:
        model: Answering over the known facts.
        excluded: Given (B,) heads and relations, (B, E): who is no candidate; the same as when predicting.
        valid: Facts that are true; empty gives None.
        aside: Facts held back for another purpose, such as the test; they are not counted as false.
        batch: Queries scored together.
        queries_at_most: Evenly spread queries looked at.
    """
    if len(valid) == 0:
        return None
    asked, kept_back = Queries.of(valid), Queries.of(aside) if aside is not None else None
    chosen = np.unique(np.linspace(0, len(asked) - 1, min(queries_at_most, len(asked))).astype(np.int64))
    values, labels = [], []
    for start in range(0, len(chosen), batch):
        rows = chosen[start : start + batch]
        heads, relations = asked.head[rows], asked.relation[rows]
        truth = asked.mask(heads, relations, valid.num_entities)
        mask = excluded(heads, relations) & ~truth
        logs = log_softmax(model.score_tails(heads, relations), mask)
        if kept_back is not None:
            logs[kept_back.mask(heads, relations, valid.num_entities) & ~truth] = -np.inf
        top = np.argsort(-logs, axis=1, kind="stable")[:, :TOP]
        there = np.take_along_axis(logs, top, axis=1)
        finite = np.isfinite(there)
        values.append(there[finite])
        labels.append(np.take_along_axis(truth, top, axis=1)[finite])
    return platt(np.concatenate(values), np.concatenate(labels))


def platt(values: Floats, labels: Mask) -> Calibration | None:
    """Logistic regression of (N,) labels on (N,) values by Newton's method; None if all labels agree."""
    positives, count = int(labels.sum()), len(labels)
    if positives in (0, count):
        return None
    # Targets a little inside (0, 1), so that separable data keep a finite slope.
    target = np.where(labels, (positives + 1) / (positives + 2), 1 / (count - positives + 2))
    design = np.stack([values, np.ones(count)], axis=1)
    weights = np.array([0.0, np.log((positives + 1) / (count - positives + 1))])
    loss = _log_loss(design @ weights, target)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -500, 500)))
        gradient = design.T @ (p - target)
        curvature = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        # Far from the optimum a full step overshoots, and the next ones never come back.
        while (lower := _log_loss(design @ (weights - step), target)) > loss and np.abs(step).max() > 1e-12:
            step /= 2
        weights, loss = weights - step, lower
        if np.abs(step).max() < 1e-10:
            break
    return Calibration(slope=float(weights[0]), intercept=float(weights[1]))


def _log_loss(logits: Floats, target: Floats) -> float:
    return float((np.logaddexp(0, logits) - target * logits).sum())


def probability(calibration: Calibration, logs: Floats) -> Floats:
    """P(fact) of each candidate from its log-softmax, any shape."""
    exponent = np.clip(calibration.slope * logs + calibration.intercept, -500, 500)
    result: Floats = 1 / (1 + np.exp(-exponent))
    return result
