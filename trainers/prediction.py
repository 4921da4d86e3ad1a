"""Predictions of models that rank entities: queries in, explained answers out, likeliest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.progress import Progress
from graph_schema.records import Calibration
from trainers.answers import Answer, Candidates, Wanted
from trainers.evidence.analogies import Analogies
from trainers.evidence.explaining import with_evidence
from trainers.evidence.rules import RuleCounts
from trainers.scoring import best_answers, with_head_ranks
from trainers.trainer import Embedder, Explainer, TailScorer, Trainer


@dataclass(frozen=True)
class RankingPredictor:
    """A model bound to the graph that answers; a `Predictor`.

    Attributes:
        model: Bound to `candidates.known`; its answers carry paths where it is an `Explainer`, analogies
            where it has vectors.
        candidates: Who may answer.
        calibration: From log-softmax to probability; None leaves probabilities open.
        rules: Of `candidates.known`, shared by all models that answer over it.
        seed: Decides what is drawn at random.
    """

    model: TailScorer
    candidates: Candidates
    rules: RuleCounts
    calibration: Calibration | None
    seed: int

    def asked(self, relations: Ints, queries: int) -> tuple[Ints, Ints]:
        """See `Predictor.asked`: of each relation the heads of which most facts are known."""
        starts = [self.candidates.heads_of(int(relation), queries) for relation in relations]
        return np.concatenate(starts), np.repeat(relations, [len(some) for some in starts])

    def predict_tails(
        self, heads: Ints, relations: Ints, wanted: Wanted, progress: Progress | None = None
    ) -> list[Answer]:
        """Answers to (head, relation, ?), of (B,) heads and (B,) relations in [0, 2m)."""
        found = self._best(heads, relations, top=wanted.top, progress=progress)
        return self._completed([a for group in found for a in group], wanted, progress)

    def predict_heads(
        self, tail: int, relations: Ints, wanted: Wanted, progress: Progress | None = None
    ) -> list[Answer]:
        """Answers to (?, relation, tail), of (B,) relations; scored and ranked as (head, relation, tail)."""
        back = self.candidates.known.vocabulary.inverse[relations]
        asked = self._best(np.full(len(relations), tail), back, top=wanted.top)
        pairs = [(a.answer, int(r)) for r, group in zip(relations, asked, strict=True) for a in group]
        rows = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        found = self._best(rows[:, 0], rows[:, 1], tails=[[tail]] * len(rows), progress=progress)
        return self._completed([a for group in found for a in group], wanted, progress)

    def judge(self, triple: Ints, deleted: Sequence[int], *, paths: int) -> Answer:
        """One (head, relation, tail), with facts switched off; `seen` where the model cannot do without them.

        Args:
            triple: (3,) ids.
            deleted: Rows of the known triples that every query goes without.
            paths: Evidence paths; 0 for none.
        """
        head, relation, tail = (triple[i : i + 1] for i in range(3))
        off = list(deleted)
        (found,) = self._best(head, relation, tails=[tail.tolist()], removed=[off])
        (answer,) = self._explained(with_head_ranks(self.model, self.candidates, found, off), paths, off)
        return replace(answer, seen=bool(off) and not isinstance(self.model, Explainer))

    def _best(
        self,
        heads: Ints,
        relations: Ints,
        *,
        top: int = 1,
        tails: list[list[int]] | None = None,
        removed: list[list[int]] | None = None,
        progress: Progress | None = None,
    ) -> list[list[Answer]]:
        return best_answers(
            self.model,
            self.candidates,
            heads,
            relations,
            top=top,
            wanted=tails,
            removed=removed,
            calibration=self.calibration,
            progress=progress,
        )

    def _completed(self, answers: list[Answer], wanted: Wanted, progress: Progress | None) -> list[Answer]:
        """The wanted ones with head ranks and evidence."""
        if not wanted.per_query:
            answers = sorted(answers, key=_likeliest)[: wanted.top]
        answers = with_head_ranks(self.model, self.candidates, self._deduplicated(answers))
        explained = self._explained(
            sorted(answers, key=lambda a: (a.head, a.relation)),
            wanted.paths,
            random_sample=wanted.random_sample,
            progress=progress,
        )
        return sorted(explained, key=_likeliest)

    def _deduplicated(self, answers: list[Answer]) -> list[Answer]:
        """Each statement once: of a symmetric relation, only the first of both directions."""
        inverse = self.candidates.known.vocabulary.inverse
        first: dict[tuple[int, int, int], Answer] = {}
        for a in answers:
            ends = (a.head, a.answer)
            if inverse[a.relation] == a.relation:
                ends = (min(ends), max(ends))
            first.setdefault((a.relation, *ends), a)
        return list(first.values())

    def _explained(
        self,
        answers: list[Answer],
        paths: int,
        deleted: Sequence[int] = (),
        *,
        random_sample: int = 0,
        progress: Progress | None = None,
    ) -> list[Answer]:
        if not paths:
            return answers
        if self._analogies is not None:
            return [self._analogies.explained(answer, paths, deleted) for answer in answers]
        if not isinstance(self.model, Explainer):
            return answers
        return with_evidence(
            self.model,
            self.candidates,
            self.rules,
            answers,
            paths=paths,
            removed=deleted,
            random_sample=random_sample,
            seed=self.seed,
            progress=progress,
        )

    @cached_property
    def _analogies(self) -> Analogies | None:
        """Of a model with vectors that names no evidence itself."""
        if isinstance(self.model, Explainer) or not isinstance(self.model, Embedder):
            return None
        assert isinstance(self.model, Trainer)
        return Analogies(self.model, self.candidates.known)


def _likeliest(answer: Answer) -> tuple[float, float, int, int, int]:
    """By probability, which compares queries; without one by what the model says of each alone."""
    chance = 0.0 if answer.probability is None else answer.probability
    return (-chance, -answer.log_probability, answer.head, answer.relation, answer.answer)
