"""Names that mean something to us in every graph, and so nothing else."""

from __future__ import annotations

from collections.abc import Iterable

RESERVED_LABELS = frozenset({"Entity", "Graph", "Run", "RelationType", "Promotion"})
RESERVED_RELATIONS = frozenset({"PREDICTED"})
RESERVED_PROPERTIES = frozenset(
    {"key", "id", "name", "graph", "type", "aliases", "relation", "sources", "imported_from", "split"}
)

RELATION_PROPERTIES = frozenset({"description", "template", "facts"})
"""What `(:RelationType)` says beside these."""

ENTITY = "Entity"
"""The label that every entity has, besides that of its node type."""


def own_label(labels: Iterable[str]) -> str:
    """The node type among the labels of an entity; `ENTITY` where it has no other."""
    return next((label for label in sorted(labels) if label != ENTITY), ENTITY)
