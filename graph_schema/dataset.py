"""What a task is given to learn from; a divided graph is one kind."""

from __future__ import annotations

from dataclasses import dataclass

from graph_schema.arrays import Mask
from graph_schema.triples import Splits


@dataclass(frozen=True)
class Dataset:
    """Something to learn from.

    Attributes:
        name: What people call it.
        fingerprint: SHA-256 over every column that a task reads: equal for equal data.
    """

    name: str
    fingerprint: str


@dataclass(frozen=True)
class GraphDataset(Dataset):
    """A graph as it stood at one version, divided for learning.

    Attributes:
        splits: Its facts.
        targets: Relations that are asked for where nobody says which.
        allowed_ends: By relation in [0, 2m): (E,) who may be the answer.
    """

    splits: Splits
    targets: tuple[str, ...]
    allowed_ends: dict[int, Mask]
