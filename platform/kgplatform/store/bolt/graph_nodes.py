"""The `(:Graph)` nodes: one for each graph, with what is known of it."""

from __future__ import annotations

from typing import Any

from kgplatform.store.bolt.connection import Connection


def graph_node(connection: Connection, graph: str) -> dict[str, Any] | None:
    """Properties of the `(:Graph)` node, or None where nothing was ever imported under that name."""
    rows = connection.read(
        "MATCH (g:Graph {name: $graph}) WHERE g.version IS NOT NULL RETURN properties(g) AS p",
        {"graph": graph},
    )
    return rows[0]["p"] if rows else None


def graph_nodes(connection: Connection) -> list[dict[str, Any]]:
    """See `GraphStore.graphs`."""
    rows = connection.read(
        "MATCH (g:Graph) WHERE g.version IS NOT NULL RETURN properties(g) AS p ORDER BY g.name"
    )
    return [row["p"] for row in rows]
