"""Relationship types that both servers can hold beside the node types of every graph.

ArcadeDB keeps labels and relationship types in one name space for all graphs, and gives some characters
meanings of its own. A relation's name stays what the file says; in an open domain its type in the database is
changed where it must be: `~`, `*` and `,` become `_`, what is longer than 199 bytes is cut, and a `_` follows
a name that some node type has.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions at import time)

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.domains import available_domains, load_domain
from graph_schema.errors import InputError
from graph_schema.reserved import RESERVED_LABELS, RESERVED_RELATIONS
from graph_schema.schema import GraphSchema
from graph_schema.tables import GraphData
from kgplatform.store.protocol import GraphStore, Row

_CHANGED = str.maketrans("~*,", "___")
_BYTES = 199
_NAMES = """
CALL db.labels() YIELD label RETURN 'label' AS what, label AS name, {} AS about
UNION ALL
CALL db.relationshipTypes() YIELD relationshipType
RETURN 'type' AS what, relationshipType AS name, {} AS about
UNION ALL
MATCH (g:Graph) WHERE g.version IS NOT NULL
RETURN 'graph' AS what, g.name AS name,
    {domain: g.domain, scope: g.first_scope, target: g.target} AS about
UNION ALL
MATCH (r:RelationType)
RETURN 'relation' AS what, r.name AS name, {graph: r.graph, type: r.type, description: r.description} AS about
"""


@dataclass(frozen=True, slots=True)
class StoreNames:
    """Names that a store has already.

    Attributes:
        labels, types: Of nodes and relationships, whatever became of their graphs.
        relations: Rows of name, graph, type and description.
        domains, scopes, targets: Domain, first scope (None: no file with local ids) and target of each graph.
    """

    labels: set[str]
    types: set[str]
    relations: list[Row]
    domains: dict[str, str]
    scopes: dict[str, str | None]
    targets: dict[str, str | None]

    @classmethod
    def of(cls, store: GraphStore) -> StoreNames:
        """All of them, asked at once."""
        rows = store.read(_NAMES)
        labels, types = ({row["name"] for row in rows if row["what"] == what} for what in ("label", "type"))
        graphs = {row["name"]: row["about"] for row in rows if row["what"] == "graph"}
        return cls(
            labels,
            types,
            [{"name": row["name"], **row["about"]} for row in rows if row["what"] == "relation"],
            {name: about["domain"] for name, about in graphs.items()},
            {name: about["scope"] for name, about in graphs.items()},
            {name: about["target"] for name, about in graphs.items()},
        )


def storable_type(name: str, taken: Collection[str]) -> str:
    """The relationship type for a relation of that name. Args: taken: node types and reserved names."""
    kind = name.translate(_CHANGED).encode()[:_BYTES].decode("utf-8", "ignore")
    while kind in taken:
        kind = f"{kind[: _BYTES - 1]}_"
    return kind


def with_storable_types(
    stored: StoreNames, graph: str, schema: GraphSchema, data: GraphData
) -> tuple[GraphData, list[str]]:
    """The same graph with types that can stand beside all others in the store, and what was changed.

    Raises:
        InputError: a node type is called as a relation of another graph is, or a relation of a closed
            domain as a node type.
    """
    _check_node_types(data, stored.relations, stored.types)
    taken = set(stored.labels)
    if any(
        kind[:1].isupper() for kind in data.relations["type"].to_pylist()
    ):  # as all shipped node types are
        taken |= {kind.name for domain in available_domains() for kind in load_domain(domain).node_types}
    taken |= {kind.name for kind in schema.node_types} | RESERVED_LABELS | RESERVED_RELATIONS
    names, kinds = (data.relations[column].to_pylist() for column in ("name", "type"))
    if not schema.open:
        _check_closed(kinds, taken)
        return data, []
    before = {row["name"]: row["type"] for row in stored.relations if row["graph"] == graph}
    own = dict(zip(names, kinds, strict=True))
    types = {name: before.get(name) or storable_type(kind, taken) for name, kind in own.items()}
    changed = [name for name, kind in own.items() if types[name] != kind]
    if not changed:
        return data, []
    notes = [
        f"relations whose type in Cypher is not their name: {len(changed)}, such as {changed[0]!r}, of type "
        f"{types[changed[0]]!r}"
    ]
    facts, relations = _typed(data.facts, "relation", types), _typed(data.relations, "name", types)
    return GraphData(data.nodes, facts, relations), notes


def _typed(table: pa.Table, column: str, types: dict[str, str]) -> pa.Table:
    names = pa.array(types, pa.string())
    values = pa.array(types.values(), pa.string())
    kinds = values.take(pc.index_in(table[column].combine_chunks(), value_set=names))
    return table.set_column(table.column_names.index("type"), "type", kinds)


def _check_node_types(data: GraphData, known: list[Row], used: set[str]) -> None:
    """Refuse a node type that the store has as a relationship type, which ArcadeDB cannot hold."""
    for label in sorted(set(data.nodes["type"].unique().to_pylist()) & used):
        where = next(
            (f" of graph {r['graph']!r}" for r in known if r["type"] == label), " of a dropped graph"
        )
        raise InputError(
            f"the node type {label!r}, which is a relation{where}",
            wanted="node types that are no relations of any graph of the store",
            hint="Drop that graph, or use another store: --store",
        )


def _check_closed(kinds: list[str], taken: Collection[str]) -> None:
    for kind in sorted(set(kinds) & set(taken)):
        raise InputError(
            f"the relation type {kind!r}, which is a node type of a graph or a domain",
            wanted="relation types that are no node types",
            hint="Rename it in the schema",
        )
