"""What a trained model leaves in the folder of its run, and how it is read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from torch import Tensor

from graph_schema.errors import RunError

_MODEL, _TENSORS, _ENTITIES = "model.json", "model.safetensors", "entities.json"


@dataclass(frozen=True)
class Artefacts:
    """A trained model, whatever it is.

    Attributes:
        config: Its settings.
        relations: The m names of the relations it was trained on, in id order.
        seed: What it was trained with.
        tensors: Its parameters by name.
        entities: Ids of the entities it was trained on, in the order of its parameters; None where no
            parameter belongs to an entity.
    """

    config: Mapping[str, Any]
    relations: tuple[str, ...]
    seed: int
    tensors: Mapping[str, Tensor]
    entities: tuple[str, ...] | None = None

    def write(self, folder: Path) -> None:
        """Write `model.safetensors`, `model.json` and, with entities, `entities.json` into a folder."""
        from safetensors.torch import save_file

        described = {"config": dict(self.config), "relations": self.relations, "seed": self.seed}
        save_file({k: v.contiguous() for k, v in self.tensors.items()}, folder / _TENSORS)
        if self.entities is not None:
            (folder / _ENTITIES).write_text(json.dumps(self.entities), "utf-8")
        (folder / _MODEL).write_text(json.dumps(described, indent=1), "utf-8")

    @classmethod
    def read(cls, folder: Path, *, per_entity: bool, device: str) -> Self:
        """What `write` wrote.

        Args:
            folder: Of the run.
            per_entity: Whether there must be entities.
            device: A torch device name, for the tensors.

        Raises:
            RunError: the folder does not hold a whole model.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            described = json.loads((folder / _MODEL).read_text("utf-8"))
            tensors = load_file(folder / _TENSORS, device=device)
            entities = tuple(json.loads((folder / _ENTITIES).read_text("utf-8"))) if per_entity else None
        except (FileNotFoundError, UnicodeDecodeError, json.JSONDecodeError, SafetensorError) as error:
            raise unreadable(folder, error) from error
        return cls(described["config"], tuple(described["relations"]), described["seed"], tensors, entities)


def unreadable(folder: Path, error: Exception) -> RunError:
    """What to say of a folder that does not hold a whole model, and what to do about it."""
    return RunError(
        f"the run's model in {str(folder)!r} cannot be read: {error}. Train it again, or "
        "resume it with `kgp train … --resume RUN`"
    )
