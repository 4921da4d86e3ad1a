"""What a model promises: fit, save, load, a config, a paper; and the capabilities it may have."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol, Self, runtime_checkable

from pydantic import ValidationError
from torch import Tensor

from graph_schema.arrays import Floats, Floats32, Ints
from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.schema import Frozen
from graph_schema.triples import Splits, TripleSet


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
    """

    Config: ClassVar[type[ModelConfig]]
    reference: ClassVar[Reference]
    task: ClassVar[str] = "link_prediction"

    def __init__(
        self, config: ModelConfig, relations: Sequence[str], *, seed: int = 0, device: str = "cpu"
    ) -> None:
        self.config, self.relations, self.seed, self.device = config, tuple(relations), seed, device

    @classmethod
    def default_config(cls, splits: Splits) -> ModelConfig:
        """Sensible settings for a graph of this size."""
        del splits
        return cls.Config()

    @abstractmethod
    def fit(self, splits: Splits, *, progress: Progress, checkpoint: Path | None = None) -> FitReport:
        """Learn from `splits.known`, choosing on `splits.valid`; afterwards answers over `splits.known`.

        Args:
            splits: The divided graph.
            progress: Told of each step.
            checkpoint: A folder; training goes on from what lies there and leaves its state there.
        """

    @abstractmethod
    def bind(self, known: TripleSet) -> None:
        """Bind the model to the graph that answers: these facts. Its relations must be `self.relations`."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """The learned parameters by name."""

    @abstractmethod
    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take back what `tensors` gave."""

    def save(self, folder: Path) -> None:
        """Write `model.safetensors` and `model.json` into an existing folder."""
        from safetensors.torch import save_file

        described = {"config": self.config.model_dump(), "relations": self.relations, "seed": self.seed}
        save_file({k: v.contiguous() for k, v in self.tensors().items()}, folder / "model.safetensors")
        (folder / "model.json").write_text(json.dumps(described, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu") -> Self:
        """Read what `save` wrote. Raises: RunError if the folder does not hold a whole model."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            described = json.loads((folder / "model.json").read_text("utf-8"))
            tensors = load_file(folder / "model.safetensors", device=device)
            config = cls.Config.model_validate(described["config"])
        except ValidationError as error:
            raise RunError(
                f"the run's model in {str(folder)!r} has settings that this version does not know "
                f"({error.errors()[0]['loc']}: {error.errors()[0]['msg']}). Train it again"
            ) from error
        except (FileNotFoundError, json.JSONDecodeError, SafetensorError) as error:
            raise RunError(
                f"the run's model in {str(folder)!r} cannot be read: {error}. Train it again, or "
                "resume it with `kgp train … --resume RUN`"
            ) from error
        model = cls(
            config,
            described["relations"],
            seed=described["seed"],
            device=device,
        )
        model.restore(tensors)
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


@dataclass(frozen=True, slots=True)
class RowCase:
    """A known fact that speaks for an answer: a row of the answering graph's triples, with its weight."""

    fact: int
    weight: float


@runtime_checkable
class CaseExplainer(PairScorer, Protocol):
    """Names the known facts that speak for a type."""

    def cases(
        self, head: int, tail: int, relation: int, most: int, removed: Sequence[int] = ()
    ) -> list[RowCase]:
        """Facts that speak for (head, relation, tail), weightiest first.

        Args:
            head, relation, tail: The pair and its type.
            most: How many at most.
            removed: Rows of the answering graph's triples that are not there.
        """
        ...

    def score_pair_without(self, head: int, tail: int, removed: Sequence[int]) -> Floats:
        """(T,) scores with these rows of the answering graph's triples not there."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Has a vector for every entity."""

    def embed(self) -> Floats32:
        """(E, D) vectors in id order; complex parts interleaved."""
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
