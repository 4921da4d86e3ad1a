"""How a model that reasons over the graph learns: known facts are asked for over a graph without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from pydantic import Field
from torch import Tensor, nn
from torch.optim import Optimizer

from graph_schema.arrays import Ints
from graph_schema.triples import Splits, TripleSet
from trainers.evaluation import Queries
from trainers.kernels import MessageGraph
from trainers.known_links import pair_codes
from trainers.trainer import TailScorer
from trainers.training.loop import Step, TrainingConfig, adam
from trainers.training.validation import Validation

EXPECTED_AT_LEAST = 10.0
"""Validation facts with another fact between their ends that are expected, before their absence says much."""


class QueryConfig(TrainingConfig):
    """Settings of the loop and of what is asked in an epoch."""

    query_share: float = Field(
        default=0.25, gt=0, lt=1, description="share of known facts asked for in an epoch"
    )
    remove_1hop_edges: bool | None = Field(
        default=None,
        description="no fact between the two ends of an asked one answers; null: where held-out facts are so",
    )


class GraphReasoner(TailScorer, Protocol):
    """A model that answers over whatever graph it is given."""

    seed: int

    @property
    def network(self) -> nn.Module:
        """What is trained."""
        ...

    @property
    def settings(self) -> QueryConfig:
        """How."""
        ...

    def bind_graph(self, graph: MessageGraph) -> None:
        """Answer over this graph."""
        ...

    def loss(
        self, heads: Ints, relations: Ints, ptr: Ints, answers: Ints, noise: np.random.Generator | None
    ) -> Tensor:
        """Σ −log p(answer) of (B,) queries, differentiable.

        Args:
            heads, relations: Queries, relation in [0, 2m).
            ptr: (B + 1,) where each query's answers begin in `answers`, (A,) entities.
            answers: Right ones.
            noise: Source of dropout and the like.
        """
        ...


@dataclass(frozen=True)
class QueryLearner:
    """Learns by full log-softmax over all entities (RED-GNN, equation 6); a `Learner`.

    In each epoch a fresh share of the known facts is asked for, in both directions, over a graph of the
    rest, so no fact is ever in the graph that answers it. Facts with the same query are answered in one run.
    Where only some relations are asked, facts of all others stay in the graph. With `remove_1hop_edges`
    an asked fact takes all others between its two ends out of the graph with it (AdaProp, Zhang et al. 2023):
    where held-out facts never have such neighbours, a model would learn to look for what is not there.

    Attributes:
        model: What learns; after an epoch is validated it is bound to all known facts.
        splits: `known` to learn from.
        graph: All known facts.
        validation: What each epoch is chosen by.
    """

    model: GraphReasoner
    splits: Splits
    graph: MessageGraph
    validation: Validation
    remove_1hop_edges: bool = False
    criterion: str = "valid_mrr"

    @classmethod
    def of(cls, model: GraphReasoner, splits: Splits) -> Self:
        """The learner of a model on a divided graph."""
        validation = Validation.of(splits, model.settings.validate_at_most)
        removed = model.settings.remove_1hop_edges
        if removed is None:
            removed = no_1hop_edges(splits)
        return cls(model, splits, MessageGraph.of(splits.known), validation, removed)

    @property
    def network(self) -> nn.Module:
        """See `Learner.network`."""
        return self.model.network

    @property
    def settings(self) -> QueryConfig:
        """See `Learner.settings`."""
        return self.model.settings

    @property
    def seed(self) -> int:
        """See `Learner.seed`."""
        return self.model.seed

    def optimizer(self) -> Optimizer:
        """See `Learner.optimizer`."""
        return adam(self.network, self.settings)

    def steps(self, draw: np.random.Generator) -> Iterator[Step]:
        """See `Learner.steps`."""
        config, known = self.settings, self.splits.known
        rows, others = asked_rows(self.splits)
        rows = draw.permutation(rows)
        asked = max(1, round(config.query_share * len(rows)))
        answering = rows[asked:] if others is None else np.concatenate([rows[asked:], others])
        if self.remove_1hop_edges:
            answering = answering[~np.isin(_ends(known, answering), _ends(known, rows[:asked]))]
        self.model.bind_graph(MessageGraph.over(known.vocabulary, answering))
        queries = Queries.over(known.vocabulary, rows[:asked])
        noise = np.random.Generator(np.random.SFC64(int(draw.integers(2**62))))
        done = 0
        for heads, relations, ptr, answers in batches(queries, config.batch_size, draw):
            loss = self.model.loss(heads, relations, ptr, answers, noise)
            done += len(answers)
            yield Step(loss, len(answers), done / (2 * asked))

    def validate(self) -> float | None:
        """See `Learner.validate`."""
        self.model.bind_graph(self.graph)
        return self.validation.mrr(self.model)


def asked_rows(splits: Splits) -> tuple[Ints, Ints | None]:
    """Known facts that may be asked for, and those that may not; None where all may."""
    rows, asked = splits.known.triples, splits.asked
    if asked is None:
        return rows, None
    may = np.isin(rows[:, 1], [splits.vocabulary.relation(name) for name in asked])
    return rows[may], rows[~may]


def _ends(graph: TripleSet, rows: Ints) -> Ints:
    return pair_codes(rows[:, [0, 2]], graph.num_entities)


def no_1hop_edges(splits: Splits) -> bool:
    """Whether validation facts have another known fact between their ends much more rarely than known ones.

    So it is in FB15k-237, whose authors took the linked ones out of validation and test. Less than a quarter
    of what known facts would lead to expect, of `EXPECTED_AT_LEAST`, is no chance.
    """
    known = splits.known
    pairs, times = np.unique(_ends(known, known.triples), return_counts=True)
    asked, held_out = _ends(known, asked_rows(splits)[0]), _ends(known, splits.valid.triples)
    if not len(asked) or not len(held_out):
        return False
    expected = len(held_out) * float((times[np.searchsorted(pairs, asked)] > 1).mean())
    return expected >= EXPECTED_AT_LEAST and int(np.isin(held_out, pairs).sum()) < expected / 4


def batches(
    queries: Queries, size: int, draw: np.random.Generator
) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """Runs of shuffled queries holding about `size` answers: heads, relations, answer pointers, answers."""
    order = draw.permutation(len(queries))
    counts = np.diff(queries.ptr)[order]
    step = (np.cumsum(counts) - counts) // size
    for rows in np.split(order, np.flatnonzero(np.diff(step)) + 1):
        ptr = np.concatenate([[0], np.cumsum(queries.ptr[rows + 1] - queries.ptr[rows])])
        answers = np.concatenate([queries.answer[queries.ptr[r] : queries.ptr[r + 1]] for r in rows])
        yield queries.head[rows], queries.relation[rows], ptr, answers
