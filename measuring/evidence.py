"""Is evidence true? Precision, recall, faithfulness and overlap, on a genealogy whose rules are known."""

from __future__ import annotations

import itertools
import random
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np

from graph_schema.domains.family.generator import Genealogy
from graph_schema.domains.family.kinship import Fact
from kgplatform.serving.asking import Served
from measuring.kin import Complete, HiddenKin, People, Proofs, walked
from trainers.answers import Answer, Candidates
from trainers.evidence.deletion import comprehensiveness, random_deletions
from trainers.evidence.explaining import with_evidence
from trainers.scoring import best_answers
from trainers.trainer import Explainer

LONGEST = 3
"""Chains looked through for baselines, in facts."""


@dataclass(frozen=True)
class Explained:
    """A hidden fact as predicted: its answer, ranked among candidates that are not true, and its evidence."""

    fact: Fact
    answer: Answer
    paths: tuple[tuple[Fact, ...], ...]

    @property
    def first(self) -> bool:
        """Whether nothing that is not true was as likely."""
        return self.answer.rank_high == 1

    @property
    def chains(self) -> tuple[People, ...]:
        """Everybody met on each path."""
        return tuple(walked(self.fact[0], path) for path in self.paths)


def explain(served: Served, facts: Sequence[Fact], paths: int) -> list[Explained]:
    """Ask a run for each hidden fact as (head, relation, ?), with evidence as promotion reads it.

    Args:
        served: The run, answering over what is known.
        facts: Hidden facts.
        paths: Paths read for each.
    """
    known = served.graph.known
    rows = known.vocabulary.encode(*zip(*facts, strict=True))
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    answers = best_answers(
        explainer(served),
        rivals(served),
        rows[:, 0],
        rows[:, 1],
        top=1,
        calibration=None,
        wanted=[[tail] for tail in rows[:, 2].tolist()],
    )
    answered = [a for (a,) in answers]
    found = with_evidence(explainer(served), rivals(served), served.rules, answered, paths=paths)
    return [
        Explained(
            known.names(row),
            answer,
            tuple(tuple(known.names(known.triples[f]) for f in path.facts) for path in answer.paths),
        )
        for row, answer in zip(rows, found, strict=True)
    ]


def rivals(served: Served) -> Candidates:
    """Candidates of which none is a true answer, as in filtered ranking."""
    true = served.graph.known.union(served.graph.held_out)
    return Candidates(true, served.candidates.allowed)


def explainer(served: Served) -> Explainer:
    """The run's model. Raises: TypeError if it gives no evidence."""
    if not isinstance(served.model, Explainer):
        raise TypeError(f"{type(served.model).__name__} gives no evidence")
    return served.model


@dataclass(frozen=True)
class Truth:
    """What is known and what it proves: leaning on who is whose parent and married to whom, or alone."""

    kin: HiddenKin
    proofs: Proofs
    alone: Proofs

    @classmethod
    def of(cls, kin: HiddenKin, others: tuple[Genealogy, ...]) -> Truth:
        """Args: others: complete genealogies that a pattern must hold in too."""
        true = [Complete.of(genealogy) for genealogy in (kin.genealogy, *others)]
        return cls(kin, Proofs(true), Proofs(true, alone=True))


@dataclass(frozen=True)
class Judged:
    """Of one prediction: is its best path a proof, and how many of the rules' derivations do its paths hold?

    `strict` looks at the very facts, `lenient` at the people along the chain, `alone` at the very facts and
    nothing else, `as_written` at the rules only. `recall` values are None where the known facts leave no
    derivation of the rules as written. `length` is that of the best path, 0 where there is none, which counts
    as wrong.
    """

    relation: str
    length: int
    lenient: bool
    strict: bool
    alone: bool
    as_written: bool
    recall_lenient: float | None
    recall_strict: float | None


def judge(truth: Truth, fact: Fact, paths: Sequence[Sequence[Fact]]) -> Judged:
    """Hold the evidence of a fact against what is true. Args: paths: best first."""
    kin, proofs = truth.kin, truth.proofs
    chains = [walked(fact[0], path) for path in paths]
    derivations = kin.derivations(fact)
    there = [people for people in derivations if proofs.lenient(kin, fact, people)]
    whole = {used for ways in derivations.values() for used in ways if used <= kin.known}
    given = {frozenset(path) for path in paths}
    return Judged(
        fact[1],
        len(paths[0]) if paths else 0,
        any(proofs.lenient(kin, fact, chain) for chain in chains[:1]),
        any(proofs.strict(kin, fact, path) for path in paths[:1]),
        any(truth.alone.strict(kin, fact, path) for path in paths[:1]),
        any(chain in derivations for chain in chains[:1]),
        sum(people in chains for people in there) / len(there) if there else None,
        len(whole & given) / len(whole) if whole else None,
    )


def summary(judged: Iterable[Judged]) -> dict[str, float]:
    """Means over predictions; recall over the share `derivable` of them that has a derivation left."""
    rows = list(judged)
    out: dict[str, float] = {"predictions": len(rows)}
    for name in ("lenient", "strict", "alone", "as_written"):
        out[f"precision_{name}"] = statistics.fmean(getattr(row, name) for row in rows)
    for name in ("recall_lenient", "recall_strict"):
        there = [value for row in rows if (value := getattr(row, name)) is not None]
        out[name] = statistics.fmean(there) if there else float("nan")
    out["derivable"] = statistics.fmean(row.recall_lenient is not None for row in rows)
    return out


def baselines(truth: Truth, facts: Sequence[Fact], paths: int, seed: int) -> dict[str, dict[str, float]]:
    """The same measures for chains drawn at random between head and tail, and for the shortest ones.

    Facts between two neighbours are drawn at random too. Facts without any chain of known facts are left out.
    """
    dice, kin = random.Random(seed), truth.kin
    judged: dict[str, list[Judged]] = {"random paths": [], "shortest paths": []}
    for fact in facts:
        chains = list(kin.chains(fact, LONGEST))
        dice.shuffle(chains)
        for name, some in (("random paths", chains), ("shortest paths", sorted(chains, key=len))):
            if some:
                read = [[dice.choice(kin.links[e])[1] for e in itertools.pairwise(c)] for c in some[:paths]]
                judged[name].append(judge(truth, fact, read))
    return {name: summary(rows) for name, rows in judged.items()}


def redundancy(truth: Truth, facts: Sequence[Fact]) -> dict[str, float]:
    """Chains of at most `LONGEST` known facts from head to tail, how many prove, and facts without one."""
    kin = truth.kin
    chains = [list(kin.chains(fact, LONGEST)) for fact in facts]
    proving = [
        sum(truth.proofs.lenient(kin, fact, c) for c in some)
        for fact, some in zip(facts, chains, strict=True)
    ]
    return {
        "facts": len(facts),
        "chains": statistics.fmean(map(len, chains)),
        "proofs": statistics.fmean(proving),
        "unprovable": sum(count == 0 for count in proving),
    }


class Fall(TypedDict):
    """Means over predictions: how far they fall without their evidence, and without random facts instead."""

    paths: int
    removed: str
    predictions: int
    facts: float
    fall: float
    random_fall: float
    above_random: float


def falls(served: Served, explained: Sequence[Explained], paths: int, *, draws: int, seed: int) -> list[Fall]:
    """How far log-probabilities fall without the best `paths`, and how often further than without others.

    Two removals from each query's neighbourhood: the facts of these paths; and those with every other fact
    between the same two neighbours, which says the same in other words. Each is held against the mean of
    `draws` removals of equally many facts drawn from the neighbourhood.
    """
    model, known = explainer(served), served.graph.known
    heads, relations, tails = (
        np.array([getattr(e.answer, part) for e in explained], dtype=np.int64)
        for part in ("head", "relation", "answer")
    )
    candidates = rivals(served)
    before = np.array([e.answer.log_probability for e in explained])
    between = defaultdict(list)
    for row, (head, _, tail) in enumerate(known.triples.tolist()):
        between[min(head, tail), max(head, tail)].append(row)

    def links(facts: list[int]) -> list[int]:
        ends = {tuple(sorted(known.triples[f, [0, 2]].tolist())) for f in facts}
        return sorted(row for one, other in ends for row in between[one, other])

    read = [sorted({f for path in e.answer.paths[:paths] for f in path.facts}) for e in explained]
    out: list[Fall] = []
    for name, removed in (("facts", read), ("links", [links(facts) for facts in read])):
        fall = comprehensiveness(model, candidates, heads, relations, tails, removed, before)
        counts = [len(facts) for facts in removed]
        chance = [
            comprehensiveness(
                model,
                candidates,
                heads,
                relations,
                tails,
                random_deletions(model, heads, relations, counts, seed + draw),
                before,
            )
            for draw in range(draws)
        ]
        random_fall = np.mean(chance, axis=0)
        out.append(
            {
                "paths": paths,
                "removed": name,
                "predictions": len(explained),
                "facts": statistics.fmean(counts),
                "fall": float(fall.mean()),
                "random_fall": float(random_fall.mean()),
                "above_random": float((fall > random_fall).mean()),
            }
        )
    return out


def overlap(by_seed: Sequence[Mapping[Fact, Explained]]) -> dict[str, float]:
    """How much evidence different seeds share: means over facts and pairs of seeds.

    `same_best`: the best path meets the same people; `chains`, `facts`: Jaccard index of the sets of people
    met, and of facts, in all paths.
    """
    same, chains, facts = [], [], []
    for one, other in itertools.combinations(by_seed, 2):
        for fact in one.keys() & other.keys():
            mine, theirs = one[fact], other[fact]
            same.append(mine.chains[:1] == theirs.chains[:1])
            chains.append(_jaccard(set(mine.chains), set(theirs.chains)))
            facts.append(_jaccard({f for p in mine.paths for f in p}, {f for p in theirs.paths for f in p}))
    return {
        "same_best": statistics.fmean(same),
        "chains": statistics.fmean(chains),
        "facts": statistics.fmean(facts),
    }


def _jaccard(one: set[Any], other: set[Any]) -> float:
    return len(one & other) / max(1, len(one | other))
