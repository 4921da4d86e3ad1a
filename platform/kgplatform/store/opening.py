"""From an address to a store. The files of `backends/` are the registry; each says what schemes it serves."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol, cast

from graph_schema.errors import UnknownName, UsageError
from kgplatform.servers.state import ServerState
from kgplatform.settings import Settings
from kgplatform.store.protocol import GraphStore

_FOLDER = Path(__file__).parent / "backends"


class Backend(Protocol):
    """What a file of `backends/` offers."""

    SCHEMES: tuple[str, ...]
    """Schemes of the addresses it serves, such as ("neo4j", "bolt")."""

    EXAMPLE: str
    """An address, for messages and menus."""

    def open_store(self, url: str, settings: Settings) -> GraphStore:
        """A store at that address, started if it is ours to start."""
        ...


class LocalBackend(Backend, Protocol):
    """A backend that starts its servers itself."""

    def up(self, url: str, settings: Settings) -> ServerState:
        """Start the server unless it runs."""
        ...

    def down(self, url: str, settings: Settings) -> bool:
        """Stop the server; whether one ran."""
        ...

    def server_state(self, url: str, settings: Settings) -> ServerState | None:
        """State of the running server, or None."""
        ...


def available_stores() -> tuple[str, ...]:
    """Names of the backends, sorted."""
    return tuple(sorted(p.stem for p in _FOLDER.glob("*.py") if not p.stem.startswith("_")))


def open_store(url: str, settings: Settings | None = None) -> GraphStore:
    """A store at an address such as `local:demo` or `neo4j://localhost:7687?database=neo4j`.

    Args:
        url: The address; its scheme chooses the backend.
        settings: Where things are; None means the environment's.

    Raises:
        UnknownName: no backend serves that scheme.
        StoreUnreachable: nobody answers there. StoreDenied: user or password is refused.
    """
    chosen = settings or Settings.from_environment()
    store = backend(url).open_store(url, chosen)
    try:
        store.server()
    except BaseException:
        store.close()
        raise
    return store


def up(url: str, settings: Settings | None = None) -> ServerState:
    """Start the local server of an address, unless it runs. Raises: UsageError: not ours to start."""
    return _local(url).up(url, settings or Settings.from_environment())


def down(url: str, settings: Settings | None = None) -> bool:
    """Stop the local server of an address; whether one ran. Raises: UsageError: not ours to stop."""
    return _local(url).down(url, settings or Settings.from_environment())


def server_state(url: str, settings: Settings | None = None) -> ServerState | None:
    """State of the running local server of an address, or None. Raises: UsageError: not a local one."""
    return _local(url).server_state(url, settings or Settings.from_environment())


def backend(url: str) -> Backend:
    """The backend that serves an address. Raises: UnknownName."""
    scheme = url.partition(":")[0]
    examples = []
    for name in available_stores():
        module = cast(Backend, importlib.import_module(f"kgplatform.store.backends.{name}"))
        if scheme in module.SCHEMES:
            return module
        examples.append(module.EXAMPLE)
    raise UnknownName("store", url, examples, hint="set KGP_STORE or --store to an address like these")


def _local(url: str) -> LocalBackend:
    found = backend(url)
    if not hasattr(found, "up"):
        raise UsageError(f"{url!r} is a server of your own: start and stop it where it runs, not with kgp")
    return cast(LocalBackend, found)
