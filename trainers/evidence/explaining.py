"""Answers with their evidence: the best paths of each, and how far it falls when their facts are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graph_schema.progress import Progress
from trainers.answers import Answer, Candidates
from trainers.evidence.deletion import comprehensiveness, random_deletions
from trainers.trainer import Explainer


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
    """The same answers with their best paths and their faithfulness: how far they fall without these.

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
        falls = comprehensiveness(model, heads, relations, goals, without, excluded, before)
        for i, fall in zip(rows, falls, strict=True):
            out[i] = replace(out[i], faithfulness=float(fall))
        drawn = [k for k, i in enumerate(rows) if i in sample]
        if drawn:
            chance = random_deletions(
                model, heads[drawn], relations[drawn], [len(facts[k]) for k in drawn], seed
            )
            chance = [[*removed, *c] for c in chance]
            falls = comprehensiveness(
                model, heads[drawn], relations[drawn], goals[drawn], chance, excluded[drawn], before[drawn]
            )
            for k, fall in zip(drawn, falls, strict=True):
                out[rows[k]] = replace(out[rows[k]], random_faithfulness=float(fall))
        if progress:
            progress("measuring faithfulness", min(start + size, len(answers)), len(answers))
    return out
