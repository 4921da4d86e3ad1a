"""How types are learned from walks: over a graph in which some drugs are new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from graph_schema.arrays import Floats, Ints, Mask
from trainers.flows.network import EmerGNNNetwork
from trainers.flows.settings import EmerGNNConfig
from trainers.flows.weighing import judged
from trainers.pair_validation import validated
from trainers.pairs import PairSplits, batches, log_shares
from trainers.training.loop import Step

CLIP = 5.0
"""Length of a gradient at most."""


class FlowModel(Protocol):
    """What learns."""

    seed: int
    device: str

    @property
    def network(self) -> EmerGNNNetwork:
        """Its parameters."""
        ...

    @property
    def settings(self) -> EmerGNNConfig:
        """How."""
        ...

    def flow_logits(self, heads: Ints, tails: Ints, hidden: Mask) -> Tensor:
        """(B, T) of the walks, differentiable. Args: hidden: (E,) whose known pairs are not there."""
        ...

    def ends_logits(self, heads: Ints, tails: Ints) -> Tensor:
        """(B, T) of the descriptions."""
        ...

    def vote_scores(self, heads: Ints, tails: Ints) -> Floats:
        """(B, T) log-probabilities of the vote."""
        ...

    def parts(self, heads: Ints, tails: Ints) -> tuple[Floats, Floats]:
        """(B, T) log-probabilities of flows and of ends."""
        ...


@dataclass(frozen=True)
class FlowLearner:
    """A `Learner`. In each epoch some drugs are new: their known pairs are asked for, and none is walked.

    Pairs of known drugs are asked for too, over all walks but the fact itself. Each of the two networks has
    its own loss, so that neither leans on the other; the ends' network, which costs little, sees more pairs.
    """

    model: FlowModel
    splits: PairSplits
    criterion: str = "valid_figure"

    @property
    def network(self) -> EmerGNNNetwork:
        """See `Learner.network`."""
        return self.model.network

    @property
    def settings(self) -> EmerGNNConfig:
        """See `Learner.settings`."""
        return self.model.settings

    @property
    def seed(self) -> int:
        """See `Learner.seed`."""
        return self.model.seed

    def optimizer(self) -> torch.optim.Optimizer:
        """See `Learner.optimizer`."""
        s = self.settings
        return torch.optim.AdamW(self.network.parameters(), lr=s.learning_rate, weight_decay=s.weight_decay)

    def steps(self, draw: np.random.Generator) -> Iterator[Step]:
        """See `Learner.steps`."""
        s, pairs = self.settings, self.splits.known_pairs
        drugs = np.unique(pairs[:, [0, 2]])
        hidden = np.zeros(self.splits.known.num_entities, dtype=bool)
        hidden[draw.choice(drugs, int(s.new_share * len(drugs)), replace=False)] = True
        new = hidden[pairs[:, 0]].astype(np.int64) + hidden[pairs[:, 2]]
        asked = draw.permutation(
            np.concatenate(
                [
                    draw.permutation(np.flatnonzero(new == count))[:most]
                    for count, most in enumerate(s.pairs_an_epoch)
                ]
            )
        )
        noise = int(draw.integers(2**62))
        for number, some in enumerate(batches(len(asked), s.batch_size)):
            others = draw.integers(0, len(pairs), min(s.beside, len(pairs)))
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(noise + number)
                self.network.train()
                rows, beside = pairs[asked[some]], pairs[np.concatenate([asked[some], others])]
                flow = self._loss(self.model.flow_logits(rows[:, 0], rows[:, 2], hidden), rows)
                ends = self._loss(self.model.ends_logits(beside[:, 0], beside[:, 2]), beside)
            yield Step(flow + ends * (len(rows) / len(beside)), len(rows), some.stop / len(asked))

    def _loss(self, logits: Tensor, rows: Ints) -> Tensor:
        """Summed over (B, 3) facts; a rare type weighs more."""
        true = torch.from_numpy(self.splits.places(rows[:, 1])).to(logits.device)
        return cross_entropy(logits, true, weight=self._weights.to(logits.device), reduction="sum")

    @cached_property
    def _weights(self) -> Tensor:
        often = np.bincount(
            self.splits.places(self.splits.known_pairs[:, 1]), minlength=len(self.splits.types)
        )
        often = np.maximum(often, 1)
        return torch.from_numpy((often / often.mean()) ** -self.settings.balance).float()

    @cached_property
    def _validation(self) -> list[tuple[Ints, Floats]]:
        """For each protocol that decides its facts and the vote on them."""
        return [
            (rows, log_shares(self.model.vote_scores(rows[:, 0], rows[:, 2])))
            for rows in validated(self.splits, self.settings.validate_at_most)
        ]

    def validate(self) -> float | None:
        """See `Learner.validate`: vote, flows and ends at equal weights, mean over protocols."""
        figures = []
        for rows, vote in self._validation:
            flow, ends = self.model.parts(rows[:, 0], rows[:, 2])
            figures.append(judged(self.splits, rows, vote + flow + ends))
        return float(np.mean(figures)) if figures else None
