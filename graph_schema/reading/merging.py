"""What two rows say of one thing, put together so that their order does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph_schema.reading.rows import NodeRow, Value


@dataclass(slots=True)
class Mention:
    """What tables of facts say of an entity beside its id."""

    names: set[str] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)

    def complete(self, node: NodeRow) -> None:
        """Add to a node what it does not say itself."""
        others = tuple(sorted(self.names - {node.name, *node.aliases}))
        node.aliases = (*node.aliases, *others)
        if self.categories:
            node.properties.setdefault("category", min(self.categories))


def said(value: Value) -> bool:
    """Whether a value says anything."""
    return value is not None and value != "" and value != []


def better(one: Mapping[str, Value], other: Mapping[str, Value]) -> tuple[dict[str, Value], int]:
    """The values of both, of two that differ the one that sorts first; and how many differ."""
    both = dict(one)
    differing = 0
    for name, value in other.items():
        if name not in both:
            both[name] = value
        elif both[name] != value:
            differing += 1
            both[name] = min(both[name], value, key=lambda v: (str(type(v)), str(v)))
    return both, differing


def merged(old: NodeRow, new: NodeRow) -> tuple[NodeRow, int]:
    """One declaration out of two of the same type, and how many values differ between them.

    The name is that of the file which came first, in one file the one that sorts first; others are aliases.
    """
    if old.file == new.file and new.name < old.name:
        old, new = new, old
    names = {*old.aliases, new.name, *new.aliases} - {old.name}
    properties, differing = better(old.properties, new.properties)
    if old.file != new.file:
        properties = {**new.properties, **old.properties}
    aliases = old.aliases if names == set(old.aliases) else tuple(sorted(names))
    return NodeRow(old.type, old.name, aliases, properties, old.file, old.line), differing
