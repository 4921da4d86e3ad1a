"""Predictions of models that tell types of pairs apart: partners with their likeliest type and its cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.progress import Progress
from graph_schema.records import Temperature
from trainers.answers import Answer, Candidates, Wanted
from trainers.interacting import chances
from trainers.pairs import PROTOCOLS, batches, both_ways, log_shares
from trainers.trainer import CaseExplainer, LinkScorer, PairPathExplainer, PairScorer, RowPath

Order = Callable[[Answer], tuple[float, float, int, int, int]]
"""What answers are sorted by."""

EXPLAINED_AT_ONCE = 64
"""Answers whose evidence is found together."""

ANY = -1
"""Stands for whichever type is likeliest."""


@dataclass(frozen=True)
class PairPredictor:
    """A model bound to the graph that answers; a `Predictor`.

    Partners are ranked by how likely the pair interacts, and where only some types are asked for by how
    likely it does in that way; of a model that does not say, by the score of their likeliest type, so by how
    well pair and type go together. The probability is of type and direction, given that the pair interacts.
    Where any type was asked for, the likelier direction is answered, so that a head may come as the tail.
    Pairs of which any type is known, either way round, are no candidates; nor is somebody without known pairs
    of whom the model has nothing to go by.

    Attributes:
        model: Bound to `candidates.known`.
        candidates: Who may answer.
        temperature: From scores to probabilities; None leaves them open.
    """

    model: PairScorer
    candidates: Candidates
    temperature: Temperature | None

    def asked(self, relations: Ints, queries: int) -> tuple[Ints, Ints]:
        """See `Predictor.asked`: the heads in most known pairs, each once if several types are asked for."""
        known = self.candidates.known.triples
        typed = known[np.isin(known[:, 1], self.model.types)]
        count = np.bincount(typed[:, [0, 2]].ravel(), minlength=self.candidates.known.num_entities)
        order = np.argsort(-count, kind="stable")
        heads = order[count[order] > 0][:queries]
        return heads, np.full(len(heads), int(relations[0]) if len(relations) == 1 else ANY)

    def predict_tails(
        self, heads: Ints, relations: Ints, wanted: Wanted, progress: Progress | None = None
    ) -> list[Answer]:
        """See `Predictor.predict_tails`; of a pair only its likeliest type that was asked for."""
        return self._predicted(heads, relations, wanted, progress, tails=True)

    def predict_heads(
        self, tail: int, relations: Ints, wanted: Wanted, progress: Progress | None = None
    ) -> list[Answer]:
        """See `Predictor.predict_heads`."""
        return self._predicted(np.full(len(relations), tail), relations, wanted, progress, tails=False)

    def judge(self, triple: Ints, deleted: Sequence[int], *, paths: int) -> Answer:
        """See `Predictor.judge`."""
        return self.judged(np.array(triple)[None], [deleted], paths=paths)[0]

    def judged(self, triples: Ints, deleted: Sequence[Sequence[int]], *, paths: int) -> list[Answer]:
        """Each of (B, 3) facts or guesses, without some rows of the known triples; see `Predictor.judge`."""
        if not len(triples):
            return []
        ends = triples[:, [0, 2]]
        places = np.searchsorted(self.model.types, triples[:, 1])
        if not isinstance(self.model, CaseExplainer):
            answers = self._answers(ends, self._scores(ends), places)
            return [replace(a, seen=bool(off)) for a, off in zip(answers, deleted, strict=True)]
        if not any(deleted):
            return self.explained(self._answers(ends, self._scores(ends), places), paths)
        answers = self._answers(ends, self._without(ends, deleted), places, deleted)
        return self.explained(answers, paths, deleted)

    def likeliest(self, ends: Ints, most: int) -> list[list[Answer]]:
        """Of each of (B, 2) pairs its likeliest types, each in its likelier direction, without evidence.

        Args:
            ends: Of any pairs, known or not.
            most: How many types at most.
        """
        scores, types = self._scores(ends), len(self.model.types)
        forth = scores[:, :types] >= scores[:, types:]
        best = np.maximum(scores[:, :types], scores[:, types:])
        kinds = np.argsort(-best, axis=1, kind="stable")[:, :most]
        places = np.where(np.take_along_axis(forth, kinds, axis=1), kinds, kinds + types)
        found = [self._answers(ends, scores, column) for column in places.T]
        return [list(some) for some in zip(*found, strict=True)]

    def _predicted(
        self, given: Ints, relations: Ints, wanted: Wanted, progress: Progress | None, *, tails: bool
    ) -> list[Answer]:
        found: list[Answer] = []
        asked, every = set(relations.tolist()), self.model.types
        order = _likely if ANY in asked or asked >= set(every.tolist()) else _likely_so
        ends = list(dict.fromkeys(given.tolist()))
        for done, end in enumerate(ends, 1):
            kinds = set(relations[given == end].tolist())
            places = np.array(
                range(2 * len(every)) if ANY in kinds else sorted(self._place(kind) for kind in kinds)
            )
            others = self._partners(end, every[places % len(every)], tails=tails)
            here = np.full(len(others), end)
            ends_of = np.stack([here, others] if tails else [others, here], axis=1)
            scores = self._scores(ends_of)
            best = places[scores[:, places].argmax(axis=1)] if len(others) else np.zeros(0, dtype=np.int64)
            answers = self._answers(ends_of, scores, best)
            found += sorted(answers, key=order)[: wanted.top]
            if progress:
                progress("answering", done, len(ends))
        once: dict[tuple[int, int], Answer] = {}
        for answer in sorted(found, key=order):
            once.setdefault((min(answer.head, answer.answer), max(answer.head, answer.answer)), answer)
        kept = list(once.values()) if wanted.per_query else list(once.values())[: wanted.top]
        return sorted(self.explained(kept, wanted.paths, progress=progress), key=_shown(order))

    def _partners(self, end: int, types: Ints, *, tails: bool) -> Ints:
        """Who may be the other end: of the right type, with no known pair with this one."""
        known = self.candidates.known
        m = len(known.vocabulary.relations)
        able: Mask = np.zeros(known.num_entities, dtype=bool)
        for relation in types.tolist():
            able |= self.candidates.allowed.get(relation if tails else relation + m, self._in_pairs)
        able = able & self.askable
        typed = self._typed
        able[typed[typed[:, 0] == end, 2]] = False
        able[typed[typed[:, 2] == end, 0]] = False
        able[end] = False
        partners: Ints = np.flatnonzero(able)
        return partners

    @cached_property
    def _typed(self) -> Ints:
        known = self.candidates.known.triples
        typed: Ints = known[np.isin(known[:, 1], self.model.types)]
        return typed

    @cached_property
    def _in_pairs(self) -> Mask:
        """(E,) who stands in a known pair."""
        there = np.zeros(self.candidates.known.num_entities, dtype=bool)
        there[self._typed[:, [0, 2]].ravel()] = True
        return there

    @cached_property
    def askable(self) -> Mask:
        """(E,) who stands in a known pair, or of whom the model has something else to go by."""
        return self._in_pairs | self.model.goes_by if isinstance(self.model, LinkScorer) else self._in_pairs

    def protocols(self, ends: Ints) -> Ints:
        """(B,) places in `PROTOCOLS` of (B, 2) pairs."""
        new: Ints = (~self._in_pairs[ends]).sum(axis=1)
        return new

    def interacts(self, ends: Ints, without: Sequence[int] = ()) -> Floats | None:
        """(B,) how likely (B, 2) pairs interact at all; None where nobody said."""
        fitted = self.temperature.interacting if self.temperature else None
        if fitted is None or not isinstance(self.model, LinkScorer):
            return None
        return chances(self.model, fitted, ends, self.protocols(ends), without)

    def _place(self, relation: int) -> int:
        return int(np.searchsorted(self.model.types, relation))

    def _scores(self, ends: Ints) -> Floats:
        """(B, 2T) of (B, 2) pairs, see `both_ways`."""
        forth = self.model.score_relations(ends[:, 0], ends[:, 1])
        back = self.model.score_relations(ends[:, 1], ends[:, 0])
        return self._both(forth.astype(np.float64), back.astype(np.float64), ends)

    def _without(self, ends: Ints, removed: Sequence[Sequence[int]]) -> Floats:
        """(B, 2T) of (B, 2) pairs, each with rows of the known triples not there."""
        assert isinstance(self.model, CaseExplainer)
        forth = self.model.score_pairs_without(ends, removed)
        back = self.model.score_pairs_without(ends[:, ::-1], removed)
        return self._both(forth, back, ends)

    def _both(self, forth: Floats, back: Floats, ends: Ints) -> Floats:
        known, allowed = self.candidates.known, self.candidates.allowed
        return both_ways(forth, back, self.model.types, known, allowed, ends)

    def _shares(self, scores: Floats) -> Floats:
        return log_shares(scores, self.temperature.temperature if self.temperature else 1.0)

    def _answers(
        self, ends: Ints, scores: Floats, places: Ints, without: Sequence[Sequence[int]] = ()
    ) -> list[Answer]:
        """One answer a pair.

        Args:
            ends: (B, 2) heads and tails.
            scores: (B, 2T), see `both_ways`.
            places: (B,) in [0, 2T); from T on it is told the other way round.
            without: For each, rows of the known triples that are not there; none at all for nothing.
        """
        rows, types = np.arange(len(ends)), len(self.model.types)
        if not len(rows):
            return []
        told = np.where((places < types)[:, None], ends, ends[:, ::-1])
        shares = self._shares(scores)[rows, places]
        if any(without):
            each = [self.interacts(ends[row : row + 1], gone) for row, gone in enumerate(without)]
            linked = [None if chance is None else float(chance[0]) for chance in each]
        else:
            every = self.interacts(ends)
            linked = [None] * len(rows) if every is None else every.tolist()
        found = zip(told.tolist(), self.model.types[places % types].tolist(), strict=True)
        return [
            Answer(
                head,
                kind,
                tail,
                float(scores[row, places[row]]),
                float(shares[row]),
                float(np.exp(shares[row])) if self.temperature else None,
                None,
                None,
                interacts=linked[row],
                protocol=PROTOCOLS[protocol],
            )
            for row, (((head, tail), kind), protocol) in enumerate(
                zip(found, self.protocols(ends).tolist(), strict=True)
            )
        ]

    def explained(
        self,
        answers: Sequence[Answer],
        most: int,
        deleted: Sequence[Sequence[int]] = (),
        progress: Progress | None = None,
    ) -> list[Answer]:
        """Answers with their paths and cases, and how far their log-probability falls without them.

        Args:
            answers: Of any pairs.
            most: Paths, and cases, of each at most; 0 leaves the answers as they are.
            deleted: For each, rows of the known triples that are not there; none at all for nothing.
            progress: Told of the work.
        """
        if not most or not isinstance(self.model, CaseExplainer):
            return list(answers)
        found: list[Answer] = []
        for some in batches(len(answers), EXPLAINED_AT_ONCE):
            found += self._explained(self.model, answers[some], most, deleted[some])
            if progress:
                progress("explaining", some.stop, len(answers))
        return found

    def _explained(
        self, model: CaseExplainer, answers: Sequence[Answer], most: int, deleted: Sequence[Sequence[int]]
    ) -> list[Answer]:
        facts = np.array([(a.head, a.relation, a.answer) for a in answers], dtype=np.int64)
        cases, paths = model.cases(facts, most, deleted), list[list[RowPath]]([[]] * len(answers))
        if isinstance(model, PairPathExplainer):
            paths = model.pair_paths(facts, most, deleted)
        said = [
            {case.fact for case in some} | {fact for path in others for fact in path.facts}
            for some, others in zip(cases, paths, strict=True)
        ]
        told = [place for place, rows in enumerate(said) if rows]
        off = deleted or [()] * len(answers)
        without = [[*off[place], *sorted(said[place])] for place in told]
        shares = self._shares(self._without(facts[told][:, [0, 2]], without))
        found = list(answers)
        for place, left in zip(told, shares, strict=True):
            a = answers[place]
            fall = float(a.log_probability - left[self._place(a.relation)])
            found[place] = replace(a, paths=tuple(paths[place]), cases=tuple(cases[place]), faithfulness=fall)
        return found


def _likely(answer: Answer) -> tuple[float, float, int, int, int]:
    """By how likely the pair interacts, and of level ones by how well pair and type go together."""
    return (-(answer.interacts or 0.0), -answer.score, answer.head, answer.answer, answer.relation)


def _likely_so(answer: Answer) -> tuple[float, float, int, int, int]:
    """By how likely the pair interacts in that way."""
    if answer.interacts is None:
        return _likely(answer)
    so = answer.interacts * float(np.exp(answer.log_probability))
    return (-so, -answer.score, answer.head, answer.answer, answer.relation)


def _shown(order: Order) -> Order:
    """The same order; of answers of which nobody said whether the pair interacts, by their probability."""

    def key(answer: Answer) -> tuple[float, float, int, int, int]:
        if answer.interacts is not None:
            return order(answer)
        return (-answer.log_probability, -answer.score, answer.head, answer.relation, answer.answer)

    return key
