"""The constraints and indexes our statements rely on; the same on both servers."""

from __future__ import annotations

from functools import partial

from kgplatform.store.bolt.connection import BoltTransaction, Connection

# An index of entities by graph would go quadratic on ArcadeDB (one value for every entity of a graph):
# entities of a graph are found by the range of their keys instead.
_STATEMENTS = (
    "CREATE CONSTRAINT entity_key IF NOT EXISTS FOR (n:Entity) REQUIRE n.key IS UNIQUE",
    "CREATE CONSTRAINT graph_name IF NOT EXISTS FOR (n:Graph) REQUIRE n.name IS UNIQUE",
    "CREATE CONSTRAINT run_id IF NOT EXISTS FOR (n:Run) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT promotion_id IF NOT EXISTS FOR (n:Promotion) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT relation_key IF NOT EXISTS FOR (n:RelationType) REQUIRE n.key IS UNIQUE",
    "CREATE INDEX entity_name IF NOT EXISTS FOR (n:Entity) ON (n.name)",
)


def prepare(connection: Connection) -> None:
    """Create what is missing; does nothing where all exist."""
    for statement in _STATEMENTS:
        connection.retrying(partial(_run, statement))
    if connection.server().product == "Neo4j":
        connection.read("CALL db.awaitIndexes(60)")


def _run(statement: str, transaction: BoltTransaction) -> None:
    transaction.run(statement)
