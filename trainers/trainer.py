"""What a model promises: fit, save, load, a config, a paper; and the capabilities it may have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from pydantic import ValidationError
from torch import Tensor

from graph_schema.arrays import Floats, Floats32, Ints, Mask
from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.schema import Frozen
from graph_schema.triples import Splits, TripleSet
from trainers.artefacts import Artefacts, unreadable
from trainers.cost import Cost


class Reference(Frozen):
    """The paper a model comes from; for a baseline without one, what it computes."""

    title: str
    venue: str
    year: int
    url: str | None = None


class ModelConfig(Frozen):
    """Base of the settings of a model; unknown keys are refused."""


@dataclass(frozen=True)
class FitReport:
    """What training did: epochs run, the epoch kept, and a line of numbers for each epoch."""

    epochs: int
    best_epoch: int
    history: tuple[dict[str, float], ...] = ()
    extra: dict[str, float] = field(default_factory=dict)


class Trainer(ABC):
    """A model that can be trained on a graph and answer queries over one.

    Relations of queries lie in [0, 2m): r asks (head, r, ?), r + m asks (?, r, tail) with the tail given.

    Args:
        config: Settings, an instance of `Config`.
        relations: The m relation names it is trained on, in id order.
        seed: Decides everything random.
        device: A torch device name.

    Attributes:
        task: What it does.
        per_entity: Whether it has parameters for each entity; if not, it is inductive in the entities.
        entities: Ids of the entities it has parameters for, in their order; none where it is inductive.
        own_ids: (E,) for each entity of the bound graph its place in `entities`, -1 where it is not there;
            for an inductive model every entity's own id.
    """

    Config: ClassVar[type[ModelConfig]]
    reference: ClassVar[Reference]
    task: ClassVar[str] = "link_prediction"
    per_entity: ClassVar[bool] = False

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        self.config, self.relations, self.seed, self.device = config, tuple(relations), seed, device
        self.entities: tuple[str, ...] = ()
        self.own_ids: Ints = np.zeros(0, dtype=np.int64)

    @classmethod
    def default_config(cls, splits: Splits, *, epoch_seconds: float = 300.0) -> ModelConfig:
        """Sensible settings for this graph on this machine. Args: epoch_seconds: what an epoch may take."""
        del splits, epoch_seconds
        return cls.Config()

    def cost(self, splits: Splits) -> Cost | None:
        """What an epoch takes, judged by a sample; None where that is not known. Afterwards it is unbound."""
        del splits
        return None

    def fit(self, splits: Splits, *, progress: Progress, checkpoint: Path | None = None) -> FitReport:
        """Learn from `splits.known`, choosing on `splits.valid`; afterwards answers over `splits.known`.

        Args:
            splits: The divided graph; a model with parameters for each entity keeps its entities.
            progress: Told of each step.
            checkpoint: A folder; training goes on from what lies there and leaves its state there.
        """
        if self.per_entity:
            self.entities = tuple(splits.vocabulary.entities)
        self.bind(splits.known)
        report = self._fit(splits, progress, checkpoint)
        self.bind(splits.known)
        return report

    def bind(self, known: TripleSet) -> None:
        """Bind the model to the graph that answers: these facts. Its entities may be others than learned of.

        Raises:
            RunError: its relations are not `self.relations`, in this order.
        """
        vocabulary = known.vocabulary
        if vocabulary.relations != self.relations:
            others = sorted(set(vocabulary.relations) ^ set(self.relations))
            raise RunError(
                f"a graph with the relations {vocabulary.relations!r} cannot answer for a model of "
                f"{self.relations!r}; the two differ in {others or 'their order'!r}"
            )
        if self.per_entity:
            own = {name: i for i, name in enumerate(self.entities)}
            self.own_ids = np.array([own.get(name, -1) for name in vocabulary.entities], dtype=np.int64)
        else:
            self.own_ids = np.arange(known.num_entities)
        self._bind(known)

    @property
    def knows(self) -> Mask:
        """(E,) which entities of the bound graph the model has an opinion of; all, where it is inductive."""
        known: Mask = self.own_ids >= 0
        return known

    @abstractmethod
    def _fit(self, splits: Splits, progress: Progress, checkpoint: Path | None) -> FitReport:
        """Learn, see `fit`; already bound to `splits.known`, and bound to it again afterwards."""

    @abstractmethod
    def _bind(self, known: TripleSet) -> None:
        """Take in the graph that answers; its relations are the model's, and `own_ids` says who is who."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """The learned parameters by name."""

    @abstractmethod
    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take back what `tensors` gave; `entities` are there already."""

    def save(self, folder: Path) -> None:
        """Write what `load` needs into an existing folder."""
        entities = self.entities if self.per_entity else None
        Artefacts(self.config.model_dump(), self.relations, self.seed, self.tensors(), entities).write(folder)

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu") -> Self:
        """Read what `save` wrote. Raises: RunError if the folder does not hold a whole model."""
        found = Artefacts.read(folder, per_entity=cls.per_entity, device=device)
        try:
            config = cls.Config.model_validate(found.config)
        except ValidationError as error:
            raise RunError(
                f"the run's model in {str(folder)!r} has settings that this version does not know "
                f"({error.errors()[0]['loc']}: {error.errors()[0]['msg']}). Train it again"
            ) from error
        model = cls(config, found.relations, seed=found.seed, device=device)
        model.entities = found.entities or ()
        try:
            model.restore(dict(found.tensors))
        except RuntimeError as error:  # torch's, of tensors that do not fit the model
            raise unreadable(folder, error) from error
        return model


@runtime_checkable
class TailScorer(Protocol):
    """Scores every entity as the answer of a query."""

    def score_tails(self, heads: Ints, relations: Ints) -> Floats32:
        """Scores of (head, relation, ?), higher is likelier.

        Args:
            heads: (B,) entity ids.
            relations: (B,) ids in [0, 2m).

        Returns:
            (B, E), finite; a row does not depend on its batch.
        """
        ...


@runtime_checkable
class PairScorer(Protocol):
    """Scores the types that may hold between two entities."""

    @property
    def types(self) -> Ints:
        """(T,) the relations told apart, sorted."""
        ...

    def score_relations(self, heads: Ints, tails: Ints) -> Floats32:
        """(B, T) finite scores of (head, ?, tail) for (B,) heads and (B,) tails; higher is likelier."""
        ...


@runtime_checkable
class LinkScorer(PairScorer, Protocol):
    """Says what speaks for a pair interacting at all; see `trainers.interacting`."""

    @property
    def goes_by(self) -> Mask:
        """(E,) of whom it has something to go by: known pairs, or what else it looks at."""
        ...

    def link_features(self, heads: Ints, tails: Ints, without: Sequence[int] = ()) -> Floats:
        """(B, F) finite, the same whichever way round; more of any of them never speaks against a pair.

        Args:
            heads, tails: (B,) pairs.
            without: Rows of the answering graph's triples that are not there.
        """
        ...


@dataclass(frozen=True, slots=True)
class RowCase:
    """A known fact that speaks for an answer: a row of the answering graph's triples, with its weight."""

    fact: int
    weight: float


@runtime_checkable
class CaseExplainer(PairScorer, Protocol):
    """Names the known facts that speak for a type."""

    def cases(self, facts: Ints, most: int, removed: Sequence[Sequence[int]] = ()) -> list[list[RowCase]]:
        """Known facts that speak for each of some others, weightiest first.

        Args:
            facts: (B, 3) pairs with their types.
            most: How many for each at most.
            removed: For each, rows of the answering graph's triples not there; none at all for nothing.
        """
        ...

    def score_pairs_without(self, ends: Ints, removed: Sequence[Sequence[int]]) -> Floats:
        """(B, T) scores of (B, 2) pairs, each with rows of the answering graph's triples not there."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Has a vector for every entity it was trained on."""

    def embed(self) -> Floats32:
        """(N, D) vectors in the order of the model's `entities`; complex parts interleaved."""
        ...


@runtime_checkable
class RelationEmbedder(Embedder, Protocol):
    """Has vectors for relations too."""

    def embed_relations(self) -> Floats32:
        """(2m, D') vectors in the order of the model's `relations`, then of their inverses."""
        ...


@runtime_checkable
class Croppable(Embedder, Protocol):
    """Its vectors can be cut to their first coordinates, and are then those of a smaller model."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers of coordinates it was trained to be cut to, ascending; the last is the whole."""
        ...

    @property
    def own_ids(self) -> Ints:
        """See `Trainer`."""
        ...

    def cropped(self, width: int) -> Trainer:
        """The smaller model, bound as this one is. Args: width: One of `widths`."""
        ...

    def scores_at(self, widths: Sequence[int], heads: Ints, relations: Ints) -> Floats32:
        """(B, N, n) scores of all its `entities` at each of some widths, ascending.

        Args:
            widths: Of `widths`.
            heads: (B,) places in `entities`.
            relations: (B,) in [0, 2m).
        """
        ...


@dataclass(frozen=True, slots=True)
class RowPath:
    """A path as rows of the answering graph's triples, in order from the head, with its weight in [0, 1].

    `support`, `pairs` and `heads` say how often its rule holds, as in `RuleCount`; None: not counted.
    """

    facts: tuple[int, ...]
    weight: float
    support: int | None = None
    pairs: int | None = None
    heads: int | None = None


@runtime_checkable
class PairPathExplainer(PairScorer, Protocol):
    """Names the walks between the two ends that speak for a type."""

    def pair_paths(
        self, facts: Ints, most: int, removed: Sequence[Sequence[int]] = ()
    ) -> list[list[RowPath]]:
        """Paths from head to tail that speak for each of (B, 3) facts, weightiest first.

        Of two facts between the same entities the one that implies the other is named. Args: See
        `CaseExplainer.cases`.
        """
        ...


@runtime_checkable
class Explainer(TailScorer, Protocol):
    """Reads the evidence for an answer off its own attentions."""

    def best_paths(
        self,
        heads: Ints,
        relations: Ints,
        answers: Sequence[Sequence[int]],
        paths: int,
        removed: Sequence[Sequence[int]] | None = None,
    ) -> list[list[list[RowPath]]]:
        """For each query and each of its answers paths, best first, at most `paths` that meet other entities.

        Paths that meet the same entities in the same order are forms of one, where facts imply another.

        Args:
            heads, relations: (B,) queries, relation in [0, 2m).
            answers: For each query the entities to explain.
            paths: How many for each answer.
            removed: For each query rows of the answering graph's triples it goes without.

        Raises:
            ValueError: `paths` is not positive.
        """
        ...

    def score_without(self, heads: Ints, relations: Ints, removed: Sequence[Sequence[int]]) -> Floats32:
        """`score_tails` with, for each query, these rows of the answering graph's triples switched off."""
        ...

    def neighbourhood(self, heads: Ints, relations: Ints) -> list[Ints]:
        """For each query the rows of the answering graph's triples that its answer is computed from."""
        ...
