"""Answers with their evidence: the best paths of each, and how far it falls when their facts are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from graph_schema.arrays import Mask
from graph_schema.progress import Progress
from trainers.answers import Answer, Candidates
from trainers.evidence.deletion import comprehensiveness, random_deletions
from trainers.evidence.rules import RuleCount, RuleCounts, Walk
from trainers.trainer import Explainer, RowPath

ALIKE, SHARE = 0.2, 0.2
"""Paths convince alike whose weight is at most `ALIKE` below the best one's, and not below `SHARE` of it."""

MARGIN = 0.15
"""By how much more often a rule must hold to bring its path before the one that convinces most."""

LEAST = 5
"""Paths weighed at least, since one that proves more may convince a little less."""


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
    batch: int = 64,
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
    batch: int = 64,
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
            max(paths, LEAST),
            [removed] * len(some),
        )
        best = {
            i: one for group, of in zip(some, found, strict=True) for i, one in zip(group, of, strict=True)
        }
        every = [(answers[i], path) for i, one in best.items() for path in one]
        walks = rules.walks([a.head for a, _ in every], [path for _, path in every])
        if deleted is None:
            rules.prepare((a.relation, *walk[0]) for (a, _), walk in zip(every, walks, strict=True))
        left = iter(walks)
        for i, one in best.items():
            kept = ordered_by_rules(rules, answers[i], one, list(islice(left, len(one))), paths, deleted)
            explained[i] = replace(explained[i], paths=tuple(kept))
        if progress:
            progress("reading evidence", min(start + batch, len(groups)), len(groups))
    return explained


def ordered_by_rules(
    rules: RuleCounts,
    answer: Answer,
    found: Sequence[RowPath],
    walks: Sequence[Walk],
    paths: int,
    deleted: Mask | None,
) -> list[RowPath]:
    """At most `paths` of an answer's paths, of those that convince alike first whose rule holds most often.

    The first is chosen so among all that convince about as much as the best one, if its rule holds more often
    by `MARGIN`; the others are those that convince most, no relation sequence twice before every other has
    come. Of forms of one path one stays.

    Args:
        rules: Counts over the answering graph.
        answer: What they lead to.
        found: Best first.
        walks: What each of them walks.
        paths: How many are kept.
        deleted: (N,) facts that are not there; None: all are.
    """
    if not found:
        return []
    pair = (answer.head, answer.answer)

    def count(i: int) -> RuleCount:
        return rules.count(answer.relation, walks[i][0], pair, deleted)

    alike = _as_convincing(found)
    counts = [count(i) for i in range(alike)]
    first = max(range(alike), key=lambda i: (counts[i].lower_bound, found[i].weight))
    if counts[first].lower_bound < counts[0].lower_bound + MARGIN:
        first = 0
    kept, again = [first], list[int]()
    ways, walked = {walks[first][1]}, {walks[first][0]}
    for i, (rule, way) in enumerate(walks):
        if way not in ways:
            ways.add(way)
            (again if rule in walked else kept).append(i)
            walked.add(rule)
    shown = [first, *sorted((kept + again)[1:paths], key=lambda i: -found[i].weight)]
    told = [(found[i], counts[i] if i < alike else count(i)) for i in shown]
    return [RowPath(p.facts, p.weight, c.support, c.pairs, c.heads) for p, c in told]


def _as_convincing(paths: Sequence[RowPath]) -> int:
    """How many at the beginning, best first, convince about as much as the best one."""
    least = max(paths[0].weight - ALIKE, SHARE * paths[0].weight)
    return next((i for i, path in enumerate(paths) if path.weight < least), len(paths))


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
        before = np.array([a.log_probability for a in some])
        facts = [sorted({f for path in a.paths for f in path.facts}) for a in some]
        without = [[*removed, *f] for f in facts]
        falls = comprehensiveness(model, candidates, heads, relations, goals, without, before)
        for i, fall in zip(rows, falls, strict=True):
            out[i] = replace(out[i], faithfulness=float(fall))
        drawn = [k for k, i in enumerate(rows) if i in sample]
        if drawn:
            chance = random_deletions(
                model, heads[drawn], relations[drawn], [len(facts[k]) for k in drawn], seed
            )
            chance = [[*removed, *c] for c in chance]
            falls = comprehensiveness(
                model, candidates, heads[drawn], relations[drawn], goals[drawn], chance, before[drawn]
            )
            for k, fall in zip(drawn, falls, strict=True):
                out[rows[k]] = replace(out[rows[k]], random_faithfulness=float(fall))
        if progress:
            progress("measuring faithfulness", min(start + size, len(answers)), len(answers))
    return out
