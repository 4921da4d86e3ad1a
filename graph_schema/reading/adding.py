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
    builder.add(
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
    for ids, about, end in zip((found.heads, found.tails), found.about, (0, 1), strict=True):
        if ends is None or (about.names is None and about.kinds is None):
            continue
        named = about.names or [""] * len(ids)
        kinds = about.kinds or [""] * len(ids)
        for line, id_, name, kind in zip(found.lines, ids, named, kinds, strict=True):
            type_ = kind if builder.schema.node_type(kind) is not None else ends[end]
            properties = {"category": kind} if kind and kind != type_ else {}
            builder.node(
                id_, type_, name or id_, file=file.path, line=line, properties=properties, keep_name=True
            )
