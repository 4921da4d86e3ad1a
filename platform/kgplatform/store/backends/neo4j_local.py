"""A real Neo4j Community in a folder of yours, started when needed; fetched by Maven, run by a JDK."""

from __future__ import annotations

from pathlib import Path

from kgplatform.servers import launching
from kgplatform.servers.state import ServerState
from kgplatform.settings import Settings
from kgplatform.store.protocol import GraphStore

SCHEMES = ("neo4j-local",)
EXAMPLE = "neo4j-local:FOLDER"

_KIND = "neo4j"


def open_store(url: str, settings: Settings) -> GraphStore:
    """A store on the server in that folder, started if it does not run. Raises: StoreError."""
    return launching.open_local(url, _KIND, _folder(url, settings), settings)


def up(url: str, settings: Settings) -> ServerState:
    """Start the server unless it runs. Raises: StoreError."""
    return launching.start(_KIND, _folder(url, settings), settings)


def down(url: str, settings: Settings) -> bool:
    """Stop the server; whether one ran. Raises: StoreError."""
    return launching.stop(_folder(url, settings))


def server_state(url: str, settings: Settings) -> ServerState | None:
    """State of the running server, or None."""
    return launching.running(_folder(url, settings))


def _folder(url: str, settings: Settings) -> Path:
    return launching.folder_of(url, settings.data / "neo4j-store")
