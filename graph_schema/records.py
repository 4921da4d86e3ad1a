"""What travels one at a time: predictions with their evidence, and the record of a training run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

from pydantic import ConfigDict, Field, field_validator

from graph_schema.schema import Frozen

if TYPE_CHECKING:
    from graph_schema.arrays import Floats, Floats32  # numpy, which a small command does without

FactNames = tuple[str, str, str]
"""(head id, relation, tail id) of a stored fact."""

Weight = Annotated[float, Field(ge=0.0, le=1.0)]


class EvidencePath(Frozen):
    """A chain of facts from the head of a prediction to its tail, each read in either direction.

    `weight` in [0, 1] is the probability that the model gives the answer when the path is all it knows,
    less a twentieth for each step after the first.

    The path's relations, each with its direction, are a rule: of `pairs` other pairs that known facts join
    in this way, whose first entity is known to have the predicted relation to somebody, `support` are known
    to have it to each other. `heads` says of how many first entities, drawn at random, where not all were
    looked at. All three are None where nothing was counted.
    """

    facts: tuple[FactNames, ...]
    weight: Weight
    support: int | None = None
    pairs: int | None = None
    heads: int | None = None

    @property
    def confidence(self) -> float | None:
        """Share of the pairs that hold (partial completeness, as in AMIE: Galárraga et al., 2013)."""
        if self.pairs is None or self.support is None:
            return None
        return self.support / self.pairs if self.pairs else 0.0

    def entities(self, start: str) -> tuple[str, ...]:
        """Ids along the chain, from `start` to the answer, one more than there are facts."""
        chain = [start]
        for head, _, tail in self.facts:
            chain.append(tail if chain[-1] == head else head)
        return tuple(chain)


class EvidenceCase(Frozen):
    """A known fact that speaks for a prediction; `weight` in [0, 1] says how much."""

    fact: FactNames
    weight: Weight


@dataclass(frozen=True)
class RelationVectors:
    """What an embedding model has of relations.

    Attributes:
        names: Of m relations, each once.
        values: (m, d) finite numbers of the relation that asks for tails, complex parts interleaved.
        inverse: (m, d) of the one that asks for heads.
    """

    names: Sequence[str]
    values: Floats32
    inverse: Floats32


@dataclass(frozen=True)
class Vectors:
    """What an embedding model has of entities.

    Attributes:
        ids: Of N entities, each once.
        values: (N, d) finite numbers; complex parts interleaved.
        relations: What it has of relations, if anything.
    """

    ids: Sequence[str]
    values: Floats32
    relations: RelationVectors | None = None


@dataclass(frozen=True)
class Values:
    """A number that a run has of entities, such as a centrality.

    Attributes:
        name: Of the property of entities that holds it: lower-case letters, digits and underscores.
        ids: Of N entities, each once.
        values: (N,) finite numbers; NaN where it is not known, and the entity gets no property.
    """

    name: str
    ids: Sequence[str]
    values: Floats


@dataclass(frozen=True)
class Text:
    """What a run says in words or signs, such as a formula or a card.

    Attributes:
        name: Lower-case letters, digits and underscores; `text_<name>` of the `(:Run)` node holds it.
        text: Any.
    """

    name: str
    text: str


Product = Vectors | Values | Text
"""What a promotion puts into a graph beside predictions."""


class Prediction(Frozen):
    """A guess of a run: that (head, relation, tail) holds.

    `score` and the ranks are those of the tail query (head, relation, ?) among candidates that are no known
    facts; `rank_low` counts ties in favour, `rank_high` against, `rank` is their mean. `head_rank` is the
    rank of the head for (?, relation, tail). Ranks are None where the task ranks nothing. Evidence is `paths`
    or `cases`. `probability` is calibrated on validation, None without one; of a type it is given that the
    pair interacts. `interacts` says how likely that is, None where nobody said; `protocol` how many of the
    two stand in a known pair.
    `faithfulness` is the fall of the answer's log-probability when the evidence is removed.
    `seen_in_training` marks a known fact judged by a model that cannot leave it out, `untrained` an answer of
    a run that learned other relations. `sentence` says it in words, once it is promoted.
    """

    run: str
    head: str
    relation: str
    tail: str
    score: float
    probability: float | None
    rank_low: float | None
    rank: float | None
    rank_high: float | None
    head_rank: float | None = None
    paths: tuple[EvidencePath, ...] = ()
    cases: tuple[EvidenceCase, ...] = ()
    faithfulness: float | None = None
    random_faithfulness: float | None = None
    held_out: bool = False
    seen_in_training: bool = False
    untrained: bool = False
    head_name: str = ""
    tail_name: str = ""
    interacts: float | None = None
    protocol: str | None = None
    sentence: str | None = None


class Metric(Frozen):
    """A figure that decides: its name in records, what people call it, and whether more of it is better."""

    name: str
    title: str
    higher_is_better: bool = True

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.higher_is_better else -1

    def better(self, one: float, other: float) -> bool:
        """Whether the first of two values is better than the second."""
        return one * self.sign > other * self.sign


class InteractingFit(Frozen):
    """P(a pair interacts) = 1 / (1 + exp(-z)), z = intercept + Σ slope · feature, of pairs of one protocol.

    `protocol` says on which pairs of validation it was fitted, `pairs` on how many, against drawn ones: `auc`
    is how often one of them has more than a drawn one, `curve` the mean chance, the share that is known and
    the number of pairs, by tenths of the chance. A slope is never negative.
    """

    protocol: str
    intercept: float
    slopes: tuple[float, ...]
    pairs: int
    auc: float = 0.5
    curve: tuple[tuple[float, float, int], ...] = ()


class Interacting(Frozen):
    """How likely pairs interact at all: where `share` of all pairs are known; `fits` by protocol.

    A protocol without pairs of validation has borrowed the fit of another, whose name that says.
    """

    share: float
    fits: dict[str, InteractingFit]

    def said(self, protocol: str) -> str:
        """What the chance of a protocol goes by, in words."""
        of = self.fits[protocol].protocol
        borrowed = "" if of == protocol else f"; measured on pairs with {of}, there were none with {protocol}"
        return f"at {self.share:.2g} of all pairs known{borrowed}"


class Temperature(Frozen):
    """P(a type holds, given that the pair interacts) = softmax(scores / temperature) over the types.

    `curve` says how it held on validation: mean probability, share that was right and number of pairs, by
    tenths of the likeliest type's probability. `interacting` says whether it interacts; None of a model that
    does not say, or of a run of an earlier version.
    """

    temperature: float
    curve: tuple[tuple[float, float, int], ...] = ()
    interacting: Interacting | None = None


class Calibration(Frozen):
    """P(a candidate is a fact) = 1 / (1 + exp(-z)), fitted on the queries that a promotion asks.

    z = slope · log-softmax + intercept + answers · log(1 + known answers of the query) + usual · log(mean
    number of answers where its relation has any) + what its relation adds; and of a query without known
    answers + unanswered + unanswered_usual · that logarithm. `relations` has those with validation facts;
    of others no probability is given.
    """

    slope: float
    intercept: float
    answers: float
    usual: float
    unanswered: float
    unanswered_usual: float
    relations: dict[str, float]


class Card(Frozen):
    """How good a croppable run is at each of its widths.

    `dims` are coordinates, `floats` the numbers stored for them. `figures` has, by name, one number a width:
    MRR and hits on the test, `valid_mrr`, `overlap@10` (neighbours shared with the whole vector), and how
    many facts of the test were `expected` and `found` among what a promotion would write. `relations` has the
    test MRR by relation, `relation_hits` the hits by their name and then by relation; a card of an earlier
    version has none. `smallest` is the smallest width within a hundredth of the best, on validation.
    """

    dims: tuple[int, ...]
    floats: tuple[int, ...]
    figures: dict[str, tuple[float, ...]]
    relations: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    relation_hits: dict[str, dict[str, tuple[float, ...]]] = Field(default_factory=dict)
    smallest: int | None = None


RunStatus = Literal["running", "interrupted", "failed", "candidate", "promoted", "retired"]
"""Of a run: at work; begun, not finished; ended by an error; finished; its predictions stand; stood once."""

_OLDER: dict[str, RunStatus] = {"training": "interrupted", "superseded": "retired"}


def status_now(written: str) -> RunStatus:
    """A status as it is called now, whichever version wrote it. Raises: ValueError."""
    status = _OLDER.get(written, written)
    for known in get_args(RunStatus):
        if status == known:
            return cast(RunStatus, known)
    raise ValueError(f"status {written!r}; wanted one of {get_args(RunStatus)}")


class RunRecord(Frozen):
    """What a training run was: enough to repeat it and to compare it. Append-only.

    `task` says what was learned and `metric` which figure decides; `baseline` has the figures of the
    strongest of the task's baselines on validation, `baselines` those of all. `epochs` were run and
    `best_epoch` was kept; `reason` says why a run that was to be promoted was not; `texts` are what it says
    in words or signs, by name; `fitted` says that its model is whole, so that one interrupted later need not
    be trained again; `asked` which relations were learned and judged, None for all; `card` how a croppable
    run does at each width.

    Records outlive versions: fields that this one does not know are left out, and figures that an earlier one
    wrote without being numbers are missing.
    """

    model_config = ConfigDict(extra="ignore")

    id: str
    model: str
    graph: str
    domain: str
    seed: int
    config: dict[str, object]
    fingerprint: str
    schema_fingerprint: str
    created: datetime
    seconds: float = 0.0
    epochs: int = 0
    best_epoch: int = 0
    device: str = "cpu"
    threads: int = 1
    versions: dict[str, str] = Field(default_factory=dict)
    task: str = "link_prediction"
    metric: Metric = Metric(name="mrr", title="MRR")
    metrics: dict[str, dict[str, float]] = Field(default_factory=dict)
    baseline: dict[str, dict[str, float]] = Field(default_factory=dict)
    baselines: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    calibration: Calibration | Temperature | None = None
    status: RunStatus = "candidate"
    reason: str = ""
    texts: dict[str, str] = Field(default_factory=dict)
    fitted: bool = False
    asked: tuple[str, ...] | None = None
    card: Card | None = None

    def deciding(self, split: str, *, baseline: bool = False) -> float | None:
        """The figure that decides, on a split; None where it was not measured."""
        return (self.baseline if baseline else self.metrics).get(split, {}).get(self.metric.name)

    def below_baseline(self, split: str = "test") -> bool:
        """Whether it did worse than its baseline; False where one of them was not measured."""
        mine, other = self.deciding(split), self.deciding(split, baseline=True)
        return mine is not None and other is not None and self.metric.better(other, mine)

    @field_validator("status", mode="before")
    @classmethod
    def _as_it_is_called_now(cls, value: object) -> object:
        return status_now(value) if isinstance(value, str) else value

    @field_validator("calibration", mode="before")
    @classmethod
    def _fitted_on_what_is_promoted(cls, value: object) -> object:
        """Earlier versions fitted on other queries; of what a promotion asks that does not hold."""
        known = {"relations", "temperature"}
        return None if isinstance(value, dict) and known.isdisjoint(value) else value

    @field_validator("metrics", "baseline", mode="before")
    @classmethod
    def _numbers_only(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        return {
            split: {name: v for name, v in figures.items() if v is not None}
            if isinstance(figures, dict)
            else figures
            for split, figures in values.items()
        }
