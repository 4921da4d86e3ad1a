"""Stores on servers of this machine that are ours to start, each with its data in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kgplatform.servers import launching
from kgplatform.servers.leases import give_lease_back, take_lease
from kgplatform.servers.state import ServerState
from kgplatform.settings import Settings
from kgplatform.store.bolt.connection import Connection
from kgplatform.store.bolt.store import BoltStore
from kgplatform.store.protocol import GraphStore


@dataclass(frozen=True)
class LocalStores:
    """What a backend offers, for one kind of server.

    Attributes:
        kind: A name known to `server_kind`.
        default: Folder below the data folder, for addresses that name none.
    """

    kind: str
    default: str

    def open_store(self, url: str, settings: Settings) -> GraphStore:
        """A store on the server in that folder, started if it does not run. Raises: StoreError."""
        folder = self._folder(url, settings)
        take_lease(folder)
        try:
            state = launching.start(self.kind, folder, settings)
            home = launching.LocalServer(self.kind, folder, settings)
            connection = Connection(
                state.address, state.user, state.password, state.database, home, settings.store_wait
            )
        except BaseException:
            give_lease_back(folder)
            raise
        return BoltStore(url, connection, partial(give_lease_back, folder))

    def up(self, url: str, settings: Settings) -> ServerState:
        """Start the server unless it runs. Raises: StoreError."""
        return launching.start(self.kind, self._folder(url, settings), settings)

    def down(self, url: str, settings: Settings) -> bool:
        """Stop the server; whether one ran. Raises: StoreError."""
        return launching.stop(self._folder(url, settings))

    def server_state(self, url: str, settings: Settings) -> ServerState | None:
        """State of the running server, or None."""
        return launching.running(self._folder(url, settings))

    def _folder(self, url: str, settings: Settings) -> Path:
        return launching.folder_of(url, settings.data / self.default)
