"""A trained run that answers over one graph: names in, predictions with names out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.records import (
    EvidenceCase,
    EvidencePath,
    FactNames,
    Prediction,
    Product,
    RunRecord,
    Vectors,
)
from kgplatform.graphs.naming import find_entity, find_relation, find_relations
from kgplatform.graphs.pulling import PulledGraph

if TYPE_CHECKING:
    from trainers.answers import Answer, Candidates
    from trainers.evidence.rules import RuleCounts
    from trainers.task import Predictor
    from trainers.trainer import Trainer

QUERIES = 100
"""Queries of a relation that are asked when no head and no tail is given."""


@dataclass(frozen=True)
class Served:
    """A trained run bound to one graph.

    Attributes:
        record: Of the run.
        graph: What it answers over.
        model: Bound to the graph's known facts.
        rules: How often what paths walk holds in these; shared by the runs over one version of a graph.
    """

    record: RunRecord
    graph: PulledGraph
    model: Trainer
    rules: RuleCounts

    def predict(
        self,
        *,
        head: str | None = None,
        relation: str | None = None,
        tail: str | None = None,
        top: int = 10,
        queries: int = QUERIES,
        paths: int = 3,
        per_query: bool = False,
        random_sample: int = 0,
        progress: Progress | None = None,
    ) -> list[Prediction]:
        """The best predictions with their evidence, likeliest first.

        Args:
            head, tail: An entity by key, id or name; one of them, both (that one candidate, judged without
                the fact itself where it is known) or neither.
            relation: A relation or a type of several; None: see `relations`.
            top: Predictions returned; with `per_query`, of each query.
            queries: Queries asked of each relation when neither end is given: the heads of which most
                facts are known.
            paths: Evidence paths of each prediction; 0 leaves evidence out.
            per_query: Keep `top` of each query instead of `top` in all.
            random_sample: Predictions whose faithfulness is also measured against random deletions.
            progress: Told of the work.

        Raises:
            UnknownName: an entity or a relation does not exist.
        """
        from trainers.answers import Wanted

        names, vocabulary = self.relations(relation), self.graph.vocabulary
        if head is not None and tail is not None:
            both = [self.what_if(head, name, tail, without=(), paths=paths) for name in names]
            return sorted(both, key=lambda p: -(p.probability or 0.0))[:top]
        wanted = Wanted(top, per_query, paths, random_sample)
        kinds = np.array([vocabulary.relation(name) for name in names])
        if tail is not None:
            goal = self.met(tail)
            answers = self.predictor.predict_heads(goal, kinds, wanted, progress)
        else:
            if head is None:
                heads, kinds = self.predictor.asked(kinds, queries)
            else:
                heads = np.full(len(kinds), self.met(head))
            answers = self.predictor.predict_tails(heads, kinds, wanted, progress)
        return [self.named(a) for a in answers]

    def count_queries(self, relation: str | None, queries: int) -> int:
        """How many queries `predict` asks of a relation when it is given neither end."""
        names = self.relations(relation)
        kinds = np.array([self.graph.vocabulary.relation(name) for name in names])
        return len(self.predictor.asked(kinds, queries)[0])

    def explain(self, head: str, relation: str, tail: str, *, paths: int = 5) -> Prediction:
        """One fact or guess with its best paths; a known fact is judged and explained without itself.

        Where the model cannot do without what it learned from, the prediction is marked `seen_in_training`.

        Raises:
            UnknownName: an entity or the relation does not exist.
            InputError: the relation name stands for several.
        """
        return self.what_if(head, find_relation(self.graph, relation), tail, without=(), paths=paths)

    def what_if(
        self, head: str, relation: str, tail: str, *, without: Sequence[FactNames], paths: int = 0
    ) -> Prediction:
        """The same prediction with facts switched off: what would the model say if they did not hold?

        Args:
            head, relation, tail: The prediction, by ids or names.
            without: Known facts, as (head id, relation, tail id).
            paths: Evidence paths to read; 0 for none.
        """
        vocabulary = self.graph.vocabulary
        ends = [vocabulary.entities[self.met(end)] for end in (head, tail)]
        (row,) = vocabulary.encode(ends[:1], [relation], ends[1:])
        deleted = self.rows([*(vocabulary.encode(*zip(f, strict=True))[0] for f in without), row])
        return self.named(self.predictor.judge(row, deleted, paths=paths))

    def relations(self, text: str | None) -> list[str]:
        """Relations called that; None: what the run learned, or the graph's target. Raises: UnknownName."""
        asked = [name for name in self.record.asked or () if name in self.graph.relation_types]
        return asked if asked and not text else find_relations(self.graph, text)

    def learned(self, relation: str) -> bool:
        """Whether the run was trained on questions of a relation, or of all."""
        return self.record.asked is None or relation in self.record.asked

    @property
    def explains(self) -> bool:
        """Whether the model reads evidence off itself."""
        from trainers.trainer import Explainer

        return isinstance(self.model, Explainer)

    @cached_property
    def candidates(self) -> Candidates:
        """Who may answer: of the right types, and whom the model has met."""
        from trainers.answers import Candidates

        allowed, knows = self.graph.allowed_ends, self.model.knows
        if not knows.all():
            relations = range(2 * len(self.graph.vocabulary.relations))
            allowed = {r: allowed.get(r, knows) & knows for r in relations}
        return Candidates(self.graph.known, allowed)

    def products(self) -> list[Product]:
        """What the run has beside predictions, such as vectors of entities; see `Task.products`."""
        from trainers.registry import load_task

        return list(load_task(self.record.task).products(self.model, self.graph.known))

    @property
    def vectors(self) -> Vectors | None:
        """The run's vectors of the graph's entities that it has met; None where it has none."""
        return next((p for p in self.products() if isinstance(p, Vectors)), None)

    def met(self, text: str) -> int:
        """Id of an entity that the model has met. Raises: UnknownName, RunError."""
        name = find_entity(self.graph, text)
        place = self.graph.vocabulary.entity(name)
        if not self.model.knows[place]:
            raise RunError(
                f"run {self.record.id!r} does not know {self.graph.names[name]!r} ({name}), which came to "
                f"graph {self.graph.name!r} after its training: {self.record.model} has no vector of it. "
                "Train again"
            )
        return place

    @cached_property
    def predictor(self) -> Predictor:
        """The model's side."""
        from trainers.registry import load_task

        task, record = load_task(self.record.task), self.record
        task.check(record.model, self.model)
        return task.predictor(self.model, self.candidates, self.rules, record.calibration, record.seed)

    def rows(self, facts: Sequence[Ints]) -> list[int]:
        """Rows of the known triples that state one of these facts, mirrored if the relation is symmetric."""
        inverse, known = self.graph.vocabulary.inverse, self.graph.known.triples
        rows: list[int] = []
        for head, relation, tail in facts:
            both = [(head, tail)] + ([(tail, head)] if inverse[relation] == relation else [])
            for h, t in both:
                same = (known[:, 0] == h) & (known[:, 1] == relation) & (known[:, 2] == t)
                rows += np.flatnonzero(same).tolist()
        return sorted(set(rows))

    @cached_property
    def _held_out(self) -> set[tuple[int, int, int]]:
        rows = self.graph.held_out.triples
        inverse = self.graph.vocabulary.inverse
        mirrored = rows[inverse[rows[:, 1]] == rows[:, 1]][:, [2, 1, 0]]
        return {(int(h), int(r), int(t)) for h, r, t in np.concatenate([rows, mirrored])}

    def named(self, a: Answer) -> Prediction:
        """An answer of the model's side with names for numbers."""
        vocabulary, names, known = self.graph.vocabulary, self.graph.names, self.graph.known
        head, tail = vocabulary.entities[a.head], vocabulary.entities[a.answer]
        return Prediction(
            run=self.record.id,
            head=head,
            relation=vocabulary.relations[a.relation],
            tail=tail,
            head_name=names[head],
            tail_name=names[tail],
            score=a.score,
            probability=a.probability,
            rank_low=a.rank_low,
            rank=None if a.rank_low is None or a.rank_high is None else (a.rank_low + a.rank_high) / 2,
            rank_high=a.rank_high,
            head_rank=a.head_rank,
            paths=tuple(
                EvidencePath(
                    facts=tuple(known.names(known.triples[f]) for f in p.facts),
                    weight=p.weight,
                    support=p.support,
                    pairs=p.pairs,
                    heads=p.heads,
                )
                for p in a.paths
            ),
            cases=tuple(
                EvidenceCase(fact=known.names(known.triples[c.fact]), weight=c.weight) for c in a.cases
            ),
            faithfulness=a.faithfulness,
            random_faithfulness=a.random_faithfulness,
            held_out=(a.head, a.relation, a.answer) in self._held_out,
            seen_in_training=a.seen,
            interacts=a.interacts,
            protocol=a.protocol,
            untrained=not self.learned(vocabulary.relations[a.relation]),
        )
