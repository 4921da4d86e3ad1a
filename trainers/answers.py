"""What a prediction is made of: who may answer, and one candidate of one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.triples import TripleSet
from trainers.evaluation import Queries
from trainers.trainer import RowCase, RowPath


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate of one query; ids of the answering graph, paths as rows of its triples.

    `rank_low` counts ties in favour, `rank_high` against; candidates are the allowed entities that are no
    known answers; both are None where nothing is ranked. `head_rank` is the rank of the query's head when the
    answer is asked in turn. `interacts` is how likely a pair interacts at all, where a type was asked for,
    and `protocol` how many of the two stand in a known pair. `seen` says that facts were to be left out and
    the model cannot do without what it has learned from.
    """

    head: int
    relation: int
    answer: int
    score: float
    log_probability: float
    probability: float | None
    rank_low: int | None
    rank_high: int | None
    head_rank: float | None = None
    paths: tuple[RowPath, ...] = ()
    cases: tuple[RowCase, ...] = ()
    faithfulness: float | None = None
    random_faithfulness: float | None = None
    seen: bool = False
    interacts: float | None = None
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of queries.

    Attributes:
        top: Answers in all; with `per_query`, of each query.
        per_query: Whether each query keeps `top` answers.
        paths: Evidence paths of each answer; 0 leaves evidence out.
        random_sample: Answers whose faithfulness is also measured against deletions drawn at random.
    """

    top: int = 10
    per_query: bool = False
    paths: int = 3
    random_sample: int = 0


@dataclass(frozen=True)
class Candidates:
    """Who may answer: the facts known already, and by relation in [0, 2m) the entities of the right types."""

    known: TripleSet
    allowed: dict[int, Mask]

    def known_answers(self, heads: Ints, relations: Ints) -> tuple[Ints, Ints]:
        """(B + 1,) pointers and entities: what is known already of (B,) queries."""
        return self._answers.answers_of(heads, relations)

    def count_allowed(self, relation: int) -> int:
        """How many entities are of the right type to answer a relation in [0, 2m)."""
        return self._allowed_counts.get(relation, self.known.num_entities)

    @cached_property
    def _allowed_counts(self) -> dict[int, int]:
        return {relation: int(mask.sum()) for relation, mask in self.allowed.items()}

    def heads_of(self, relation: int, queries: int) -> Ints:
        """The heads asked for a whole relation: of the right types, those of which most facts are known.

        A fact is known of its head; of its tail too where it is symmetric. Entities that are only spoken of,
        such as classes of which everything is a kind, come last.

        Args:
            relation: In [0, m).
            queries: Heads at most.
        """
        m, (stated, there) = len(self.known.vocabulary.relations), self._stated
        able = np.flatnonzero(self.allowed.get(relation + m, there) & there)
        chosen: Ints = able[np.argsort(-stated[able], kind="stable")][:queries]
        return chosen

    @cached_property
    def _stated(self) -> tuple[Ints, Mask]:
        """(E,) facts known of each entity, and whether it stands in any."""
        count, rows, inverse = self.known.num_entities, self.known.triples, self.known.vocabulary.inverse
        both = inverse[rows[:, 1]] == rows[:, 1]
        stated = np.bincount(np.concatenate([rows[:, 0], rows[both, 2]]), minlength=count)
        return stated, np.bincount(rows[:, [0, 2]].ravel(), minlength=count) > 0

    def answered(
        self, heads: Ints, relations: Ints, apart_from: Sequence[Sequence[int]] | None = None
    ) -> Floats:
        """What the known facts say of how many answers a query may lack.

        Args:
            heads, relations: (B,) queries.
            apart_from: For each query entities that do not count as known answers.

        Returns:
            (B, 4): log(1 + known answers); log(mean number where the relation has any); whether the query has
            none; and the product of the two before, as `Calibration` weighs them.
        """
        ptr, answers = self._answers.answers_of(heads, relations)
        known = np.diff(ptr)
        for row, others in enumerate(apart_from if apart_from is not None else ()):
            known[row] -= np.isin(answers[ptr[row] : ptr[row + 1]], others).sum()
        usual, none = self._usual[relations], (known == 0).astype(np.float64)
        return np.stack([np.log1p(known), usual, none, none * usual], axis=1)

    @cached_property
    def _usual(self) -> Floats:
        """(2m,) log of the mean number of answers of a relation's heads; 0 for one without facts."""
        asked, count = self._answers, 2 * len(self.known.vocabulary.relations)
        queries = np.maximum(np.bincount(asked.relation, minlength=count), 1)
        answers = np.bincount(asked.relation, np.diff(asked.ptr), minlength=count)
        result: Floats = np.log(np.maximum(answers / queries, 1.0))
        return result

    @cached_property
    def _answers(self) -> Queries:
        return Queries.of(self.known)
