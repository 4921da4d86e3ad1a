"""The types of known pairs whose drugs are most like these: the bar that a network has to take."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from graph_schema.arrays import Floats, Floats32, Ints, Mask
from graph_schema.progress import Progress
from graph_schema.triples import Splits, TripleSet, Vocabulary
from trainers.analogues.votes import Cast, Votes
from trainers.known_links import KnownLinks
from trainers.models.naive_bayes import FORMS, GRID, Form, NaiveBayes, NaiveBayesConfig
from trainers.pair_cases import weighed_cases
from trainers.pair_figures import deciding, of_rows
from trainers.pairs import PROTOCOLS, PairSplits, batches, log_shares
from trainers.trainer import FitReport, ModelConfig, Reference, RowCase, Trainer

WEIGHTS = (0.0, 0.25, 0.5, 1.0)
"""What the ends' own types may count beside the vote's."""

DOUBT = 0.001
"""Share of the vote that goes by how frequent types are."""


FEW = 0.01
"""Below this share of analogues a smaller one says little more."""


_NOTHING = np.zeros(0, dtype=np.int64)
_NOBODY = (b"none", Cast(_NOTHING, _NOTHING, _NOTHING, np.zeros(0)))
"""Pairs, and the votes on them, before any were asked for."""


class AnalogueVoteConfig(ModelConfig):
    """Settings; what the ends' own types count is chosen on validation, for each protocol."""

    neighbours: int = Field(default=40, ge=1, description="analogues of each end that vote")
    power: float = Field(default=4.0, gt=0, description="a vote weighs likeness to this power")
    structures: float = Field(
        default=0.5, ge=0, le=1, description="share of the structures in likeness; the rest is known facts"
    )


class AnalogueVote(Trainer):
    """Types by analogy; a `LinkScorer` and a `CaseExplainer`.

    log s(r | u, v) + c log b(r | u, v): s is the share of the vote (see `Votes`) with a little of the types'
    frequencies mixed in, b naive Bayes over the ends' own known types. Form and smoothing of b, and c, are
    chosen on validation for each protocol: both ends known, one new, both new.
    """

    Config = AnalogueVoteConfig
    task: ClassVar[str] = "pair_type"
    reference = Reference(
        title="A vote among the known pairs of the most similar drugs", venue="baseline, no paper", year=2026
    )
    types: Ints = np.zeros(0, dtype=np.int64)

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        super().__init__(config, relations, seed=seed, device=device)
        self.settings = AnalogueVoteConfig.model_validate(config.model_dump())
        self._bayes = [NaiveBayes(NaiveBayesConfig(), relations) for _ in PROTOCOLS]
        self._weight, self._before = np.zeros(len(PROTOCOLS)), _NOBODY
        self._known = TripleSet.of(Vocabulary((), ()), np.zeros((0, 3), dtype=np.int64))

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        """See `Trainer.fit`; what was chosen for each protocol is a line of the history."""
        del checkpoint
        assert isinstance(splits, PairSplits)
        self.types = splits.types
        progress("looking for analogues", 0, len(PROTOCOLS) + 1)
        self._bind(splits.known)
        rows = splits.valid.triples
        of, history = splits.protocol(rows), list[dict[str, float]]()
        for protocol, name in enumerate(PROTOCOLS):
            line = self._choose(splits, rows[of == protocol], protocol)
            history.append({"protocol": float(protocol), **line})
            progress(f"{name}: {line['valid']:.4f}", protocol + 2, len(PROTOCOLS) + 1)
        return FitReport(1, 1, tuple(history))

    def _choose(self, splits: PairSplits, rows: Ints, protocol: int) -> dict[str, float]:
        """Choose naive Bayes and its weight for a protocol. Args: rows: (N, 3) of validation, its."""
        bayes = self._bayes[protocol]
        best: tuple[float, Form, float, float] = (-1.0, FORMS[0], GRID[FORMS[0]][0], 0.0)
        if len(rows):
            votes = self._votes_on(rows[:, 0], rows[:, 2])
            for form in FORMS:
                for smoothing in GRID[form]:
                    bayes.form, bayes.smoothing = form, smoothing
                    own = log_shares(_all(bayes, rows[:, 0], rows[:, 2]))
                    for weight in WEIGHTS:
                        figure = _figure(splits, rows, votes + weight * own)
                        if figure > best[0]:
                            best = (figure, form, smoothing, weight)
        figure, bayes.form, bayes.smoothing, self._weight[protocol] = best
        chosen = {"form": float(FORMS.index(bayes.form)), "smoothing": bayes.smoothing}
        return {"valid": max(figure, 0.0), **chosen, "weight": float(self._weight[protocol])}

    def _bind(self, known: TripleSet) -> None:
        """See `Trainer.bind`: analogues are looked for among who stands in known pairs."""
        s, self._known, self._before = self.settings, known, _NOBODY
        self.votes = Votes.of(known, self.types, neighbours=s.neighbours, power=s.power, share=s.structures)
        self._links = KnownLinks.of(known, self.types)
        count = np.bincount(known.triples[:, 1], minlength=known.num_relations)[self.types] + 1
        self._frequency: Floats = count / count.sum()
        for bayes in self._bayes:
            bayes.types = self.types
            bayes.bind(known)

    def score_relations(self, heads: Ints, tails: Ints) -> Floats32:
        """See `PairScorer.score_relations`."""
        scores = self._votes_on(heads, tails)
        of = self.protocol(heads, tails)
        for protocol, weight in enumerate(self._weight.tolist()):
            some = np.flatnonzero(of == protocol)
            if weight and len(some):
                scores[some] += weight * log_shares(
                    self._bayes[protocol].score_relations(heads[some], tails[some]).astype(np.float64)
                )
        return scores.astype(np.float32)

    def protocol(self, heads: Ints, tails: Ints) -> Ints:
        """(B,) places in `PROTOCOLS` of (B,) pairs."""
        known = self.votes.known
        new: Ints = (~known[heads]).astype(np.int64) + ~known[tails]
        return new

    def _votes_on(self, heads: Ints, tails: Ints) -> Floats:
        return self._logarithms(self.votes.shares(heads, tails, len(self.types)))

    def _logarithms(self, shares: Floats) -> Floats:
        """(B, T) of (B, T) votes; where nobody votes, of how frequent types are."""
        doubt = np.where(shares.sum(axis=1, keepdims=True) > 0, DOUBT, 1.0)
        logs: Floats = np.log((1 - doubt) * shares + doubt * self._frequency)
        return logs

    @property
    def goes_by(self) -> Mask:
        """See `LinkScorer.goes_by`: who stands in a known pair or is like somebody who does."""
        return self.votes.has_analogues | self.votes.known

    def link_features(self, heads: Ints, tails: Ints, without: Sequence[int] = ()) -> Floats:
        """See `LinkScorer.link_features`: the share of linked analogues, its logarithm, and degrees."""
        links = self._links.without(without)
        share = self.votes.linked(links, heads, tails, [without] * len(heads) if without else ())
        return np.stack([share, np.log(share + FEW), links.log_degrees(heads, tails)], axis=1)

    def score_pairs_without(self, ends: Ints, removed: Sequence[Sequence[int]]) -> Floats:
        """See `CaseExplainer.score_pairs_without`; facts that make two alike count too."""
        total = self._cast(ends, removed).counted(len(ends), len(self.types))
        scores = self._logarithms(total / np.maximum(total.sum(axis=1, keepdims=True), 1e-12))
        of = self.protocol(ends[:, 0], ends[:, 1])
        for protocol, weight in enumerate(self._weight.tolist()):
            some = np.flatnonzero(of == protocol)
            if weight and len(some):
                gone = [removed[row] for row in some.tolist()]
                own = self._bayes[protocol].score_pairs_without(ends[some], gone)
                scores[some] += weight * log_shares(own)
        return scores

    def _cast(self, ends: Ints, removed: Sequence[Sequence[int]]) -> Cast:
        """The votes on (B, 2) pairs; those with all facts there are at hand for the pairs asked before."""
        asked, (before, cast) = ends.tobytes(), self._before
        if before != asked:
            cast = self.votes.cast(ends[:, 0], ends[:, 1])
            self._before = asked, cast
        return self.votes.recast(cast, ends[:, 0], ends[:, 1], removed) if any(removed) else cast

    def cases(self, facts: Ints, most: int, removed: Sequence[Sequence[int]] = ()) -> list[list[RowCase]]:
        """See `CaseExplainer.cases`: known pairs with an analogue, those that cast most of the vote.

        A case's weight is the share of the type's odds that goes without it.
        """
        return weighed_cases(self, facts, self.voting(facts, most, removed), removed)

    def voting(self, facts: Ints, most: int, removed: Sequence[Sequence[int]]) -> list[list[int]]:
        """Of each of (B, 3) facts, `most` known pairs that cast most of the vote for its type, at most."""
        cast = self._cast(facts[:, [0, 2]], removed)
        mine = cast.type == np.searchsorted(self.types, facts[cast.pair, 1])
        width = max(len(self._known), 1)
        code, place = np.unique(cast.pair[mine] * width + cast.fact[mine], return_inverse=True)
        votes = np.bincount(place.reshape(-1), cast.weight[mine], minlength=len(code))
        order = np.lexsort((-votes, code // width))
        order = order[votes[order] > 0]
        ends = np.searchsorted(code[order] // width, np.arange(len(facts) + 1))
        fact = code[order] % width
        return [fact[a : min(a + most, b)].tolist() for a, b in pairwise(ends.tolist())]

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`: which relations are types, and what was chosen for each protocol."""
        return {
            "types": torch.from_numpy(self.types),
            "form": torch.tensor([FORMS.index(bayes.form) for bayes in self._bayes]),
            "smoothing": torch.tensor([bayes.smoothing for bayes in self._bayes], dtype=torch.float64),
            "weight": torch.from_numpy(self._weight),
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`."""
        self.types, self._weight = tensors["types"].numpy(), tensors["weight"].numpy()
        for bayes, form, smoothing in zip(
            self._bayes, tensors["form"].tolist(), tensors["smoothing"].tolist(), strict=True
        ):
            bayes.form, bayes.smoothing = FORMS[form], smoothing


def _all(model: NaiveBayes, heads: Ints, tails: Ints) -> Floats:
    scored = [model.score_relations(heads[some], tails[some]) for some in batches(len(heads))]
    return np.concatenate(scored).astype(np.float64)


def _figure(splits: PairSplits, rows: Ints, scores: Floats) -> float:
    """What decides, of (N, T) scores of (N, 3) facts."""
    return deciding(splits, of_rows(splits, rows, scores))
