"""KnowDDI: the type of a pair by knowledge that is learned on the subgraph between its ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Floats, Floats32, Ints
from graph_schema.progress import Progress
from graph_schema.triples import Splits, TripleSet, Vocabulary
from trainers.kernels.threads import one_torch_thread
from trainers.pair_cases import weighed_cases
from trainers.pair_validation import protocols_that_decide
from trainers.pairs import PairSplits, batches
from trainers.subgraphs.answering import AT_ONCE, Answering
from trainers.subgraphs.evidence import speaking
from trainers.subgraphs.learner import SubgraphLearner
from trainers.subgraphs.network import KnowledgeNetwork
from trainers.subgraphs.pair_graph import PairGraph
from trainers.subgraphs.settings import KnowDDIConfig
from trainers.trainer import FitReport, ModelConfig, Reference, RowCase, Trainer
from trainers.training.loop import train

PAIRS_A_SECOND = 150
"""That any core learns from."""

SMALL = 3000
"""Known pairs up to which small subgraphs and vectors do."""

WEIGHED = 2
"""Facts weighed for each that is named."""


class KnowDDI(Trainer):
    """Knowledge subgraphs; a `PairScorer` and a `CaseExplainer`, transductive in the entities.

    Every entity has a vector, and two steps of mean aggregation (GraphSAGE) over the whole graph, each
    message multiplied with a vector of its relation, make more of it. The subgraph of a pair holds its ends
    and those through whom most short walks between them go. On the complete graph over it, whose edges are
    facts or likeness, signals are learned: s = MLP([exp(-|h_i - h_j|); x_r]), of a fact (1 - λ) s + λ,
    softmax over what comes in, none up to γ; then h_j ← ReLU(Σ s_ij h_i). Types are read off all layers of
    head, tail and the mean of all.

    LayerNorm over the hidden values of one edge stands where the authors' code has BatchNorm over the edges
    of a batch: there the score of a pair depends on the pairs beside it, and on running figures, in which the
    subgraphs of rare types count next to nothing.

    An entity that it was not trained on, and a drug that then stood in no known pair, has the zero vector
    and is told by its neighbours alone: expect little of pairs of new drugs. See
    docs/decisions/knowddi-on-capped-subgraphs.md for what else differs from the paper.
    """

    Config = KnowDDIConfig
    task: ClassVar[str] = "pair_type"
    per_entity: ClassVar[bool] = True
    reference = Reference(
        title="Accurate and interpretable drug-drug interaction prediction enabled by knowledge "
        "subgraph learning",
        venue="Communications Medicine",
        year=2024,
        url="https://arxiv.org/abs/2311.15056",
    )
    types: Ints = np.zeros(0, dtype=np.int64)
    network: KnowledgeNetwork

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        super().__init__(config, relations, seed=seed, device=device)
        self.settings = KnowDDIConfig.model_validate(config.model_dump())
        self._known = TripleSet.of(Vocabulary((), ()), np.zeros((0, 3), dtype=np.int64))
        self._graph: PairGraph | None = None
        self._answering: Answering | None = None

    @classmethod
    def default_config(cls, splits: Splits, *, epoch_seconds: float = 300.0) -> KnowDDIConfig:
        """Fewer pairs an epoch where time is short; new drugs where validation holds some; less of a graph.

        A small graph gets small vectors and subgraphs.
        """
        assert isinstance(splits, PairSplits)
        chosen: dict[str, Any] = {}
        most = max(KnowDDIConfig().batch_size, int(PAIRS_A_SECOND * epoch_seconds))
        chosen["pairs_an_epoch"] = min(KnowDDIConfig().pairs_an_epoch, most)
        if protocols_that_decide(splits).max(initial=0) > 0:
            chosen["new_share"] = 0.2
        if len(splits.known_pairs) <= SMALL:
            chosen |= {"nodes": 16, "dim": 16, "hidden": 16, "batch_size": 32, "epochs": 20, "patience": 5}
        return KnowDDIConfig(**chosen)

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        assert isinstance(splits, PairSplits)
        self.types = splits.types
        self.network = self._initial(splits.vocabulary.inverse)
        self.network.met.copy_(torch.from_numpy(_met(splits)))
        if len(splits.known_pairs) > self.settings.pairs_an_epoch:
            often = np.bincount(splits.places(splits.known_pairs[:, 1]), minlength=len(self.types))
            self.network.prior.copy_(torch.from_numpy(self.settings.balance * np.log1p(often)))
        return train(SubgraphLearner(self, splits), progress=progress, checkpoint=checkpoint)

    def _initial(self, inverse: Ints) -> KnowledgeNetwork:
        s = self.settings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = KnowledgeNetwork(
                len(self.entities), inverse, len(self.types), s.dim, s.hidden, s.layers, s.nodes
            )
        return network.to(self.device)

    def _bind(self, known: TripleSet) -> None:
        """See `Trainer.bind`: the graph is made ready when it is first asked."""
        self._known, self._graph = known, None
        self.forget()

    def forget(self) -> None:
        """See `SubgraphModel.forget`."""
        self._answering = None

    def _over(self) -> Answering:
        if self._answering is None:
            rows = np.arange(len(self._known))
            if self._graph is None:
                self._graph = PairGraph.of(self._known, rows, self.types, self.device)
            own = torch.from_numpy(self.own_ids).to(self.device)
            vectors = (self.network.entity * self.network.met[:, None]).detach()
            base = torch.where((own >= 0)[:, None], vectors[own.clamp(min=0)], 0.0)
            self._answering = Answering.of(self.network, self._graph, base, self.settings)
        return self._answering

    @one_torch_thread()
    def score_relations(self, heads: Ints, tails: Ints) -> Floats32:
        """See `PairScorer.score_relations`; a pair goes without what is known of itself."""
        return self._over().scores(heads, tails)

    @one_torch_thread()
    def score_pairs_without(self, ends: Ints, removed: Sequence[Sequence[int]]) -> Floats:
        """See `CaseExplainer.score_pairs_without`; a fact's nodes stay in the subgraph."""
        found, over = np.zeros((len(ends), len(self.types))), self._over()
        for some in batches(len(ends), AT_ONCE):
            gone = [np.array(sorted(facts), dtype=np.int64) for facts in removed[some]]
            found[some] = over.judged(ends[some, 0], ends[some, 1], gone).scores
        return found

    @one_torch_thread()
    def cases(self, facts: Ints, most: int, removed: Sequence[Sequence[int]] = ()) -> list[list[RowCase]]:
        """See `CaseExplainer.cases`: facts on walks between the two that have much signal.

        A case's weight is the share of the type's odds that goes without it; what takes none is no case.
        """
        off, named = removed or [()] * len(facts), list[list[int]]()
        for some in batches(len(facts), AT_ONCE):
            gone = [np.array(sorted(each), dtype=np.int64) for each in off[some]]
            judged = self._over().judged(facts[some, 0], facts[some, 2], gone)
            named += [speaking(judged, row, WEIGHED * most).tolist() for row in range(len(gone))]
        found = weighed_cases(self, facts, named, off)
        return [[case for case in cases if case.weight > 0][:most] for cases in found]

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`: the network's, and which relations are types."""
        learned = {name: value.detach().cpu() for name, value in self.network.state_dict().items()}
        return {**learned, "relations_of_pairs": torch.from_numpy(self.types)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`."""
        self.types = tensors.pop("relations_of_pairs").cpu().numpy()
        self.network = self._initial(tensors["back"].cpu().numpy()[:-2])
        self.network.load_state_dict(tensors)


def _met(splits: PairSplits) -> Floats32:
    """(E,) 1, or 0 for who is of the kind of drugs and in no known pair."""
    known = np.zeros(splits.known.num_entities, dtype=bool)
    known[splits.known_pairs[:, [0, 2]].ravel()] = True
    drugs = np.isin(splits.entity_types, np.unique(splits.entity_types[known]))
    met: Floats32 = (known | ~drugs).astype(np.float32)
    return met
