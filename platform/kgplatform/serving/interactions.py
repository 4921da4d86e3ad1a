"""Do drugs interact, how, how surely and why: every pair of a few, also of drugs that are in no graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from graph_schema.errors import InputError, UnknownName, UsageError
from graph_schema.progress import Progress
from graph_schema.records import Prediction
from graph_schema.wording import Phrasebook
from kgplatform import views
from kgplatform.serving.added import Added, asked_kind, read_added
from kgplatform.serving.asking import Served
from kgplatform.serving.loading import Serving
from kgplatform.serving.pair_reports import Drug, KnownFact, LikelyType, PairReport
from kgplatform.serving.typed_runs import typed_run

if TYPE_CHECKING:
    from graph_schema.arrays import Ints
    from trainers.answers import Answer
    from trainers.pair_prediction import PairPredictor

FEWEST, MOST = 2, 10
"""Drugs asked about together."""


def interactions(
    serving: Serving,
    graph: str,
    drugs: Sequence[str],
    *,
    run: str | None = None,
    added: Sequence[str | Added] = (),
    types: int = 3,
    evidence: int = 3,
    progress: Progress | None = None,
) -> list[PairReport]:
    """Each unordered pair once: known ones first, then likeliest first, then those of which nobody can say.

    Args:
        serving: Keeps graph and model for the next call.
        graph: Name of the graph.
        drugs: By key, id or unique name; those that are added need not be named.
        run: A run of pair types; None: see `typed_run`.
        added: Drugs that are in no graph, as a line each; see `read_added`.
        types: Likeliest types of each pair.
        evidence: Cases or paths of the two likeliest; 0 for none.
        progress: Told of what is loaded.

    Raises:
        UsageError: fewer than 2 drugs or more than 10, one of them twice; a run of another task.
        UnknownName: nobody is called that.
        InputError: several are, or it is no drug; an added drug cannot be read.
        RunError: no run tells the types of pairs here.
    """
    record = typed_run(serving.store, serving.registry, graph, run)
    served = serving.serve(record.id, on=graph, progress=progress)
    more = [read_added(served.graph, one) if isinstance(one, str) else one for one in added]
    if more:
        served = serving.with_added(served, more)
    phrases = Phrasebook(views.relations(serving.store, graph))
    return _Asked(served, phrases, {one.name: one for one in more}).pairs(
        [*drugs, *(one.name for one in more if one.name not in drugs)], types, evidence
    )


@dataclass(frozen=True)
class _Asked:
    """A run and what it is asked with."""

    served: Served
    phrases: Phrasebook
    added: Mapping[str, Added]

    def pairs(self, drugs: Sequence[str], types: int, evidence: int) -> list[PairReport]:
        if not FEWEST <= len(drugs) <= MOST:
            raise UsageError(f"{len(drugs)} drugs; wanted {FEWEST} to {MOST}, each by name or id")
        places = [self._drug(text) for text in drugs]
        twice = [text for text, place in zip(drugs, places, strict=True) if places.count(place) > 1]
        if twice:
            raise UsageError(f"{' and '.join(map(repr, twice))} are one drug; wanted each once")
        ends = np.array(list(combinations(places, 2)), dtype=np.int64)
        known = self._known(ends)
        why_not = {place: self._cannot_say(place) for place in places}
        asked = [
            row
            for row, (a, b) in enumerate(ends.tolist())
            if not known[row] and why_not[a] is None and why_not[b] is None
        ]
        likely = self._guessed(ends, asked, types, evidence)
        judged = self._judged([rows[:types] for rows in known], known, evidence)
        reports = [
            self._report(pair, rows, judged[row], likely.get(row), [why_not[end] for end in pair.tolist()])
            for row, (pair, rows) in enumerate(zip(ends, known, strict=True))
        ]
        return sorted(reports, key=_order)

    def _guessed(self, ends: Ints, asked: list[int], types: int, evidence: int) -> dict[int, list[Answer]]:
        """Of those asked for their likeliest types, the first two with evidence."""
        found = self._predictor.likeliest(ends[asked], types) if asked else []
        told = iter(self._predictor.explained([a for some in found for a in some[:2]], evidence))
        return {
            row: [*(next(told) for _ in some[:2]), *some[2:]] for row, some in zip(asked, found, strict=True)
        }

    def _judged(self, told: list[list[int]], known: list[list[int]], evidence: int) -> list[list[Answer]]:
        """Of each pair the known facts that are told, judged without anything known of the pair."""
        rows = [row for some in told for row in some]
        off = [gone for some, gone in zip(told, known, strict=True) for _ in some]
        triples = self.served.graph.known.triples[rows]
        answers = iter(self._predictor.judged(triples, off, paths=evidence))
        return [[next(answers) for _ in some] for some in told]

    @property
    def _predictor(self) -> PairPredictor:
        from trainers.pair_prediction import PairPredictor

        predictor = self.served.predictor
        assert isinstance(predictor, PairPredictor)
        return predictor

    def _drug(self, text: str) -> int:
        graph = self.served.graph
        wanted = asked_kind(graph)
        try:
            place = self.served.met(text)
        except UnknownName:
            able = np.flatnonzero(graph.entity_types == graph.type_names.index(wanted)).tolist()
            named = [graph.names[graph.vocabulary.entities[drug]] for drug in able]
            raise UnknownName(wanted, text, named) from None
        kind = graph.type_names[int(graph.entity_types[place])]
        if kind != wanted:
            raise InputError(f"{text!r}, a {kind} of graph {graph.name!r}", wanted=f"a {wanted}")
        return place

    def _known(self, ends: Ints) -> list[list[int]]:
        """Of each of (B, 2) pairs the rows of the target's known facts that hold between the two."""
        rows, types = self.served.graph.known.triples, self._predictor.model.types
        asked = np.isin(rows[:, 0], ends) & np.isin(rows[:, 2], ends) & np.isin(rows[:, 1], types)
        found: dict[tuple[int, int], list[int]] = {}
        for row in np.flatnonzero(asked).tolist():
            head, _, tail = rows[row].tolist()
            found.setdefault((min(head, tail), max(head, tail)), []).append(row)
        return [found.get((min(a, b), max(a, b)), []) for a, b in ends.tolist()]

    def _cannot_say(self, place: int) -> str | None:
        """Why nothing can be said of a drug; None where something can."""
        if self._predictor.askable[place]:
            return None
        graph, model = self.served.graph, self.served.record.model
        name = graph.names[graph.vocabulary.entities[place]]
        facts = (graph.known.triples[:, [0, 2]] == place).any()
        drawn = graph.vocabulary.entities[place] in graph.vocabulary.structures
        if not facts and not drawn:
            return f"the graph has no fact of {name} and no structure"
        has = " and ".join(word for word, there in (("facts", facts), ("a structure", drawn)) if there)
        return f"{name} stands in no known pair, and of its {has} {model} can make nothing"

    def _report(
        self,
        pair: Ints,
        known: list[int],
        judged: list[Answer],
        likely: list[Answer] | None,
        why_not: list[str | None],
    ) -> PairReport:
        record = self.served.record
        one, other = (self._named(int(place)) for place in pair)
        from trainers.pairs import PROTOCOLS

        protocol = self._predictor.protocols(pair[None])[0]
        report = PairReport(
            one=one, other=other, run=record.id, model=record.model, protocol=PROTOCOLS[int(protocol)]
        )
        if known:
            facts = tuple(self._fact(row) for row in known)
            return report.model_copy(
                update={"known": facts, "types": tuple(self._likely(answer) for answer in judged)}
            )
        if likely is None:
            reasons = "; ".join(dict.fromkeys(reason for reason in why_not if reason))
            return report.model_copy(update={"cannot_say": reasons})
        explained = [self._likely(answer) for answer in likely]
        against = next((t for t in explained[1:2] if t.evidence), None)
        temperature = self._predictor.temperature
        fitted = temperature.interacting if temperature else None
        update = {
            "interacts": likely[0].interacts,
            "basis": fitted.said(report.protocol) if fitted and likely[0].interacts is not None else None,
            "types": tuple(explained),
            "against": against,
        }
        return report.model_copy(update=update)

    def _named(self, place: int) -> Drug:
        id_ = self.served.graph.vocabulary.entities[place]
        fresh = self.added.get(id_)
        notes = fresh.notes if fresh else ()
        return Drug(id=id_, name=self.served.graph.names[id_], added=fresh is not None, notes=notes)

    def _fact(self, row: int) -> KnownFact:
        known = self.served.graph.known
        head, relation, tail = known.names(known.triples[row])
        return KnownFact(head=head, relation=relation, tail=tail, sentence=self._said(head, relation, tail))

    def _likely(self, answer: Answer) -> LikelyType:
        p = self.served.named(answer)
        return LikelyType(
            sentence=self._said(p.head, p.relation, p.tail), prediction=p, evidence=self._evidence(p)
        )

    def _evidence(self, p: Prediction) -> tuple[tuple[float, str], ...]:
        cases = [(case.weight, self._said(*case.fact)) for case in p.cases]
        paths = [(path.weight, "; ".join(self._said(*fact) for fact in path.facts)) for path in p.paths]
        return (*paths, *cases)

    def _said(self, head: str, relation: str, tail: str) -> str:
        names = self.served.graph.names
        return self.phrases[relation].fact(names[head], names[tail])


def _order(report: PairReport) -> tuple[int, float]:
    if report.known:
        return 0, 0.0
    return (2, 0.0) if report.cannot_say else (1, -(report.interacts or 0.0))
