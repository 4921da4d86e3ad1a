"""Facts that a table holds, into a graph, with what the table says of their ends."""

from __future__ import annotations

from graph_schema.reading.builder import GraphBuilder
from graph_schema.reading.triples import Triples


def add_triples(builder: GraphBuilder, found: Triples, ends: tuple[str, str] | None) -> None:
    """Add the facts of a table, and the names and kinds that it gives their ends.

    Args:
        builder: Takes them.
        found: The facts.
        ends: Node types of heads and tails that nobody declares; None: they must be declared.
    """
    file = found.file
    for ids, about in zip((found.heads, found.tails), found.about, strict=True):
        for id_, kind in zip(ids, about.kinds or (), strict=False):
            if builder.schema.node_type(kind) is not None:
                builder.imply(id_, kind)
    taken = builder.add(
        file.path,
        found.lines,
        found.heads,
        found.relations,
        found.tails,
        split=file.split,
        split_each=found.splits,
        sources_each=found.sources,
        ends=ends,
        properties=found.properties,
    )
    for ids, about in zip((found.heads, found.tails), found.about, strict=True):
        if about.names is None and about.kinds is None:
            continue
        for i in taken:
            kind = about.kinds[i] if about.kinds else ""
            category = kind if builder.schema.node_type(kind) is None else ""
            builder.mention(ids[i], about.names[i] if about.names else "", category)
