"""Values as they come off the wire, made plain: numbers, strings, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgplatform.driver import Duration, graph


def plain(value: Any) -> Any:
    """The value without driver types.

    A node becomes its properties and `_labels`; a relationship its properties, `_type`, and the keys of its
    ends as `_start` and `_end` (None where the end came without properties); a path the list of its nodes
    and relationships in turn; dates and times become ISO strings.
    """
    if value is None or isinstance(value, str | int | float | bool | bytes):
        return value
    if isinstance(value, graph.Node):
        return {"_labels": sorted(value.labels), **{k: plain(v) for k, v in value.items()}}
    if isinstance(value, graph.Relationship):
        start, end = value.start_node, value.end_node
        ends = {"_start": start and start.get("key"), "_end": end and end.get("key")}
        return {"_type": value.type, **ends, **{k: plain(v) for k, v in value.items()}}
    if isinstance(value, graph.Path):
        steps: list[Any] = [plain(value.nodes[0])]
        for relationship, node in zip(value.relationships, value.nodes[1:], strict=True):
            steps += [plain(relationship), plain(node)]
        return steps
    if isinstance(value, Duration):
        return value.iso_format()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "iso_format"):
        return value.iso_format()
    return str(value)
