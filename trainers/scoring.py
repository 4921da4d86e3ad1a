"""Scores into answers: the best candidates of each query, their ranks and probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.progress import Progress
from graph_schema.records import Calibration
from trainers.answers import Answer, Candidates
from trainers.calibration import probability
from trainers.ranking import rankings
from trainers.trainer import Explainer, TailScorer


def best_answers(
    model: TailScorer,
    candidates: Candidates,
    heads: Ints,
    relations: Ints,
    *,
    top: int,
    calibration: Calibration | None,
    wanted: Sequence[Sequence[int]] | None = None,
    removed: Sequence[Sequence[int]] | None = None,
    batch: int = 64,
    progress: Progress | None = None,
) -> list[list[Answer]]:
    """The best `top` candidates of each query, best first; a query without candidates gets none.

    Args:
        model: Answering over `candidates.known`.
        candidates: Who may answer.
        heads, relations: (B,) queries, relation in [0, 2m).
        top: Candidates kept for each query.
        calibration: From log-softmax to probability; None leaves probabilities open.
        wanted: For each query, entities to report instead of the best, excluded ones among them too.
        removed: For each query rows of the known triples it goes without; needs an `Explainer`.
        batch: Queries scored together.
        progress: Told of each batch.
    """
    out: list[list[Answer]] = []
    names = candidates.known.vocabulary.relations
    answered = candidates.answered(heads, relations, wanted)
    found = rankings(model, candidates, heads, relations, wanted=wanted, removed=removed, batch=batch)
    for row, ranking in enumerate(found):
        name = names[int(relations[row]) % len(names)]
        chosen = ranking.best(top) if wanted is None else np.asarray(wanted[row], dtype=np.int64)
        scores = ranking.scores(chosen)
        logs, (low, high) = ranking.log_probabilities(scores), ranking.ranks(scores)
        chances = (
            probability(calibration, logs, answered[row], name).tolist()
            if calibration and name in calibration.relations
            else [None] * len(chosen)
        )
        query = int(heads[row]), int(relations[row])
        told = (chosen, scores, logs, chances, low, high)
        out.append(
            [
                Answer(*query, int(e), float(s), float(p), chance, int(lo), int(hi))
                for e, s, p, chance, lo, hi in zip(*told, strict=True)
            ]
        )
        if progress and ((row + 1) % batch == 0 or row + 1 == len(heads)):
            progress("answering", row + 1, len(heads))
    return out


def with_head_ranks(
    model: TailScorer, candidates: Candidates, answers: Sequence[Answer], removed: Sequence[int] = ()
) -> list[Answer]:
    """The same answers with the rank of each head among the candidates of (answer, inverse relation, ?).

    Args:
        model: The model that gave them.
        candidates: Who may answer.
        answers: The answers.
        removed: Rows of the known triples that every query goes without; needs an `Explainer`.
    """
    inverse = candidates.known.vocabulary.inverse
    asked = sorted({(a.answer, int(inverse[a.relation])) for a in answers})
    heads_of: dict[tuple[int, int], list[int]] = {key: [] for key in asked}
    for a in answers:
        heads_of[a.answer, int(inverse[a.relation])].append(a.head)
    queries = np.array(asked, dtype=np.int64).reshape(-1, 2)
    off = [removed] * len(queries) if removed and isinstance(model, Explainer) else None
    ranks: dict[tuple[int, int, int], float] = {}
    found = rankings(model, candidates, queries[:, 0], queries[:, 1], removed=off)
    for (entity, relation), ranking in zip(asked, found, strict=True):
        heads = np.array(heads_of[entity, relation], dtype=np.int64)
        # Where it is known, a head is no candidate, and yet compared with those that are.
        low, high = ranking.ranks(ranking.scores(heads))
        rank = low + (high - low + 1 - ranking.may(heads)) / 2
        ranks |= {(entity, relation, h): r for h, r in zip(heads.tolist(), rank.tolist(), strict=True)}
    return [replace(a, head_rank=ranks[a.answer, int(inverse[a.relation]), a.head]) for a in answers]
