"""From scores to probabilities: a logistic fit on the queries that a promotion asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.records import Calibration
from graph_schema.triples import TripleSet
from trainers.answers import Candidates
from trainers.evaluation import Queries
from trainers.ranking import rankings
from trainers.trainer import TailScorer

_PRIOR, _LIGHT = 10.0, 0.001
"""Penalties on what single relations add to the intercept, and on what is common to all queries."""


def calibrate(
    model: TailScorer,
    candidates: Candidates,
    valid: TripleSet,
    *,
    queries: int,
    top: int,
    aside: TripleSet | None = None,
    first: Sequence[int] = (),
    batch: int = 64,
    queries_at_most: int = 4000,
) -> Calibration | None:
    """Fit P(candidate is a fact) on the queries that a promotion asks; unknown counts as false.

    Asked are, for each relation that has validation facts, the heads of which most facts are known, whether
    an answer is missing or not; a fit on queries that have one would take every query for such. A relation
    without validation facts says nothing: nobody knows what it lacks.

    Args:
        model: Answering over the known facts.
        candidates: Who may answer, the same as when predicting.
        valid: Facts that are true; empty gives None.
        queries: Heads asked for each relation, as a promotion does.
        top: Candidates looked at for each query, as many as a promotion keeps.
        aside: Facts held back for another purpose, such as the test; they are not counted as false.
        first: Relations of which all these heads are asked.
        batch: Queries scored together.
        queries_at_most: Of the other relations, evenly spread heads, as many in all.
    """
    asked = np.unique(valid.triples[:, 1]).tolist()
    true, kept_back = Queries.of(valid), Queries.of(aside) if aside is not None else None
    values, features, labels, of = [], [], [], []
    for relation in asked:
        heads = candidates.heads_of(relation, queries)
        if relation not in first:
            share = max(1, queries_at_most // len(asked))
            heads = heads[np.unique(np.linspace(0, len(heads) - 1, min(share, len(heads))).astype(np.int64))]
        for start in range(0, len(heads), batch):
            some = heads[start : start + batch]
            logs, answered, truth = _asked(model, candidates, true, kept_back, some, relation, top)
            kept = np.isfinite(logs)
            values.append(logs[kept])
            labels.append(truth[kept])
            features.append(np.repeat(answered, kept.sum(axis=1), axis=0))
            of.append(np.full(int(kept.sum()), relation))
    if not values:
        return None
    names = valid.vocabulary.relations
    joined = np.concatenate(values), np.concatenate(features), np.concatenate(of), np.concatenate(labels)
    return _fitted(*joined, names)


def _asked(
    model: TailScorer,
    candidates: Candidates,
    true: Queries,
    aside: Queries | None,
    heads: Ints,
    relation: int,
    top: int,
) -> tuple[Floats, Floats, Mask]:
    """Of (B,) queries the best candidates.

    Returns:
        (B, top) log-softmax, -inf for none and for facts put aside; (B, 4) what is known of each query; and
        (B, top) which are facts of validation.
    """
    relations = np.full(len(heads), relation)
    shape = len(heads), top
    logs, truth = np.full(shape, -np.inf), np.zeros(shape, dtype=bool)
    facts = true.answers_of(heads, relations)
    put_aside = aside.answers_of(heads, relations) if aside is not None else None
    for row, ranking in enumerate(rankings(model, candidates, heads, relations)):
        best = ranking.best(top)
        holds = np.isin(best, _row(facts, row))
        given = ranking.log_probabilities(ranking.scores(best))
        if put_aside is not None:
            given[np.isin(best, _row(put_aside, row)) & ~holds] = -np.inf
        logs[row, : len(best)], truth[row, : len(best)] = given, holds
    return logs, candidates.answered(heads, relations), truth


def _row(lists: tuple[Ints, Ints], row: int) -> Ints:
    ptr, values = lists
    return values[ptr[row] : ptr[row + 1]]


def _fitted(
    values: Floats, answered: Floats, of: Ints, labels: Mask, names: Sequence[str]
) -> Calibration | None:
    """The fit of (N,) labels on (N,) log-softmax, (N, 4) of the queries and (N,) relations."""
    asked, place = np.unique(of, return_inverse=True)
    apart = np.zeros((len(of), len(asked)))
    apart[np.arange(len(of)), place.reshape(-1)] = 1.0
    design = np.concatenate([np.ones((len(of), 1)), values[:, None], answered, apart], axis=1)
    penalty = np.concatenate([[0.0, 0.0], np.full(answered.shape[1], _LIGHT), np.full(len(asked), _PRIOR)])
    weights = logistic(design, labels, penalty)
    if weights is None:
        return None
    found: list[float] = weights.tolist()
    intercept, slope, answers, usual, unanswered, both, *own = found
    return Calibration(
        slope=slope,
        intercept=intercept,
        answers=answers,
        usual=usual,
        unanswered=unanswered,
        unanswered_usual=both,
        relations={names[int(r)]: w for r, w in zip(asked, own, strict=True)},
    )


def logistic(design: Floats, labels: Mask, penalty: Floats, weight: Floats | None = None) -> Floats | None:
    """Logistic regression by Newton's method; None if all labels agree.

    Args:
        design: (N, D), the first column ones.
        labels: (N,).
        penalty: (D,) weights of the squares of the coefficients, halved.
        weight: (N,) what each row counts; None: all the same.
    """
    counts = np.ones(len(labels)) if weight is None else weight
    positives, count = int(labels.sum()), len(labels)
    if positives in (0, count):
        return None
    # Targets a little inside (0, 1), so that separable data keep a finite slope.
    target = np.where(labels, (positives + 1) / (positives + 2), 1 / (count - positives + 2))
    weights = np.zeros(design.shape[1])
    weights[0] = np.log((positives + 1) / (count - positives + 1))

    def loss(at: Floats) -> float:
        logits = design @ at
        return float((np.logaddexp(0, logits) - target * logits) @ counts + 0.5 * (penalty * at * at).sum())

    before = loss(weights)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -500, 500)))
        gradient = design.T @ (counts * (p - target)) + penalty * weights
        curvature = (design * (counts * p * (1 - p))[:, None]).T @ design + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curvature, gradient)
        # Far from the optimum a full step overshoots, and the next ones never come back.
        while (lower := loss(weights - step)) > before and np.abs(step).max() > 1e-12:
            step /= 2
        weights, before = weights - step, lower
        if np.abs(step).max() < 1e-10:
            break
    return weights


def probability(calibration: Calibration, logs: Floats, answered: Floats, relation: str) -> Floats:
    """P(fact) of candidates of one query.

    Args:
        calibration: The fit.
        logs: Log-softmax of candidates, any shape.
        answered: (4,) what `Candidates.answered` says of the query.
        relation: Its relation's name, one of those fitted on.
    """
    c = calibration
    of_query = np.array([c.answers, c.usual, c.unanswered, c.unanswered_usual]) @ answered
    shift = c.intercept + of_query + c.relations[relation]
    result: Floats = 1 / (1 + np.exp(-np.clip(c.slope * logs + shift, -500, 500)))
    return result
