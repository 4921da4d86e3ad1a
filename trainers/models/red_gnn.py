"""RED-GNN: answers a query by encoding, in one pass, the relational digraphs from its head to all answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from graph_schema.arrays import Floats32, Ints
from graph_schema.progress import Progress
from graph_schema.triples import Splits, TripleSet, Vocabulary
from trainers.cost import Cost
from trainers.evidence.attribution import Sufficiency, most_sufficient
from trainers.evidence.implied import FactsBetween
from trainers.evidence.walks import best_walks
from trainers.kernels import Activation, Layer, MessageGraph, Removed, cut_queries, frontier
from trainers.layers.relational_digraph import ANSWERS, RelationalDigraph
from trainers.reach import Reached
from trainers.trainer import FitReport, ModelConfig, Reference, RowPath, Trainer
from trainers.training.loop import train
from trainers.training.losses import log_softmax_loss
from trainers.training.probe import exact_messages, probe
from trainers.training.queries import QueryConfig, QueryLearner

KEEP = (100, 300, 1000)
"""Numbers of new pairs that go on, of which the defaults choose."""

LEAST_SHARE = 0.001
"""Of the facts that are asked for in an epoch."""

MESSAGES_A_SECOND, SURE = 10_000_000, 20
"""More than any machine passes, and how much slower one may be that is not timed."""

FEW = 50_000
"""Messages of a query up to which nothing needs to be timed."""

MEMORY = 4 << 30
"""Bytes that a step of the defaults may take."""

CANDIDATES = 40
"""Paths with the most attention that are weighed for each answer, or twice as many as are wanted."""


class RedGNNConfig(QueryConfig):
    """Settings of RED-GNN; defaults suit graphs of some thousand facts."""

    dim: int = Field(default=48, ge=1, description="d, width of a state")
    attention_dim: int = Field(default=5, ge=1, description="channels of the attention")
    layers: int = Field(default=3, ge=1, le=8, description="L, the longest path")
    keep: int | None = Field(
        default=None,
        ge=1,
        description="new pairs of a query that go on after a layer; null: all",
    )
    activation: Activation = "relu"
    dropout: float = Field(default=0.1, ge=0, lt=1)


class RedGNN(Trainer):
    """Relational-digraph reasoning; a `TailScorer` and an `Explainer`, inductive in the entities.

    Unreached entities score 0, as in the paper's code. The loss is the sum over a step's facts and the L2
    weight is divided by the step's size, which is what the published settings amount to.
    """

    Config = RedGNNConfig
    reference = Reference(
        title="Knowledge Graph Reasoning with Relational Digraph",
        venue="The Web Conference",
        year=2022,
        url="https://arxiv.org/abs/2108.06040",
    )

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        super().__init__(config, relations, seed=seed, device=device)
        self.settings = RedGNNConfig.model_validate(config.model_dump())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = RelationalDigraph(
                2 * len(relations) + 1,
                self.settings.dim,
                self.settings.attention_dim,
                self.settings.layers,
                self.settings.activation,
                self.settings.dropout,
                self.settings.keep,
            ).to(device)
        self._graph = MessageGraph.over(Vocabulary((), self.relations), np.zeros((0, 3), np.int64))
        self._facts_between: FactsBetween | None = None
        self._sufficiency = Sufficiency(self.encode, self._graph)

    @classmethod
    def default_config(cls, splits: Splits, *, epoch_seconds: float = 300.0) -> RedGNNConfig:
        """Longer paths where the graph is sparse; all pairs go on where an epoch then ends in time.

        Where it would not, or a step would take more than `MEMORY`, as many of `KEEP` go on as the time
        allows; where that is not enough a smaller share of the facts is asked for in an epoch.
        """
        facts, entities = len(splits.known), max(1, splits.known.num_entities)
        density = 2 * facts / entities
        layers = 5 if density < 8 else 4 if density < 16 else 3
        exact = RedGNNConfig(layers=layers, batch_size=20 if facts < 50_000 else 50)
        most = MESSAGES_A_SECOND * epoch_seconds
        queries, messages = exact_messages(splits, layers, exact.query_share, most)
        if messages <= FEW and queries * messages <= most / SURE:
            return exact
        if queries * messages <= most:
            for config in (exact, _small_steps(exact)):
                if cls._fits(config, splits, epoch_seconds):
                    return config
        chosen = _pruned(layers, KEEP[0])
        for _ in range(3):
            seconds = cls(chosen, splits.vocabulary.relations).cost(splits).seconds
            if seconds <= epoch_seconds or chosen.query_share == LEAST_SHARE:
                break
            share = max(LEAST_SHARE, round(0.9 * chosen.query_share * epoch_seconds / seconds, 5))
            chosen = chosen.model_copy(update={"query_share": share})
        if chosen.query_share < _pruned(layers, KEEP[0]).query_share:
            return chosen
        for keep in KEEP[1:]:
            if not cls._fits(_pruned(layers, keep), splits, epoch_seconds):
                break
            chosen = _pruned(layers, keep)
        return chosen

    @classmethod
    def _fits(cls, config: RedGNNConfig, splits: Splits, epoch_seconds: float) -> bool:
        cost = cls(config, splits.vocabulary.relations).cost(splits)
        return cost.seconds <= epoch_seconds and cost.memory <= MEMORY

    def cost(self, splits: Splits) -> Cost:
        """See `Trainer.cost`."""
        return probe(self, splits)

    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        return train(QueryLearner.of(self, splits), progress=progress, checkpoint=checkpoint)

    def _bind(self, known: TripleSet) -> None:
        self.bind_graph(MessageGraph.of(known))

    def bind_graph(self, graph: MessageGraph) -> None:
        """Answer over a graph already laid out for messages."""
        self._graph, self._facts_between = graph, None
        self._sufficiency = Sufficiency(self.encode, graph)

    @property
    def graph(self) -> MessageGraph:
        """What answers."""
        return self._graph

    @property
    def _between(self) -> FactsBetween:
        if self._facts_between is None:
            self._facts_between = FactsBetween.over(self._graph)
        return self._facts_between

    def scores(self, heads: Ints, relations: Ints, noise: np.random.Generator | None = None) -> Tensor:
        """(B, E) differentiable scores; see `score_tails`. Args: noise: source of dropout, None for none."""
        asked = torch.tensor(relations, device=self.device)
        last, score, _ = self.network(self._graph, heads, asked, None, noise)
        return self._scatter(last, score, len(heads))

    def loss(
        self, heads: Ints, relations: Ints, ptr: Ints, answers: Ints, noise: np.random.Generator | None
    ) -> Tensor:
        """See `GraphReasoner.loss`; where pairs are left behind, how promising answers are is learned too."""
        which = np.repeat(np.arange(len(heads)), np.diff(ptr))
        if self.settings.keep is None:
            log_p = torch.log_softmax(self.scores(heads, relations, noise), dim=1)
            rows, entities = (torch.from_numpy(part).to(log_p.device) for part in (which, answers))
            return -log_p[rows, entities].sum()
        asked, count = torch.tensor(relations, device=self.device), self._graph.num_entities
        last, score, judged = self.network(self._graph, heads, asked, None, noise, (which, answers))
        loss = log_softmax_loss(last, score, count, which, answers)
        if judged is not None:
            cut = cut_queries(judged.layer, ANSWERS * self.settings.keep)[which]
            loss = loss + log_softmax_loss(judged.layer, judged.score, count, which[cut], answers[cut])
        return loss

    def _scatter(self, last: Layer, score: Tensor, queries: int) -> Tensor:
        place = last.query.astype(np.int64) * self._graph.num_entities + last.entity
        flat = score.new_zeros(queries * self._graph.num_entities)
        flat = flat.index_copy(0, torch.from_numpy(place).to(score.device), score)
        return flat.view(queries, self._graph.num_entities)

    @torch.no_grad()
    def score_tails(self, heads: Ints, relations: Ints) -> Floats32:
        """See `TailScorer.score_tails`."""
        result: Floats32 = self.scores(heads, relations).cpu().numpy()
        return result

    @torch.no_grad()
    def score_reached(
        self, heads: Ints, relations: Ints, removed: Sequence[Sequence[int]] | None = None
    ) -> Reached:
        """See `ReachScorer.score_reached`."""
        off = None if removed is None else Removed.of(removed)
        asked = torch.tensor(relations, device=self.device)
        last, score, _ = self.network(self._graph, heads, asked, off)
        return Reached(last.query_ptr, last.entity, score.cpu().numpy(), 0.0)

    @torch.no_grad()
    def score_without(self, heads: Ints, relations: Ints, removed: Sequence[Sequence[int]]) -> Floats32:
        """See `Explainer.score_without`."""
        asked = torch.tensor(relations, device=self.device)
        last, score, _ = self.network(self._graph, heads, asked, Removed.of(removed))
        result: Floats32 = self._scatter(last, score, len(heads)).cpu().numpy()
        return result

    @torch.no_grad()
    def best_paths(
        self,
        heads: Ints,
        relations: Ints,
        answers: Sequence[Sequence[int]],
        paths: int,
        removed: Sequence[Sequence[int]] | None = None,
    ) -> list[list[list[RowPath]]]:
        """See `Explainer.best_paths`."""
        if paths < 1:
            raise ValueError(f"paths must be positive; found {paths}")
        off = None if removed is None else Removed.of(removed)
        asked = torch.tensor(relations, device=self.device)
        steps, attentions = self.network.attentions(self._graph, heads, asked, off)
        attention = [a.cpu().numpy() for a in attentions]
        wanted = [len(entities) for entities in answers]
        queries = np.repeat(np.arange(len(heads)), wanted)
        goals = np.array([e for entities in answers for e in entities], dtype=np.int64)
        found = best_walks(steps, attention, heads, queries, goals, max(CANDIDATES, 2 * paths))
        gone = Removed.of([removed[q] if removed is not None else () for q in queries.tolist()])
        best = iter(most_sufficient(self._sufficiency, self._between, relations[queries], found, paths, gone))
        return [[next(best) for _ in range(count)] for count in wanted]

    @torch.no_grad()
    def layers_of(self, heads: Ints, relations: Ints) -> list[Layer]:
        """The layers of (B,) queries with the pairs that go on."""
        return self.network.attentions(self._graph, heads, torch.tensor(relations, device=self.device))[0]

    @torch.no_grad()
    def encode(self, graph: MessageGraph, heads: Ints, relations: Ints) -> tuple[Layer, Floats32]:
        """Queries over another graph: the last layer of their expansion and the (M,) scores of its pairs."""
        last, score, _ = self.network(graph, heads, torch.tensor(relations, device=self.device))
        return last, score.cpu().numpy()

    @torch.no_grad()
    def neighbourhood(self, heads: Ints, relations: Ints) -> list[Ints]:
        """See `Explainer.neighbourhood`."""
        out: list[Ints] = []
        for query in range(len(heads)):
            head, relation = heads[query : query + 1], relations[query : query + 1]
            if self.settings.keep is None:
                steps = frontier(self._graph, head, self.settings.layers)
            else:
                steps = self.layers_of(head, relation)
            facts = np.unique(np.concatenate([step.fact for step in steps]))
            out.append(facts[facts >= 0].astype(np.int64))
        return out

    def tensors(self) -> dict[str, Tensor]:
        """See `Trainer.tensors`."""
        return {name: value.detach().cpu() for name, value in self.network.state_dict().items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See `Trainer.restore`."""
        self.network.load_state_dict(tensors)
        self._sufficiency = Sufficiency(self.encode, self._graph)


def _small_steps(config: RedGNNConfig) -> RedGNNConfig:
    return config.model_copy(update={"batch_size": 10})


def _pruned(layers: int, keep: int) -> RedGNNConfig:
    return RedGNNConfig(layers=layers, keep=keep, query_share=0.1, validate_at_most=1000)
