"""What is said of a pair of drugs: what is known, how likely they interact and how, and why."""

from __future__ import annotations

from graph_schema.records import Prediction
from graph_schema.schema import Frozen


class Drug(Frozen):
    """One of the two. `added` says that it stands in no graph, `notes` what was understood otherwise."""

    id: str
    name: str
    added: bool = False
    notes: tuple[str, ...] = ()


class KnownFact(Frozen):
    """A fact of the graph that holds between the two, in names and as a sentence."""

    head: str
    relation: str
    tail: str
    sentence: str


class LikelyType(Frozen):
    """One way in which they may interact.

    `prediction` has type and direction, the probability given that the two interact, and the evidence, which
    `evidence` says in sentences, weightiest first, each with its weight.
    """

    sentence: str
    prediction: Prediction
    evidence: tuple[tuple[float, str], ...] = ()


class PairReport(Frozen):
    """What is said of one pair.

    Attributes:
        one, other: The two, as they were asked for.
        run, model: Who says it.
        protocol: How many of the two stand in a known pair.
        known: What the graph has of the pair already; empty where it is known in no way.
        interacts: How likely they interact at all; None where they are known to, and where nobody can say.
        basis: What that chance holds for.
        types: The likeliest, in order; of a known pair the known ones, each judged without the pair.
        against: What speaks for the likeliest other type; None where nothing does.
        cannot_say: Why nothing is said; None where something is. It never means that a pair is safe.
    """

    one: Drug
    other: Drug
    run: str
    model: str
    protocol: str
    known: tuple[KnownFact, ...] = ()
    interacts: float | None = None
    basis: str | None = None
    types: tuple[LikelyType, ...] = ()
    against: LikelyType | None = None
    cannot_say: str | None = None
