"""A server of your own that speaks Bolt: Neo4j, or an ArcadeDB that runs elsewhere."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit, urlunsplit

from graph_schema.errors import UsageError
from kgplatform.settings import Settings
from kgplatform.store.bolt.connection import Connection
from kgplatform.store.bolt.store import BoltStore
from kgplatform.store.protocol import GraphStore

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
EXAMPLE = "neo4j://localhost:7687"

_DEFAULT_DATABASE = "neo4j"


def open_store(url: str, settings: Settings) -> GraphStore:
    """A store at that address; user and password come from the settings, the database from `?database=`.

    Raises:
        UsageError: the address has no host, a password in it, or an unknown option.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise UsageError(f"{url!r} names no host; wanted an address like {EXAMPLE}")
    if parts.username or parts.password:
        raise UsageError(
            "a user or password in the address would show in logs: use KGP_STORE_USER and KGP_STORE_PASSWORD"
        )
    options = parse_qs(parts.query)
    unknown = sorted(set(options) - {"database"})
    if unknown:
        raise UsageError(f"{url!r} has an option {unknown[0]!r}; the only one is database")
    address = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    password = settings.store_password
    return BoltStore(
        url,
        Connection(
            address,
            None if password is None else settings.store_user,
            None if password is None else password.get_secret_value(),
            options.get("database", [_DEFAULT_DATABASE])[-1],
            patience=settings.store_wait,
        ),
    )
