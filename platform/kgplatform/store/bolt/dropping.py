"""A graph out of the database, in batches, so that no transaction grows with the graph."""

from __future__ import annotations

import secrets

from graph_schema.errors import UnknownName
from kgplatform.store.bolt.connection import BoltTransaction, Connection
from kgplatform.store.bolt.graph_nodes import graph_node, graph_nodes

_BATCH = 2_000

_ENTITIES = f"""
MATCH (n:Entity) WHERE n.key >= $start AND n.key < $end
WITH n LIMIT {_BATCH} DETACH DELETE n RETURN count(*) AS deleted
"""
_REST = (
    "MATCH (p:Promotion) WHERE p.graph = $graph DETACH DELETE p",
    "MATCH (r:Run) WHERE r.graph = $graph DETACH DELETE r",
    "MATCH (t:RelationType) WHERE t.graph = $graph DETACH DELETE t",
    "MATCH (g:Graph {name: $graph}) DETACH DELETE g",
)


def drop(connection: Connection, graph: str) -> None:
    """See `GraphStore.drop_graph`; the lock is held. Raises: UnknownName: no such graph."""
    if graph_node(connection, graph) is None:
        raise UnknownName("graph", graph, [g["name"] for g in graph_nodes(connection)])
    bounds = {"start": f"{graph}/", "end": f"{graph}0"}

    def batch(transaction: BoltTransaction) -> int:
        about = {"graph": graph, "version": secrets.token_hex(8)}
        transaction.run("MATCH (g:Graph {name: $graph}) SET g.version = $version", about)
        return int(transaction.run(_ENTITIES, bounds)[0]["deleted"])

    def rest(transaction: BoltTransaction) -> None:
        for statement in _REST:
            transaction.run(statement, {"graph": graph})

    while connection.retrying(batch):
        pass
    connection.retrying(rest)
