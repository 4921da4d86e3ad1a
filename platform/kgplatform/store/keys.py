"""Keys of entities, `<graph>/<id>`, of which there is an index: how a graph's entities are found."""

from __future__ import annotations

OF_GRAPH = "{0}.key >= $first AND {0}.key < $after"
"""A condition on a node of that name, for `of_graph`; no graph has a slash in its name."""


def of_graph(graph: str) -> dict[str, str]:
    """The range in which the keys of a graph's entities lie, as parameters of `OF_GRAPH`."""
    return {"first": f"{graph}/", "after": f"{graph}0"}
