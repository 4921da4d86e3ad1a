"""Answering queries over what is known: the best candidates, their ranks, probability and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.progress import Progress
from graph_schema.records import Calibration
from graph_schema.triples import TripleSet
from trainers.calibration import known_mask, log_softmax, probability
from trainers.evaluation import Queries
from trainers.evidence.deletion import fall_without, random_removals
from trainers.trainer import Explainer, RowPath, TailScorer


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate of one query; ids of the answering graph, paths as rows of its triples.

    `rank_low` counts ties in favour, `rank_high` against; candidates are the allowed entities that are no
    known answers. `back_rank` is the rank of the query's head when the answer is asked in turn.
    """

    head: int
    relation: int
    answer: int
    score: float
    log_probability: float
    probability: float | None
    rank_low: int
    rank_high: int
    back_rank: float | None = None
    paths: tuple[RowPath, ...] = ()
    faithfulness: float | None = None
    random_faithfulness: float | None = None


@dataclass(frozen=True)
class Candidates:
    """Who may answer: the facts known already, and by relation in [0, 2m) the entities of the right types."""

    known: TripleSet
    allowed: dict[int, Mask]

    def excluded(self, heads: Ints, relations: Ints) -> Mask:
        """(B, E): entities that are no candidates: known answers, the head itself, wrong types."""
        mask = known_mask(self._answers, heads, relations, self.known.num_entities)
        mask[np.arange(len(heads)), heads] = True
        for row, relation in enumerate(relations):
            if int(relation) in self.allowed:
                mask[row] |= ~self.allowed[int(relation)]
        return mask

    @cached_property
    def _answers(self) -> Queries:
        return Queries.of(self.known)


def answer_queries(
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
        for row in range(len(scores)):
            chosen = (
                np.asarray(wanted[start + row], dtype=np.int64)
                if wanted is not None
                else _best(logs[row], top)
            )
            ladder = np.sort(scores[row][~excluded[row]])
            answers = []
            for entity in chosen:
                score, log_p = scores[row, entity], float(logs[row, entity])
                answers.append(
                    Answer(
                        int(heads[start + row]),
                        int(relations[start + row]),
                        int(entity),
                        float(score),
                        log_p,
                        float(probability(calibration, np.array(log_p))) if calibration else None,
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


def with_back_ranks(
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
    return [replace(a, back_rank=ranks[a.answer, int(inverse[a.relation]), a.head]) for a in answers]


def with_evidence(
    model: Explainer,
    candidates: Candidates,
    answers: Sequence[Answer],
    *,
    paths: int,
    removed: Sequence[int] = (),
    random_sample: int = 0,
    seed: int = 0,
    batch: int = 32,
    progress: Progress | None = None,
) -> list[Answer]:
    """The same answers with their best paths and the fall of log-probability without them.

    Args:
        model: The model that gave them, answering over `candidates.known`.
        candidates: Who may answer.
        answers: Grouped by query where there are many: each query is run once for its run of answers.
        paths: Paths for each answer at most.
        removed: Rows of the known triples that every query goes without.
        random_sample: How many of the answers are also measured against removals drawn at random.
        seed: Decides that draw.
        batch: Queries run together.
        progress: Told of each batch.
    """
    groups: list[list[int]] = []
    for i, a in enumerate(answers):
        if groups and (answers[groups[-1][0]].head, answers[groups[-1][0]].relation) == (a.head, a.relation):
            groups[-1].append(i)
        else:
            groups.append([i])
    explained = list(answers)
    for start in range(0, len(groups), batch):
        some = groups[start : start + batch]
        heads = np.array([answers[g[0]].head for g in some], dtype=np.int64)
        relations = np.array([answers[g[0]].relation for g in some], dtype=np.int64)
        found = model.best_paths(
            heads, relations, [[answers[i].answer for i in g] for g in some], paths, [removed] * len(some)
        )
        for group, lists in zip(some, found, strict=True):
            for i, best in zip(group, lists, strict=True):
                explained[i] = replace(explained[i], paths=tuple(best))
        if progress:
            progress("reading evidence", min(start + batch, len(groups)), len(groups))
    sample = np.random.default_rng(seed).permutation(len(answers))[:random_sample]
    return _measured(model, candidates, explained, removed, {int(i) for i in sample}, seed, progress)


def _measured(
    model: Explainer,
    candidates: Candidates,
    answers: list[Answer],
    removed: Sequence[int],
    sample: set[int],
    seed: int,
    progress: Progress | None,
) -> list[Answer]:
    out, size = list(answers), 64
    for start in range(0, len(answers), size):
        rows = [i for i in range(start, min(start + size, len(answers))) if answers[i].paths]
        if not rows:
            continue
        some = [answers[i] for i in rows]
        heads, relations, goals = (
            np.array([getattr(a, part) for a in some], dtype=np.int64)
            for part in ("head", "relation", "answer")
        )
        excluded = candidates.excluded(heads, relations)
        excluded[np.arange(len(some)), goals] = False
        before = np.array([a.log_probability for a in some])
        facts = [sorted({f for path in a.paths for f in path.facts}) for a in some]
        without = [[*removed, *f] for f in facts]
        falls = fall_without(model, heads, relations, goals, without, excluded, before)
        for i, fall in zip(rows, falls, strict=True):
            out[i] = replace(out[i], faithfulness=float(fall))
        drawn = [k for k, i in enumerate(rows) if i in sample]
        if drawn:
            chance = random_removals(
                model, heads[drawn], relations[drawn], [len(facts[k]) for k in drawn], seed
            )
            chance = [[*removed, *c] for c in chance]
            falls = fall_without(
                model, heads[drawn], relations[drawn], goals[drawn], chance, excluded[drawn], before[drawn]
            )
            for k, fall in zip(drawn, falls, strict=True):
                out[rows[k]] = replace(out[rows[k]], random_faithfulness=float(fall))
        if progress:
            progress("measuring faithfulness", min(start + size, len(answers)), len(answers))
    return out
