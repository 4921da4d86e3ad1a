"""From an address to a store ready for use, and to the runs that belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgplatform.settings import Settings
from kgplatform.store import open_store
from kgplatform.store.protocol import GraphStore, QueryResult

if TYPE_CHECKING:
    from kgplatform.runs.registry import RunRegistry

__all__ = ["GraphStore", "QueryResult", "connect", "registry_of"]


def connect(url: str | None = None, *, prepare: bool = True) -> GraphStore:
    """The store at an address, its constraints and indexes in place.

    Args:
        url: `local:FOLDER`, `neo4j://…`, `neo4j-local:FOLDER`; None: that of KGP_STORE, or `local:`.
        prepare: See `GraphStore.prepare`; who only reads goes without.

    Raises:
        UnknownName: no store has that scheme.
        StoreUnreachable: nobody answers there; StoreDenied: the password is wrong.
    """
    settings = Settings.from_environment()
    store = open_store(url or settings.store, settings)
    if prepare:
        store.prepare()
    return store


def registry_of(store: GraphStore) -> RunRegistry:
    """Where the runs of a store are kept: a folder of KGP_RUNS or of the data folder, for each address."""
    from kgplatform.runs.registry import RunRegistry

    return RunRegistry(Settings.from_environment().folder_of(store.url, "runs"))
