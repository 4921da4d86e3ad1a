"""Every model on a small graph, for the contract tests."""

from __future__ import annotations

from tests.small_graphs import grandparents, silent
from trainers.registry import load_model
from trainers.trainer import Trainer


def untrained(name: str, seed: int, device: str) -> Trainer:
    splits, model = grandparents(), load_model(name)
    values = {"epochs": 3} if "epochs" in model.Config.model_fields else {}
    config = model.Config.model_validate(model.default_config(splits).model_dump() | values)
    return model(config, splits.vocabulary.relations, seed=seed, device=device)


def fit(name: str, seed: int, device: str) -> Trainer:
    trainer = untrained(name, seed, device)
    trainer.fit(grandparents(), progress=silent)
    return trainer


def name_of(trainer: Trainer) -> str:
    return type(trainer).__module__.rpartition(".")[2]
