"""MED: one table of vectors whose prefixes are models of their own, all learned at once."""

from __future__ import annotations

import statistics
from typing import Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.crops import rank_at
from trainers.embedding.model import EmbeddingModel
from trainers.embedding.nesting import Nested, NestedConfig, Weights, spread
from trainers.embedding.objective import Objective
from trainers.embedding.scores import Score
from trainers.embedding.tables import Tables
from trainers.registry import load_model
from trainers.trainer import Reference
from trainers.training.validation import Validation

VALIDATED = 5
"""Widths that an epoch is chosen by, at most."""

Base = Literal["transe", "rotate", "simple", "pair_re", "distmult", "complex"]


class MEDConfig(NestedConfig):
    """Settings of MED; what is not said is as in its base."""

    base: Base = Field(default="rotate", description="the model that each crop is")
    norm: Literal[1, 2] = Field(default=1, description="p of the distance, of transe")

    @model_validator(mode="wrap")
    @classmethod
    def _of_the_base(cls, given: Any, made: ModelWrapValidatorHandler[Self]) -> Self:
        """Defaults of the base, and d, which is the last of the widths; they do not count as given."""
        if not isinstance(given, dict):
            return made(given)
        defaults = _base(given.get("base", "rotate")).Config().model_dump()
        widths = given.get("widths", cls.model_fields["widths"].default)
        if isinstance(widths, (list, tuple)) and widths:
            defaults["dim"] = widths[-1]
        found = made({name: value for name, value in defaults.items() if name in cls.model_fields} | given)
        found.model_fields_set.intersection_update(given)
        return found

    @model_validator(mode="after")
    def _widths_ascend(self) -> Self:
        if list(self.widths) != sorted(set(self.widths)) or self.widths[0] < 1:
            raise ValueError(f"widths {self.widths}; wanted ascending numbers from 1, each once")
        if self.dim != self.widths[-1]:
            raise ValueError(f"dim {self.dim}; wanted {self.widths[-1]}, the last of the widths, or none")
        if self.evolutionary != "off" and self.loss not in ("self_adversarial", "cross_entropy"):
            raise ValueError(f"evolutionary with loss {self.loss}; wanted self_adversarial or cross_entropy")
        return self


class MED(EmbeddingModel):
    """Any of the embedding models, croppable: the first coordinates of every vector are a smaller model.

    Default: the losses of calibrated crops together, and a little mutual learning.
    """

    Config = MEDConfig
    reference = Reference(
        title="Croppable Knowledge Graph Embedding",
        venue="ACL",
        year=2025,
        url="https://arxiv.org/abs/2407.02779",
    )

    @property
    def nested(self) -> MEDConfig:
        """Its settings."""
        assert isinstance(self.settings, MEDConfig)
        return self.settings

    @classmethod
    def scored(cls, settings: EmbeddingConfig) -> Score:
        """See `EmbeddingModel.scored`."""
        assert isinstance(settings, MEDConfig)
        return _base(settings.base).scored(_settings_of(settings, settings.dim))

    @property
    def widths(self) -> tuple[int, ...]:
        """See `Croppable.widths`."""
        return self.nested.widths

    @property
    def objective(self) -> Objective:
        """See `EmbeddingModel.objective`."""
        weights = self.network.get_submodule("weights")
        assert isinstance(weights, Weights)
        return Nested(self.nested, self.score.kind, weights.value)

    def chosen_by(self, validation: Validation) -> float | None:
        """The mean over some widths of the filtered, realistic MRR; None without facts to validate on."""
        if not len(validation.targets):
            return None
        ranks = rank_at(self, spread(self.widths, VALIDATED), validation.targets, validation.true)
        return statistics.fmean(at.metrics()["mrr"] for at in ranks.values())

    def _initial(self) -> Tables:
        network = super()._initial()
        network.add_module("weights", Weights().to(self.device))
        return network

    def cropped(self, width: int) -> EmbeddingModel:
        """The base model of the first coordinates alone. Args: width: One of `widths`."""
        kind = _base(self.nested.base)
        other = kind(_settings_of(self.nested, width), self.relations, seed=self.seed, device=self.device)
        return self.given_to(other, width)


def _base(name: str) -> type[EmbeddingModel]:
    kind = load_model(name)
    assert issubclass(kind, EmbeddingModel)
    return kind


def _settings_of(settings: MEDConfig, width: int) -> EmbeddingConfig:
    """Those of the base at a width."""
    config = _base(settings.base).Config
    said = {name: value for name, value in settings.model_dump().items() if name in config.model_fields}
    found = config.model_validate(said | {"dim": width})
    assert isinstance(found, EmbeddingConfig)
    return found
