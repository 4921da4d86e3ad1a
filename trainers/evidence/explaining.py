"""Answers with their evidence: the best paths of each, and how far it falls when their facts are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graph_schema.arrays import Mask
from graph_schema.progress import Progress
from trainers.answers import Answer, Candidates
from trainers.evidence.deletion import comprehensiveness, random_deletions
from trainers.evidence.rules import RuleCounts
from trainers.trainer import Explainer, RowPath

ALIKE = 0.8
"""Paths whose weight is at least this share of the best one's convince alike."""

_AHEAD = 4
"""Paths weighed for each that is wanted, since one that proves more may convince a little less."""


def with_evidence(
    model: Explainer,
    candidates: Candidates,
    rules: RuleCounts,
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
        rules: How often what paths walk holds, over `candidates.known`.
        answers: Grouped by query where there are many: each query is run once for its run of answers.
        paths: Paths for each answer at most.
        removed: Rows of the known triples that every query goes without.
        random_sample: How many of the answers are also measured against removals drawn at random.
        seed: Decides that draw.
        batch: Queries run together.
        progress: Told of each batch.
    """
    explained = with_paths(
        model, rules, answers, paths=paths, removed=removed, batch=batch, progress=progress
    )
    sample = np.random.default_rng(seed).permutation(len(answers))[:random_sample]
    return _measured(model, candidates, explained, removed, {int(i) for i in sample}, seed, progress)


def with_paths(
    model: Explainer,
    rules: RuleCounts,
    answers: Sequence[Answer],
    *,
    paths: int,
    removed: Sequence[int] = (),
    batch: int = 32,
    progress: Progress | None = None,
) -> list[Answer]:
    """The same answers with their best paths; see `with_evidence`, of which it is the first half."""
    groups: list[list[int]] = []
    for i, a in enumerate(answers):
        if groups and (answers[groups[-1][0]].head, answers[groups[-1][0]].relation) == (a.head, a.relation):
            groups[-1].append(i)
        else:
            groups.append([i])
    explained, deleted = list(answers), None
    if removed:
        deleted = np.zeros(len(rules.known), dtype=bool)
        deleted[list(removed)] = True
    for start in range(0, len(groups), batch):
        some = groups[start : start + batch]
        heads = np.array([answers[g[0]].head for g in some], dtype=np.int64)
        relations = np.array([answers[g[0]].relation for g in some], dtype=np.int64)
        found = model.best_paths(
            heads,
            relations,
            [[answers[i].answer for i in g] for g in some],
            _AHEAD * paths,
            [removed] * len(some),
        )
        for group, lists in zip(some, found, strict=True):
            for i, best in zip(group, lists, strict=True):
                kept = most_telling(rules, explained[i], best, paths, deleted)
                explained[i] = replace(explained[i], paths=tuple(kept))
        if progress:
            progress("reading evidence", min(start + batch, len(groups)), len(groups))
    return explained


def most_telling(
    rules: RuleCounts, answer: Answer, found: Sequence[RowPath], paths: int, deleted: Mask | None
) -> list[RowPath]:
    """At most `paths` of an answer's paths, of those that convince alike first whose rule holds most often.

    Paths convince alike when their weight is at least `ALIKE` of the best of those left. Of forms of one path
    the first in this order stays, and no relation sequence comes twice before every other has come.

    Args:
        rules: Counts over the answering graph.
        answer: What they lead to.
        found: Best first.
        paths: How many are kept.
        deleted: (N,) facts that are not there; None: all are.
    """
    left = [(p, rules.rule(answer.head, p)) for p in found]
    kept: list[RowPath] = []
    ways: set[tuple[int, ...]] = set()
    walked: set[tuple[int, ...]] = set()
    again: list[tuple[RowPath, tuple[int, ...]]] = []
    while (left or again) and len(kept) < paths:
        if not left:
            left, again, walked = again, [], set()
        alike = [(p, rule) for p, rule in left if p.weight >= ALIKE * left[0][0].weight]
        left = left[len(alike) :]
        pair = (answer.head, answer.answer)
        counted = [(p, rule, rules.count(answer.relation, rule, pair, deleted)) for p, rule in alike]
        counted.sort(key=lambda c: (-c[2].likely, -c[0].weight))
        for path, rule, count in counted:
            way = rules.entities(answer.head, path)
            if way in ways or len(kept) == paths:
                continue
            if rule in walked:
                again.append((path, rule))
                continue
            ways.add(way)
            walked.add(rule)
            kept.append(replace(path, support=count.support, pairs=count.pairs, heads=count.heads))
    return kept


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
