"""What a task promises: what is asked of a model, how an answer is judged, and what a promotion asks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from graph_schema.errors import UsageError

if TYPE_CHECKING:
    from graph_schema.arrays import Ints
    from graph_schema.dataset import GraphDataset
    from graph_schema.progress import Progress
    from graph_schema.records import Calibration, Card, Metric, Product, Temperature
    from graph_schema.triples import Splits, TripleSet
    from trainers.answers import Answer, Candidates, Wanted
    from trainers.evidence.rules import RuleCounts
    from trainers.trainer import Trainer

Figures = dict[str, float]


@dataclass(frozen=True)
class Report:
    """How a model did on a split.

    Attributes:
        figures: By name.
        slices: The same of parts of the split, by the part's name; empty where none were asked for.
    """

    figures: Figures
    slices: dict[str, Figures] = field(default_factory=dict)


class Predictor(Protocol):
    """A model bound to a graph, its answers ranked and explained. Relations lie in [0, 2m)."""

    def asked(self, relations: Ints, queries: int) -> tuple[Ints, Ints]:
        """(Q,) heads and (Q,) relations that a promotion asks of (R,) relations, `queries` heads of each."""
        ...

    def predict_tails(
        self, heads: Ints, relations: Ints, wanted: Wanted, progress: Progress | None = None
    ) -> list[Answer]:
        """Answers to (head, relation, ?), of (B,) heads and (B,) relations, likeliest first."""
        ...

    def predict_heads(
        self, tail: int, relations: Ints, wanted: Wanted, progress: Progress | None = None
    ) -> list[Answer]:
        """Answers to (?, relation, tail), of (B,) relations; scored and ranked as (head, relation, tail)."""
        ...

    def judge(self, triple: Ints, deleted: Sequence[int], *, paths: int) -> Answer:
        """One (head, relation, tail) with facts switched off; `seen` where the model cannot do without them.

        Args:
            triple: (3,) ids.
            deleted: Rows of the known triples that the answer goes without.
            paths: Paths or cases of evidence at most; 0 for none.
        """
        ...


class Task(ABC):
    """One kind of learning; a file of `tasks/`, named after the file.

    Attributes:
        baselines: Names of the models that every model must beat.
        slices: What a split can be told apart by.
        figures: Those shown in tables, most telling first.
        capability: The protocol that its models fulfil, and
        does: what that is, in words.
    """

    baselines: ClassVar[tuple[str, ...]]
    slices: ClassVar[tuple[str, ...]]
    figures: ClassVar[tuple[str, ...]]
    capability: ClassVar[type[Any]]
    does: ClassVar[str]

    def check(self, name: str, model: Trainer) -> None:
        """Refuse a model that cannot do this. Raises: UsageError."""
        if not isinstance(model, self.capability):
            raise UsageError(f"model {name!r} does not {self.does}; wanted one whose task is {self.name}")

    @property
    def name(self) -> str:
        """The file's name."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def data(self, dataset: GraphDataset) -> Splits:
        """What a model learns from. Raises: InputError: the dataset holds nothing to learn this from."""

    def asking(self, data: Splits, relations: Sequence[str]) -> Splits:
        """The same data, of which only these relations are learned and judged.

        Raises:
            UsageError: the task learns all at once.
        """
        del data
        raise UsageError(
            f"relations to learn ({', '.join(relations)}); wanted none: {self.name} learns all at once"
        )

    @abstractmethod
    def metric(self, data: Splits) -> Metric:
        """The figure that decides: early stopping, gate and tables go by it."""

    @abstractmethod
    def notes(self, data: Splits) -> Figures:
        """What a run's record says of its data, by name, such as how much was left out."""

    @abstractmethod
    def evaluate(
        self,
        model: Trainer,
        data: Splits,
        split: str,
        *,
        by: str | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """How a model does on "valid" or "test".

        Args:
            model: Bound to `data.known`.
            data: Of this task.
            split: Which.
            by: One of `slices`; None for none.
            progress: Told of the work.
        """

    @abstractmethod
    def calibrate(
        self, model: Trainer, data: Splits, dataset: GraphDataset, *, queries: int, top: int
    ) -> Calibration | Temperature | None:
        """From scores to probabilities, fitted on validation; None where there is none.

        Args:
            model: Bound to `data.known`.
            data: Of this task.
            dataset: Where it comes from.
            queries: Heads that a promotion asks of a relation, and
            top: answers that it keeps of each.
        """

    def card(
        self,
        model: Trainer,
        data: Splits,
        dataset: GraphDataset,
        *,
        queries: int,
        top: int,
        progress: Progress,
    ) -> Card | None:
        """How a model does at each of its widths; None where it has one alone. Args: see `calibrate`."""
        del model, data, dataset, queries, top, progress
        return None

    @abstractmethod
    def predictor(
        self,
        model: Trainer,
        candidates: Candidates,
        rules: RuleCounts,
        calibration: Calibration | Temperature | None,
        seed: int,
    ) -> Predictor:
        """The model as it answers: bound to `candidates.known`, of which `rules` are counted."""

    def products(self, model: Trainer, known: TripleSet) -> Iterator[Product]:
        """What a run hands back beside predictions: here the vectors of a model that has some.

        Texts are asked for when the run ends and are the run's ever after; vectors and values at each
        promotion, of the graph as it stands then.

        Args:
            model: Bound to `known`.
            known: The facts that answer; `known.vocabulary.entities` are the ids.
        """
        import numpy as np

        from graph_schema.records import RelationVectors, Vectors
        from trainers.trainer import Embedder, RelationEmbedder

        if isinstance(model, Embedder):
            met, of_relations = np.flatnonzero(model.knows), None
            ids = tuple(known.vocabulary.entities[i] for i in met.tolist())
            if isinstance(model, RelationEmbedder):
                forth, back = np.split(model.embed_relations(), 2)
                of_relations = RelationVectors(model.relations, forth, back)
            yield Vectors(ids, model.embed()[model.own_ids[met]], of_relations)
