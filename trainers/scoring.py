"""Scores into answers: the best candidates of each query, their ranks and probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graph_schema.arrays import Floats, Ints
from graph_schema.progress import Progress
from graph_schema.records import Calibration
from trainers.answers import Answer, Candidates
from trainers.calibration import log_softmax, probability
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
    for start in range(0, len(heads), batch):
        cut = slice(start, start + batch)
        excluded = candidates.excluded(heads[cut], relations[cut])
        for row, entities in enumerate(wanted[cut] if wanted is not None else ()):
            excluded[row, list(entities)] = False
        open_rows = ~excluded.all(axis=1)
        if removed is not None and isinstance(model, Explainer):
            scores = model.score_without(heads[cut], relations[cut], removed[cut])
        else:
            scores = model.score_tails(heads[cut], relations[cut])
        logs = np.full(scores.shape, -np.inf)
        if open_rows.any():
            logs[open_rows] = log_softmax(scores[open_rows], excluded[open_rows])
        answered = candidates.answered(
            heads[cut], relations[cut], wanted[cut] if wanted is not None else None
        )
        for row in range(len(scores)):
            name = names[int(relations[start + row]) % len(names)]
            chosen = (
                np.asarray(wanted[start + row], dtype=np.int64)
                if wanted is not None
                else _best(logs[row], top)
            )
            chances = (
                probability(calibration, logs[row, chosen], answered[row], name).tolist()
                if calibration and name in calibration.relations
                else [None] * len(chosen)
            )
            ladder = np.sort(scores[row][~excluded[row]])
            answers = []
            for entity, chance in zip(chosen, chances, strict=True):
                score, log_p = scores[row, entity], float(logs[row, entity])
                answers.append(
                    Answer(
                        int(heads[start + row]),
                        int(relations[start + row]),
                        int(entity),
                        float(score),
                        log_p,
                        chance,
                        int(len(ladder) - np.searchsorted(ladder, score, side="right") + 1),
                        int(len(ladder) - np.searchsorted(ladder, score, side="left")),
                    )
                )
            out.append(answers)
        if progress:
            progress("answering", min(start + batch, len(heads)), len(heads))
    return out


def _best(logs: Floats, top: int) -> Ints:
    """The `top` likeliest entities, ties by id."""
    finite = np.flatnonzero(np.isfinite(logs))
    return finite[np.argsort(-logs[finite], kind="stable")[:top]]


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
    ranks: dict[tuple[int, int, int], float] = {}
    for start in range(0, len(queries), 64):
        cut = queries[start : start + 64]
        if removed and isinstance(model, Explainer):
            scores = model.score_without(cut[:, 0], cut[:, 1], [removed] * len(cut))
        else:
            scores = model.score_tails(cut[:, 0], cut[:, 1])
        excluded = candidates.excluded(cut[:, 0], cut[:, 1])
        for row, (entity, relation) in enumerate(cut.tolist()):
            for head in heads_of[entity, relation]:
                others = scores[row][~excluded[row] & (np.arange(scores.shape[1]) != head)]
                above, level = (others > scores[row, head]).sum(), (others == scores[row, head]).sum()
                ranks[entity, relation, head] = float(1 + above + level / 2)
    return [replace(a, head_rank=ranks[a.answer, int(inverse[a.relation]), a.head]) for a in answers]
