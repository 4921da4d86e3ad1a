"""A real Neo4j Community in a folder of yours, started when needed; fetched by Maven, run by a JDK."""

from __future__ import annotations

from kgplatform.store.local import LocalStores

SCHEMES = ("neo4j-local",)
EXAMPLE = "neo4j-local:FOLDER"

_STORES = LocalStores("neo4j", "neo4j-store")
open_store, up, down, server_state = _STORES.open_store, _STORES.up, _STORES.down, _STORES.server_state
