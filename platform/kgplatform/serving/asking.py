"""The one door to trained models: load a run, answer its graph's questions, explain, ask what if."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.errors import InputError, RunError, UnknownName
from graph_schema.progress import Progress
from graph_schema.records import EvidencePath, FactNames, Prediction, RunRecord
from graph_schema.triples import TripleSet
from kgplatform.graphs.pulling import PulledGraph, aligned, pull
from kgplatform.runs.registry import RunRegistry
from kgplatform.store.protocol import GraphStore

if TYPE_CHECKING:
    from trainers.prediction import Answer, Candidates
    from trainers.trainer import Explainer, TailScorer, Trainer

QUERIES = 100
"""Queries of a relation that are asked when no head and no tail is given."""


@dataclass(frozen=True)
class Served:
    """A trained run answering over one graph."""

    record: RunRecord
    graph: PulledGraph
    model: Trainer

    @cached_property
    def candidates(self) -> Candidates:
        """Who may answer."""
        return candidates_of(self.graph, self.graph.known)

    def entity(self, text: str) -> str:
        """Id of the entity called that: by key, id, unique name, or unique alias where no name fits.

        Raises:
            UnknownName: nothing is called that; names what is near.
            InputError: several are; lists their ids.
        """
        vocabulary, prefix = self.graph.vocabulary, self.graph.name + "/"
        for name in (text, text.removeprefix(prefix)):
            if name in vocabulary.entity_ids:
                return name
        named = self.graph.called.get(text.casefold(), [])
        if len(named) > 1:
            raise InputError(
                f"{len(named)} entities called {text!r} in graph {self.graph.name!r}",
                wanted=f"the id of one: {', '.join(repr(e) for e in sorted(named)[:10])}",
            )
        if not named:
            raise UnknownName("entity", text, [*self.graph.names.values(), *vocabulary.entities])
        return named[0]

    def relations(self, text: str | None) -> list[str]:
        """Relations called that, without regard to case: one, or all of a type; None is the graph's target.

        Without a target in the graph it is the relation with the most known facts. Raises: UnknownName.
        """
        known = self.graph.relation_types
        target = self.graph.schema.target
        wanted = text or (target if target in {*known, *known.values()} else None)
        if wanted is None:
            counts = np.bincount(self.graph.known.triples[:, 1])
            return [self.graph.vocabulary.relations[int(counts.argmax())]]
        kind = self.graph.schema.relation_type(wanted)
        name = (kind.name if kind else wanted).casefold()
        found = [r for r in known if r.casefold() == name] or [
            r for r, t in known.items() if t.casefold() == name
        ]
        if not found:
            raise UnknownName("relation", wanted, known)
        return sorted(found)

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
            relation: A relation or a type of several; None for the graph's target.
            top: Predictions returned; with `per_query`, of each query.
            queries: Queries asked of each relation when neither end is given: the heads that stand in most
                known facts.
            paths: Evidence paths of each prediction; 0 leaves evidence out.
            per_query: Keep `top` of each query instead of `top` in all.
            random_sample: Predictions whose faithfulness is also measured against random removals.
            progress: Told of the work.

        Raises:
            UnknownName: an entity or a relation does not exist.
        """
        names = self.relations(relation)
        if head is not None and tail is not None:
            both = [self.what_if(head, name, tail, without=(), paths=paths) for name in names]
            return sorted(both, key=lambda p: -(p.probability or 0.0))[:top]
        if head is not None or tail is not None:
            found = self._asked(head, names, tail, top, progress)
        else:
            found = self._whole(names, queries, top, progress)
        if not per_query:
            found = sorted(found, key=_likeliest)[:top]
        answers = self._back_ranked(self._once(found))
        if paths and self.explains:
            answers = self._explained(answers, paths, (), random_sample, progress)
        return [self._named(a) for a in sorted(answers, key=_likeliest)]

    def count_queries(self, relation: str | None, queries: int) -> int:
        """How many queries `predict` asks of a relation when it is given neither end."""
        return sum(len(self._heads(name, queries)) for name in self.relations(relation))

    def explain(self, head: str, relation: str, tail: str, *, paths: int = 5) -> Prediction:
        """One fact or guess with its best paths; a known fact is judged and explained without itself.

        Raises:
            UnknownName: an entity or the relation does not exist.
            InputError: the relation name stands for several.
        """
        names = self.relations(relation)
        if len(names) > 1:
            raise InputError(f"{relation!r}, a type of {len(names)} relations", wanted=f"one of {names[:5]}")
        return self.what_if(head, names[0], tail, without=(), paths=paths)

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
        row = vocabulary.encode([self.entity(head)], [relation], [self.entity(tail)])
        off = self._rows([*(vocabulary.encode(*zip(f, strict=True))[0] for f in without), row[0]])
        (found,) = self._answers(row[:, 0], row[:, 1], wanted=[[int(row[0, 2])]], removed=[off])
        answers = self._back_ranked(found, off)
        if paths and self.explains:
            answers = self._explained(answers, paths, off, 0, None)
        return self._named(answers[0])

    @property
    def explains(self) -> bool:
        """Whether the model reads evidence off itself."""
        from trainers.trainer import Explainer

        return isinstance(self.model, Explainer)

    def _asked(
        self, head: str | None, names: list[str], tail: str | None, top: int, progress: Progress | None
    ) -> list[Answer]:
        """Answers to (head, r, ?) or to (?, r, tail), for each relation."""
        vocabulary = self.graph.vocabulary
        kinds = np.array([vocabulary.relation(r) for r in names])
        if head is None:
            goal = vocabulary.entity(self.entity(tail or ""))
            asked = self._answers(np.full(len(kinds), goal), vocabulary.inverse[kinds], top=top)
            pairs = [(a.answer, int(k)) for k, group in zip(kinds, asked, strict=True) for a in group]
            rows = np.array(pairs, dtype=np.int64).reshape(-1, 2)
            found = self._answers(rows[:, 0], rows[:, 1], wanted=[[goal]] * len(rows), progress=progress)
        else:
            start = np.full(len(kinds), vocabulary.entity(self.entity(head)))
            found = self._answers(start, kinds, top=top, progress=progress)
        return [a for group in found for a in group]

    def _heads(self, relation: str, queries: int) -> Ints:
        """The entities asked for a whole relation: of its head's types, those in most known facts."""
        count = len(self.graph.vocabulary.entities)
        degree = np.bincount(self.graph.known.triples[:, [0, 2]].ravel(), minlength=count)
        able = np.flatnonzero(self.graph.allowed(relation)[0] & (degree > 0))
        chosen: Ints = able[np.argsort(-degree[able], kind="stable")][:queries]
        return chosen

    def _whole(self, names: list[str], queries: int, top: int, progress: Progress | None) -> list[Answer]:
        """Answers to (h, r, ?) for the `queries` heads of each relation that stand in most known facts."""
        vocabulary = self.graph.vocabulary
        heads, kinds = [], []
        for name in names:
            heads.append(self._heads(name, queries))
            kinds.append(np.full(len(heads[-1]), vocabulary.relation(name)))
        found = self._answers(np.concatenate(heads), np.concatenate(kinds), top=top, progress=progress)
        return [a for group in found for a in group]

    def _answers(
        self, heads: Ints, kinds: Ints, *, top: int = 1, wanted: list[list[int]] | None = None,
        removed: list[list[int]] | None = None, progress: Progress | None = None,
    ) -> list[list[Answer]]:  # fmt: skip
        from trainers.prediction import answer_queries

        return answer_queries(
            self._scorer, self.candidates, heads, kinds, top=top, wanted=wanted, removed=removed,
            calibration=self.record.calibration, progress=progress,
        )  # fmt: skip

    def _back_ranked(self, answers: list[Answer], removed: Sequence[int] = ()) -> list[Answer]:
        from trainers.prediction import with_back_ranks

        return with_back_ranks(self._scorer, self.candidates, answers, removed)

    def _explained(
        self, answers: list[Answer], paths: int, removed: list[int] | tuple[()], sample: int,
        progress: Progress | None,
    ) -> list[Answer]:  # fmt: skip
        from trainers.prediction import with_evidence

        return with_evidence(
            self._explainer, self.candidates, sorted(answers, key=lambda a: (a.head, a.relation)),
            paths=paths, removed=removed, random_sample=sample, seed=self.record.seed, progress=progress,
        )  # fmt: skip

    def _once(self, answers: list[Answer]) -> list[Answer]:
        """Each statement once: of a symmetric relation, only the first of both directions."""
        seen, out = set(), []
        for a in answers:
            ends = (a.head, a.answer)
            if self.graph.vocabulary.inverse[a.relation] == a.relation:
                ends = (min(ends), max(ends))
            if (a.relation, *ends) not in seen:
                seen.add((a.relation, *ends))
                out.append(a)
        return out

    def _rows(self, facts: Sequence[Ints]) -> list[int]:
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

    def _named(self, a: Answer) -> Prediction:
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
            rank=(a.rank_low + a.rank_high) / 2,
            rank_high=a.rank_high,
            head_rank=a.back_rank,
            paths=tuple(
                EvidencePath(facts=tuple(known.names(known.triples[f]) for f in p.facts), weight=p.weight)
                for p in a.paths
            ),
            faithfulness=a.faithfulness,
            random_faithfulness=a.random_faithfulness,
            held_out=(a.head, a.relation, a.answer) in self._held_out,
        )

    @cached_property
    def _scorer(self) -> TailScorer:
        from trainers.trainer import TailScorer

        if not isinstance(self.model, TailScorer):
            raise RunError(f"model {self.record.model!r} does not score entities")
        return self.model

    @cached_property
    def _explainer(self) -> Explainer:
        from trainers.trainer import Explainer

        if not isinstance(self.model, Explainer):
            raise RunError(
                f"model {self.record.model!r} gives no evidence; train one that explains, as red_gnn"
            )
        return self.model


class Serving:
    """Loads runs and keeps them: one per run and version of the graph it answers over.

    Args:
        store: Where the graphs are.
        registry: Where the runs are.
        device: A torch device name.
    """

    def __init__(self, store: GraphStore, registry: RunRegistry, *, device: str = "cpu") -> None:
        self.store, self.registry, self.device = store, registry, device
        self._graphs: dict[str, PulledGraph] = {}
        self._served: dict[tuple[str, str, str], Served] = {}

    def graph(self, name: str, *, progress: Progress | None = None) -> PulledGraph:
        """A graph as it stands now; pulled again only when its version has changed."""
        versions = {g["name"]: g["version"] for g in self.store.graphs()}
        held = self._graphs.get(name)
        if held is None or versions.get(name) != held.version:
            held = self._graphs[name] = pull(self.store, name, progress=progress)
        return held

    def serve(self, run: str, *, on: str | None = None, progress: Progress | None = None) -> Served:
        """A run, answering over its own graph or over another with the same relations.

        Raises:
            UnknownName: no such run or graph, or a relation the run never met.
            RunError: the run's model is not whole.
        """
        from trainers.registry import load_model

        record = self.registry.read(run)
        graph = self.graph(on or record.graph, progress=progress)
        key = (record.id, graph.name, graph.version)
        if key not in self._served:
            model = load_model(record.model).load(self.registry.path(record.id), device=self.device)
            graph = aligned(graph, model.relations)
            model.answer_over(graph.known)
            self._served = {k: v for k, v in self._served.items() if k[:2] != key[:2]}
            self._served[key] = Served(record, graph, model)
        return self._served[key]


def candidates_of(graph: PulledGraph, known: TripleSet) -> Candidates:
    """Who may answer in a graph: no fact of `known`, only the end types of the relation."""
    from trainers.prediction import Candidates

    allowed = {}
    m = len(graph.vocabulary.relations)
    for number, name in enumerate(graph.vocabulary.relations):
        if name in graph.relation_types:
            heads, tails = graph.allowed(name)
            allowed[number], allowed[number + m] = tails, heads
    return Candidates(known, allowed)


def _likeliest(answer: Answer) -> tuple[float, int, int, int]:
    return (-answer.log_probability, answer.head, answer.relation, answer.answer)
