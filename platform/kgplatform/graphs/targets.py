"""A graph's target: what is held out, learned, promoted and predicted where nobody says which relation."""

from __future__ import annotations

from graph_schema.errors import UnknownName
from graph_schema.schema import GraphSchema
from graph_schema.tables import GraphData


def with_target(
    schema: GraphSchema, data: GraphData, wanted: str | None, stored: str | None
) -> tuple[GraphSchema, bool]:
    """The schema with a target of the graph's own, and whether it has one.

    Args:
        schema: Of the domain.
        data: What is imported.
        wanted: The target asked for; a relation or a type, in any case.
        stored: That of the graph as it stands, which it keeps; None where it has none.

    Raises:
        UnknownName: no fact is of the target asked for.
    """
    if wanted is None:
        own = stored if stored != schema.target else None
        if own is None or not (schema.open or schema.relation_type(own)):
            return schema, False
        return schema.model_copy(update={"target": own}), True
    relations, types = (data.relations[c].to_pylist() for c in ("name", "type"))
    known = types if not schema.open else relations
    found = [name for name in known if name == wanted] or [
        name for name in known if name.casefold() == wanted.casefold()
    ]
    if not found:
        raise UnknownName("relation", wanted, sorted(set(known)), hint="--target takes one that has facts")
    return schema.model_copy(update={"target": found[0]}), True
