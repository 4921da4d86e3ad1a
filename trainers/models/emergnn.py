"""EmerGNN: types of pairs, of new drugs too, by what flows along the walks between the two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Floats, Floats32, Ints, Mask
from graph_schema.progress import Progress
from graph_schema.triples import Splits, TripleSet, Vocabulary
from trainers.analogues.structures import BITS
from trainers.flows.describing import BUCKETS, axes, described, features
from trainers.flows.evidence import FlowEvidence
from trainers.flows.graph import walk_graph
from trainers.flows.learner import FlowLearner
from trainers.flows.network import EmerGNNNetwork
from trainers.flows.settings import EmerGNNConfig
from trainers.flows.weighing import weighed
from trainers.kernels import Removed
from trainers.kernels.pair_walks.kernel import Hop, Walks, walks_between
from trainers.kernels.threads import one_torch_thread
from trainers.models.analogue_vote import AnalogueVote, AnalogueVoteConfig
from trainers.pair_cases import weighed_cases
from trainers.pairs import PROTOCOLS, PairSplits, batches, log_shares
from trainers.trainer import FitReport, ModelConfig, Reference, RowCase, RowPath, Trainer
from trainers.training.loop import train

AT_ONCE = 128
"""Pairs whose walks are walked together."""

WEIGHED = 6000
"""Validation pairs of a protocol by which weights are chosen, at most."""

SMALL = 3000
"""Known pairs up to which a small network does."""


_NOTHING = np.zeros(0, dtype=np.int64)
_HOP = Hop(_NOTHING, _NOTHING, _NOTHING, _NOTHING, np.zeros(1, dtype=np.int64))
_NOBODY = ((b"", b""), Walks(0, _NOTHING, _NOTHING, _HOP, _HOP, _HOP))
"""Pairs, and their walks, before any were asked for."""


class EmerGNN(Trainer):
    """Flows between two drugs beside a vote; a `LinkScorer`, `CaseExplainer` and `PairPathExplainer`.

    log p(r | u, v) = vote + a log flow(r) + b log ends(r): `flow` reads what flows from either end to the
    other along walks of at most three facts, at most one of them a known pair, resemblance among them
    (`PairFlow`); `ends` goes by the descriptions of the two alone; the vote is `AnalogueVote`. What each
    counts is chosen on validation for each protocol. Inductive in the entities: a new drug is told by its
    facts and its structure.

    What differs from the paper, and why, is in docs/decisions/emergnn-on-walks.md.
    """

    Config = EmerGNNConfig
    task: ClassVar[str] = "pair_type"
    reference = Reference(
        title="Emerging drug interaction prediction enabled by a flow-based graph neural network with "
        "biomedical network",
        venue="Nature Computational Science",
        year=2023,
        url="https://arxiv.org/abs/2311.09261",
    )
    types: Ints = np.zeros(0, dtype=np.int64)
    network: EmerGNNNetwork

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        super().__init__(config, relations, seed=seed, device=device)
        self.settings = s = EmerGNNConfig.model_validate(config.model_dump())
        votes = AnalogueVoteConfig(
            neighbours=s.neighbours, power=s.power, structures=0.5 if s.chemistry else 0.0
        )
        self.vote = AnalogueVote(votes, relations, seed=seed)
        self._weight: Floats = np.zeros((len(PROTOCOLS), 2))
        self._known = TripleSet.of(Vocabulary((), ()), np.zeros((0, 3), dtype=np.int64))
        self._described: Tensor | None = None
        self._speaking: FlowEvidence | None = None
        self._before = _NOBODY

    @classmethod
    def default_config(cls, splits: Splits, *, epoch_seconds: float = 300.0) -> EmerGNNConfig:
        """A small graph gets a small network and steps. Args: see `Trainer.default_config`."""
        del epoch_seconds
        assert isinstance(splits, PairSplits)
        if len(splits.known_pairs) > SMALL:
            return EmerGNNConfig()
        small: dict[str, Any] = {"dim": 16, "describe": 32, "hidden": 64, "batch_size": 16, "beside": 64}
        return EmerGNNConfig(**small)

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        """See `Trainer.fit`: the vote first, then the networks, then what each counts."""
        assert isinstance(splits, PairSplits)
        self.vote.fit(splits, progress=progress)
        self.types = splits.types
        likeness = self.vote.votes.likeness
        self.network = self._initial()
        found = axes(features(splits.known, likeness), self.settings.describe)
        self.network.directions.copy_(torch.from_numpy(found))
        self._bind(splits.known)
        report = train(FlowLearner(self, splits), progress=progress, checkpoint=checkpoint)
        self._weight = self._weighed(splits, progress)
        return report

    def _weighed(self, splits: PairSplits, progress: Progress) -> Floats:
        rows, draw = splits.valid.triples, np.random.default_rng(0)
        of, parts = splits.protocol(rows), []
        for protocol, name in enumerate(PROTOCOLS):
            some = rows[np.sort(draw.permutation(np.flatnonzero(of == protocol))[:WEIGHED])]
            vote = log_shares(self.vote_scores(some[:, 0], some[:, 2])) if len(some) else np.zeros((0, 1))
            parts.append((some, vote, *self.parts(some[:, 0], some[:, 2])))
            progress(f"weighing, {name}", protocol + 1, len(PROTOCOLS))
        return weighed(splits, parts)

    def _initial(self) -> EmerGNNNetwork:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            walked = 2 * len(self.relations) + 2
            network = EmerGNNNetwork(self.settings, walked, len(self.types), BITS + BUCKETS)
        return network.to(self.device)

    def _bind(self, known: TripleSet) -> None:
        """See `Trainer.bind`: walks lie in these facts, analogues are among these entities."""
        self._known, self._described, self._speaking, self._before = known, None, None, _NOBODY
        if len(self.types):
            self.vote.types = self.types
            self.vote.bind(known)
            self._graph = walk_graph(known, self.types, self.vote.votes)
            self._counts = torch.from_numpy(self._graph.weight).to(self.device)
            directions = self.network.directions.cpu().numpy()
            vectors = described(known, self.vote.votes.likeness, directions)
            self._described = torch.from_numpy(vectors).to(self.device)

    def flow_logits(
        self, heads: Ints, tails: Ints, hidden: Mask | None = None, removed: Sequence[Sequence[int]] = ()
    ) -> Tensor:
        """See `FlowModel.flow_logits`. Args: removed: For each pair, facts that are not there."""
        walks = self._walked(heads, tails, hidden)
        counts = self._counted(walks, removed)
        logits: Tensor = self.network.flow(walks, self._graph.inverse, self._ends(heads, tails), counts)
        return logits

    def _walked(self, heads: Ints, tails: Ints, hidden: Mask | None = None) -> Walks:
        """The walks of pairs; those of the pairs asked for before are at hand, either way round."""
        most = self.settings.fan_out
        if hidden is not None:
            return walks_between(self._graph, heads, tails, hidden=hidden, most=most)
        asked, (before, walks) = (heads.tobytes(), tails.tobytes()), self._before
        if before == asked[::-1]:
            return walks.reversed(self._graph.inverse)
        if before != asked:
            nobody = np.zeros(self._known.num_entities, dtype=bool)
            walks = walks_between(self._graph, heads, tails, hidden=nobody, most=most)
            self._before = asked, walks
        return walks

    def _counted(self, walks: Walks, removed: Sequence[Sequence[int]]) -> list[Tensor]:
        """What the edges of each hop count for; those of facts that are not there, nothing."""
        hops = (walks.first, walks.middle, walks.last)
        counts = [self._counts[torch.from_numpy(hop.edge).to(self.device)] for hop in hops]
        off = Removed.of(removed)
        if len(off.fact):
            any_gone = np.zeros(len(self._known) + 1, dtype=bool)
            any_gone[off.fact] = True
            for hop, count in zip(hops, counts, strict=True):
                fact = self._graph.fact[hop.edge].astype(np.int64)
                some = np.flatnonzero(any_gone[fact])
                pair = np.searchsorted(hop.ptr, some, side="right") - 1
                count[torch.from_numpy(some[off.among(pair, fact[some, None])])] = 0.0
        return counts

    def ends_logits(self, heads: Ints, tails: Ints) -> Tensor:
        """See `FlowModel.ends_logits`."""
        logits: Tensor = self.network.ends(*self._ends(heads, tails))
        return logits

    def _ends(self, heads: Ints, tails: Ints) -> tuple[Tensor, Tensor]:
        assert self._described is not None
        one, other = (torch.tensor(ends, device=self.device) for ends in (heads, tails))
        return self._described[one], self._described[other]

    def vote_scores(self, heads: Ints, tails: Ints) -> Floats:
        """See `FlowModel.vote_scores`."""
        found = [self.vote.score_relations(heads[s], tails[s]) for s in batches(len(heads))]
        return np.concatenate(found).astype(np.float64)

    @torch.no_grad()
    @one_torch_thread()
    def parts(self, heads: Ints, tails: Ints, removed: Sequence[Sequence[int]] = ()) -> tuple[Floats, Floats]:
        """See `FlowModel.parts`. Args: removed: For each pair, facts that are not walked."""
        self.network.eval()
        flow, ends = (np.zeros((len(heads), len(self.types))) for _ in range(2))
        for some in batches(len(heads), AT_ONCE):
            flow[some] = self.flow_logits(heads[some], tails[some], removed=removed[some]).cpu().numpy()
            ends[some] = self.ends_logits(heads[some], tails[some]).cpu().numpy()
        return (log_shares(flow), log_shares(ends)) if len(heads) else (flow, ends)

    def score_relations(self, heads: Ints, tails: Ints) -> Floats32:
        """See `PairScorer.score_relations`."""
        if not len(heads):
            return np.zeros((0, len(self.types)), dtype=np.float32)
        return self._together(self.vote_scores(heads, tails), heads, tails).astype(np.float32)

    def _together(
        self, vote: Floats, heads: Ints, tails: Ints, removed: Sequence[Sequence[int]] = ()
    ) -> Floats:
        weight = self._weight[self.vote.protocol(heads, tails)]
        flow, ends = self.parts(heads, tails, removed)
        total: Floats = log_shares(vote) + weight[:, :1] * flow + weight[:, 1:] * ends
        return total

    @property
    def weights(self) -> Floats:
        """(3, 2) what flow and ends count beside the vote, in each protocol."""
        return self._weight

    @property
    def goes_by(self) -> Mask:
        """See `LinkScorer.goes_by`."""
        return self.vote.goes_by

    def link_features(self, heads: Ints, tails: Ints, without: Sequence[int] = ()) -> Floats:
        """See `LinkScorer.link_features`: the vote's."""
        return self.vote.link_features(heads, tails, without)

    def score_pairs_without(self, ends: Ints, removed: Sequence[Sequence[int]]) -> Floats:
        """See `CaseExplainer.score_pairs_without`; descriptions and resemblance stay as they are."""
        if not len(ends):
            return np.zeros((0, len(self.types)))
        vote = self.vote.score_pairs_without(ends, removed)
        return self._together(vote, ends[:, 0], ends[:, 1], removed)

    def cases(self, facts: Ints, most: int, removed: Sequence[Sequence[int]] = ()) -> list[list[RowCase]]:
        """See `CaseExplainer.cases`: the vote's, each with the share of the odds that goes without it."""
        return weighed_cases(self, facts, self.vote.voting(facts, most, removed), removed)

    def pair_paths(
        self, facts: Ints, most: int, removed: Sequence[Sequence[int]] = ()
    ) -> list[list[RowPath]]:
        """See `PairPathExplainer.pair_paths`: by gradient × input of the edges' weights."""
        found: list[list[RowPath]] = []
        for some in batches(len(facts), AT_ONCE):
            walks, adds = self.contributions(facts[some], removed[some])
            found += self._evidence.best(walks, adds, most)
        return found

    @property
    def _evidence(self) -> FlowEvidence:
        if self._speaking is None:
            self._speaking = FlowEvidence.over(self._graph, self._known)
        return self._speaking

    @one_torch_thread()
    def contributions(self, facts: Ints, removed: Sequence[Sequence[int]] = ()) -> tuple[Walks, list[Floats]]:
        """The walks of pairs, and for each hop what its edges add to the score of the pair's type.

        It is gradient × input of an edge's weight. The readout goes by the direction of what arrives, so an
        edge adds where it turns it towards the type, and others take away: sums are no score.

        Args:
            facts: (B, 3) pairs with a type.
            removed: For each, facts that are not there; none at all for nothing.
        """
        self.network.eval()
        heads, tails = facts[:, 0], facts[:, 2]
        walks = self._walked(heads, tails)
        leaves = [count.requires_grad_() for count in self._counted(walks, removed)]
        said = self.network.flow(walks, self._graph.inverse, self._ends(heads, tails), leaves)
        places = torch.from_numpy(np.searchsorted(self.types, facts[:, 1])).to(self.device)
        score = torch.log_softmax(said, dim=1).gather(1, places[:, None]).sum()
        grads = torch.autograd.grad(score, leaves)
        found = [(g * leaf).detach().cpu().numpy() for g, leaf in zip(grads, leaves, strict=True)]
        return walks, [values.astype(np.float64) for values in found]

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`: the networks', the vote's, and what each counts."""
        learned = {f"network.{name}": v.detach().cpu() for name, v in self.network.state_dict().items()}
        vote = {f"vote.{name}": value for name, value in self.vote.tensors().items()}
        return {**learned, **vote, "weight": torch.from_numpy(self._weight)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`."""
        of = {kind: _under(kind, tensors) for kind in ("network", "vote")}
        self.vote.restore(of["vote"])
        self.types, self._weight = self.vote.types, tensors["weight"].numpy()
        self.network = self._initial()
        self.network.load_state_dict(of["network"])


def _under(kind: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{kind}."): v for name, v in tensors.items() if name.startswith(f"{kind}.")}
