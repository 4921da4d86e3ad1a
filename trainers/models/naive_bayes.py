"""Naive Bayes over the two ends of a pair: what each end's known facts say of the type, taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from graph_schema.arrays import Floats, Floats32, Ints, Mask
from graph_schema.progress import Progress
from graph_schema.triples import Splits, TripleSet, Vocabulary
from trainers.known_links import KnownLinks
from trainers.pair_figures import deciding, of_rows
from trainers.pairs import PairSplits, batches, lost_odds
from trainers.trainer import FitReport, ModelConfig, Reference, RowCase, Trainer

Form = Literal["multinomial", "posterior"]
FORMS: tuple[Form, ...] = ("multinomial", "posterior")
GRID: dict[Form, tuple[float, ...]] = {
    "multinomial": (0.001, 0.01, 0.1, 1.0),
    "posterior": (1.0, 5.0, 10.0, 20.0, 50.0),
}
"""Smoothings tried where none is set."""


class NaiveBayesConfig(ModelConfig):
    """Settings; what is left open is chosen on validation."""

    form: Form | None = Field(default=None, description="None: the better one on validation")
    smoothing: float | None = Field(
        default=None, gt=0, description="facts added to each count; None: the best on validation"
    )


@dataclass(frozen=True)
class _Counts:
    """(E, T) facts in which an entity is head, in which it is tail, and (T,) facts of each type."""

    head: Floats
    tail: Floats
    all: Floats


class NaiveBayes(Trainer):
    """Types by the ends alone; a `LinkScorer` and a `CaseExplainer`.

    Of a pair (u, v) and a type r, with n the counts of known facts, N all of them and V the entities in them:

    * multinomial: log P(r) + log P(u | r) + log P(v | r), P(u | r) = (n(u, r) + α) / (n(r) + α V);
    * posterior: log P(r | u) + log P(r | v) - log P(r), P(r | u) = (n(u, r) + α P(r)) / (n(u) + α).

    u counts as head, v as tail; of a type that holds in both directions both ends count as both. Whoever
    stands in no known fact gives the prior.
    """

    Config = NaiveBayesConfig
    task: ClassVar[str] = "pair_type"
    reference = Reference(
        title="Naive Bayes on the types of each end's known facts", venue="baseline, no paper", year=2026
    )
    types: Ints = np.zeros(0, dtype=np.int64)
    form: Form
    smoothing: float

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        super().__init__(config, relations, seed=seed, device=device)
        self.settings = NaiveBayesConfig.model_validate(config.model_dump())
        self.form, self.smoothing = self.settings.form or FORMS[0], self.settings.smoothing or 0.1
        self._known = TripleSet.of(Vocabulary((), ()), np.zeros((0, 3), dtype=np.int64))
        self._counts = _Counts(np.zeros((0, 0)), np.zeros((0, 0)), np.zeros(0))
        self._entities = 0

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        """See `Trainer.fit`; each form and smoothing that is left open is a line of the history."""
        del checkpoint
        assert isinstance(splits, PairSplits)
        self.types = splits.types
        self._bind(splits.known)
        forms = (self.settings.form,) if self.settings.form else FORMS
        given = self.settings.smoothing
        tried: list[tuple[Form, float]] = [
            (form, s) for form in forms for s in ((given,) if given else GRID[form])
        ]
        history: list[dict[str, float]] = []
        best = 0
        for number, (form, smoothing) in enumerate(tried):
            self.form, self.smoothing = form, smoothing
            figure = self._on_validation(splits)
            history.append({"form": float(FORMS.index(form)), "smoothing": smoothing, "valid": figure})
            if figure > history[best]["valid"]:
                best = number
            progress(f"{form}, smoothing {smoothing:g}: {figure:.4f}", number + 1, len(tried))
        self.form, self.smoothing = tried[best]
        return FitReport(len(tried), best + 1, tuple(history))

    def _on_validation(self, splits: PairSplits) -> float:
        rows = splits.valid.triples
        if not len(rows):
            return 0.0
        scores = self._scored(rows[:, 0], rows[:, 2]).astype(np.float64)
        return deciding(splits, of_rows(splits, rows, scores))

    def _scored(self, heads: Ints, tails: Ints) -> Floats32:
        return np.concatenate([self.score_relations(heads[s], tails[s]) for s in batches(len(heads))])

    def _bind(self, known: TripleSet) -> None:
        """See `Trainer.bind`: what is known is counted."""
        self._known = known
        self._counts, self._entities = self._counted(known.triples)
        self._links = KnownLinks.of(known, self.types)

    def _counted(self, rows: Ints) -> tuple[_Counts, int]:
        rows = rows[np.isin(rows[:, 1], self.types)]
        inverse = self._known.vocabulary.inverse
        both = rows[inverse[rows[:, 1]] == rows[:, 1]]
        stated = np.concatenate([rows, both[:, [2, 1, 0]]])
        place = np.searchsorted(self.types, stated[:, 1])
        head, tail = (np.zeros((self._known.num_entities, len(self.types))) for _ in range(2))
        np.add.at(head, (stated[:, 0], place), 1.0)
        np.add.at(tail, (stated[:, 2], place), 1.0)
        every = np.bincount(place, minlength=len(self.types)).astype(np.float64)
        return _Counts(head, tail, every), len(np.unique(rows[:, [0, 2]]))

    def score_relations(self, heads: Ints, tails: Ints) -> Floats32:
        """See `PairScorer.score_relations`."""
        c = self._counts
        return self._scores(c.head[heads], c.tail[tails], c.all).astype(np.float32)

    def _scores(self, head: Floats, tail: Floats, every: Floats) -> Floats:
        """(B, T) of (B, T) counts of heads and tails, and (T,) or (B, T) of all facts."""
        a = self.smoothing
        prior = (every + 1e-9) / (every.sum(axis=-1, keepdims=True) + 1e-9 * len(self.types))
        if self.form == "multinomial":
            room = every + a * self._entities
            scores: Floats = np.log(prior) + np.log((head + a) / room) + np.log((tail + a) / room)
            return scores
        ends = [
            np.log((count + a * prior) / (count.sum(axis=-1, keepdims=True) + a)) for count in (head, tail)
        ]
        posterior: Floats = ends[0] + ends[1] - np.log(prior)
        return posterior

    @property
    def goes_by(self) -> Mask:
        """See `LinkScorer.goes_by`."""
        there: Mask = self._links.degree > 0
        return there

    def link_features(self, heads: Ints, tails: Ints, without: Sequence[int] = ()) -> Floats:
        """See `LinkScorer.link_features`: in how many known pairs each of the two stands."""
        return self._links.without(without).log_degrees(heads, tails)[:, None]

    def score_pairs_without(self, ends: Ints, removed: Sequence[Sequence[int]]) -> Floats:
        """See `CaseExplainer.score_pairs_without`."""
        c, places = self._counts, {int(kind): place for place, kind in enumerate(self.types)}
        of_head, of_tail = c.head[ends[:, 0]], c.tail[ends[:, 1]]
        every, inverse = np.repeat(c.all[None], len(ends), axis=0), self._known.vocabulary.inverse
        for pair, gone in enumerate(removed):
            head, tail = ends[pair]
            for one, kind, other in self._known.triples[list(gone)].tolist():
                if kind not in places:
                    continue
                for start, end in ((one, other), (other, one))[: 2 if inverse[kind] == kind else 1]:
                    of_head[pair, places[kind]] -= start == head
                    of_tail[pair, places[kind]] -= end == tail
                    every[pair, places[kind]] -= 1
        return self._scores(of_head, of_tail, every)

    def cases(self, facts: Ints, most: int, removed: Sequence[Sequence[int]] = ()) -> list[list[RowCase]]:
        """See `CaseExplainer.cases`: known facts of this type with one of the two at the same end.

        A case's weight is the share of the type's odds that goes without it.
        """
        off = removed or [()] * len(facts)
        return [self._cases(row, most, gone) for row, gone in zip(facts, off, strict=True)]

    def _cases(self, fact: Ints, most: int, removed: Sequence[int]) -> list[RowCase]:
        head, relation, tail = fact.tolist()
        rows, pair = self._known.triples, np.array([[head, tail]])
        here = rows[:, 1] == relation
        ends = [(rows[:, 0] == head, rows[:, 2] == tail)]
        if self._known.vocabulary.inverse[relation] == relation:
            ends.append((rows[:, 2] == head, rows[:, 0] == tail))
        place = int(np.searchsorted(self.types, relation))
        before = self.score_pairs_without(pair, [removed])[0]
        found: list[RowCase] = []
        for of_head, of_tail in ends:
            for one, other in ((of_head, of_tail), (of_tail, of_head)):
                facts = [f for f in np.flatnonzero(here & one & ~other).tolist() if f not in set(removed)]
                if facts:
                    without = self.score_pairs_without(pair, [[*removed, facts[0]]])[0]
                    weight = lost_odds(before, without, place)
                    found += [RowCase(fact, weight) for fact in facts[:most]]
        once = {case.fact: case for case in sorted(found, key=lambda c: (c.weight, -c.fact))}
        return sorted(once.values(), key=lambda c: (-c.weight, c.fact))[:most]

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`: which relations are types, and what was chosen."""
        return {
            "types": torch.from_numpy(self.types),
            "form": torch.tensor(FORMS.index(self.form)),
            "smoothing": torch.tensor(self.smoothing, dtype=torch.float64),
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`."""
        self.types = tensors["types"].numpy()
        self.form = FORMS[int(tensors["form"])]
        self.smoothing = float(tensors["smoothing"])
