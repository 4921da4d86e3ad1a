"""The kinds of server that can be run on this machine, by name."""

from __future__ import annotations

from graph_schema.errors import UsageError
from kgplatform.servers.server import Server


def server_kind(kind: str) -> Server:
    """The server of that kind. Raises: UsageError."""
    if kind == "arcadedb":
        from kgplatform.servers.arcadedb import ArcadeDB

        return ArcadeDB()
    if kind == "neo4j":
        from kgplatform.servers.neo4j_community import Neo4jCommunity

        return Neo4jCommunity()
    raise UsageError(f"no kind of server {kind!r}; wanted arcadedb or neo4j")
