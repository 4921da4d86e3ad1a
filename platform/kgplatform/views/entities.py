"""Views of entities: names, properties, neighbours by relation."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from graph_schema.errors import UnknownName
from graph_schema.reserved import own_label
from kgplatform.store.protocol import GraphStore, Row
from kgplatform.views.graphs import relations


def entities(store: GraphStore, graph: str, ids: list[str]) -> dict[str, Row]:
    """Name and type of entities, by id."""
    keys = [f"{graph}/{i}" for i in ids]
    rows = store.read(
        "UNWIND $keys AS key MATCH (n:Entity {key: key}) "
        "RETURN n.id AS id, n.name AS name, labels(n) AS labels ORDER BY n.key",
        {"keys": keys},
    )
    return {row["id"]: {"name": row["name"], "type": own_label(row["labels"])} for row in rows}


def entity(store: GraphStore, graph: str, id_: str) -> Row:
    """Id, name, type, aliases and further properties of one entity. Raises: UnknownName."""
    rows = store.read(
        "MATCH (n:Entity {key: $key}) OPTIONAL MATCH (g:Graph {name: $graph}) "
        "RETURN properties(n) AS properties, labels(n) AS labels, properties(g) AS about",
        {"key": f"{graph}/{id_}", "graph": graph},
    )
    if not rows:
        raise UnknownName("entity", id_, None, hint=f"look for it in graph {graph!r} with Search")
    properties = _standing(rows[0]["properties"], rows[0]["about"] or {})
    known = {name: properties.pop(name, None) for name in ("id", "name", "aliases")}
    for name in ("key", "graph"):
        properties.pop(name, None)
    return {
        "id": known["id"],
        "name": known["name"] or known["id"],
        "type": own_label(rows[0]["labels"]),
        "aliases": known["aliases"] or [],
        "properties": dict(sorted(properties.items())),
    }


def _standing(properties: Row, about: Row) -> Row:
    """Properties by the names that people know, those that stand; see `runs.placing`."""
    carried = set(about.get("carried") or ())
    found = {name: value for name, value in properties.items() if name not in carried}
    for pointer, stored_as in about.items():
        product, _, name = pointer.partition("_")
        if product in ("vectors", "values") and stored_as in carried and stored_as in properties:
            found[name] = properties[stored_as]
    return found


def neighbour_counts(
    store: GraphStore, graph: str, id_: str, *, symmetric: Sequence[str] | None = None, most: int = 12
) -> list[Row]:
    """Numbers of facts of an entity by relation and direction, most first, and some entities they lead to.

    The direction is "out" where the entity is the head, "in" where it is the tail, and "both" of a symmetric
    relation, which has none.

    Args:
        store: Where the graph is.
        graph: Its name.
        id_: The entity.
        symmetric: Names of the relations that are, where they are known; None looks them up.
        most: Entities in `first` of each, by name, as id, name and type.
    """
    if symmetric is None:
        symmetric = [r["relation"] for r in relations(store, graph) if r["symmetric"]]
    out: dict[tuple[str, str], Row] = {}
    for direction, pattern in _DIRECTIONS:
        rows = store.read(
            f"MATCH (n:Entity {{key: $key}}){pattern}(m) WHERE type(r) <> 'PREDICTED' "
            "WITH r.relation AS relation, m.id AS id, coalesce(m.name, m.id) AS name, labels(m) AS labels, "
            "m.key AS key ORDER BY relation, name, key RETURN relation, count(id) AS facts, "
            "collect(id)[..$most] AS ids, collect(name)[..$most] AS names, "
            "collect(labels)[..$most] AS labels ORDER BY relation",
            {"key": f"{graph}/{id_}", "most": most},
        )
        for row in rows:
            side = "both" if row["relation"] in symmetric else direction
            group = out.setdefault(
                (row["relation"], side),
                {"relation": row["relation"], "direction": side, "facts": 0, "first": []},
            )
            group["facts"] += row["facts"]
            group["first"] += [
                {"id": i, "name": name, "type": own_label(labels)}
                for i, name, labels in zip(row["ids"], row["names"], row["labels"], strict=True)
            ]
    for group in out.values():
        group["first"] = sorted(group["first"], key=itemgetter("name", "id"))[:most]
    return sorted(out.values(), key=lambda row: (-row["facts"], row["relation"] or "", row["direction"]))


def neighbours(
    store: GraphStore, graph: str, id_: str, *, relation: str, direction: str, limit: int = 200
) -> list[Row]:
    """Entities an entity shares facts of a relation with, by name, with each fact's sources and split.

    Args:
        store: Where the graph is.
        graph: Its name.
        id_: The entity.
        relation: Name of the relation.
        direction: "out" where the entity is the head, "in" where it is the tail, "both" for either.
        limit: Rows at most.
    """
    rows: list[Row] = []
    for side, pattern in _DIRECTIONS:
        if direction in (side, "both"):
            rows += store.read(
                f"MATCH (n:Entity {{key: $key}}){pattern}(m) "
                "WHERE type(r) <> 'PREDICTED' AND r.relation = $relation "
                "RETURN m.id AS id, coalesce(m.name, m.id) AS name, labels(m) AS labels, "
                "r.sources AS sources, r.split AS split ORDER BY name, m.key LIMIT $limit",
                {"key": f"{graph}/{id_}", "relation": relation, "limit": limit},
            )
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "type": own_label(row["labels"]),
            "sources": row["sources"] or [],
            "split": row["split"],
        }
        for row in sorted(rows, key=itemgetter("name", "id"))[:limit]
    ]


def facts_between(store: GraphStore, graph: str, pairs: list[tuple[str, str]]) -> list[Row]:
    """Facts between pairs of entities, head to tail: relation, sources, split; ordered. Args: pairs: ids."""
    return store.read(
        "UNWIND $pairs AS pair MATCH (h:Entity {key: pair[0]}) MATCH (h)-[r]->(t:Entity {key: pair[1]}) "
        "WHERE type(r) <> 'PREDICTED' "
        "RETURN h.id AS head, r.relation AS relation, t.id AS tail, r.sources AS sources, r.split AS split "
        "ORDER BY h.key, relation, t.key",
        {"pairs": sorted({(f"{graph}/{h}", f"{graph}/{t}") for h, t in pairs})},
    )


def names(store: GraphStore, graph: str) -> Row:
    """All entities of a graph as columns: `id`, `name`, `type`, `aliases`; ordered by key."""
    out: Row = {"id": [], "name": [], "type": [], "aliases": []}
    ends = {"after": f"{graph}/", "end": f"{graph}0"}  # "0" follows "/"
    (all_,) = store.read(
        "MATCH (n:Entity) WHERE n.key > $after AND n.key < $end RETURN collect(n.key) AS keys", ends
    )
    keys = sorted(all_["keys"])
    for start in range(0, len(keys), _PAGE):
        rows = store.read(
            "MATCH (n:Entity) WHERE n.key >= $first AND n.key <= $last "
            "WITH labels(n) AS labels, collect(n.key) AS key, collect(n.id) AS id, "
            "collect(coalesce(n.name, n.id)) AS name, collect(coalesce(n.aliases, [])) AS aliases "
            "RETURN labels, key, id, name, aliases",
            {"first": keys[start], "last": keys[min(start + _PAGE, len(keys)) - 1]},
        )
        found = [
            (key, id_, name, own_label(row["labels"]), aliases)
            for row in rows
            for key, id_, name, aliases in zip(
                row["key"], row["id"], row["name"], row["aliases"], strict=True
            )
        ]
        for _, *values in sorted(found, key=itemgetter(0)):
            for column, value in zip(("id", "name", "type", "aliases"), values, strict=True):
                out[column].append(value)
    return out


_PAGE = 20_000
# The other end has no label: ArcadeDB would begin at all entities and follow "in" from each.
_DIRECTIONS = (("out", "-[r]->"), ("in", "<-[r]-"))
