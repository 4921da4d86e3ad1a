"""What the driver raises, said in the words of our error tree."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph_schema.errors import QueryTimeout, StoreDenied, StoreError, StoreFull, StoreUnreachable
from kgplatform.driver import exceptions

_FULL_WORDS = ("no space left", "not enough space", "disk full", "quota exceeded", "enospc")
_LITTLE_ROOM = 100 * 2**20  # bytes; a server fails long before the last one is used
_WRITE_FAILURES = (
    "Neo.ClientError.Transaction.TransactionNotFound",  # all that ArcadeDB says at a failed commit
    "Neo.DatabaseError.",
)
_TERMINATED_CODES = (
    "Neo.ClientError.Transaction.Terminated",
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.TransientError.Transaction.Terminated",
)


def server_words(error: exceptions.Neo4jError) -> str:
    """What the server said, without the driver's wrapping."""
    return error.message or error.code or str(error)


def is_terminated(error: exceptions.Neo4jError) -> bool:
    """Whether the server ended the statement: at a deadline, or because it was told to."""
    return error.code in _TERMINATED_CODES or "the command has been terminated" in server_words(error)


def translated(
    error: exceptions.Neo4jError | exceptions.DriverError | OSError, address: str, folder: Path | None = None
) -> StoreError:
    """The error of ours that says the same; raise it `from error`.

    Args:
        error: What the driver raised.
        address: Of the server.
        folder: Where a server of this machine keeps its data: neither server says that its disk is full.
    """
    if isinstance(error, exceptions.AuthError) or getattr(error, "code", "") in (
        "Neo.ClientError.Security.AuthenticationRateLimit",
        "Neo.ClientError.Security.CredentialsExpired",
    ):
        return StoreDenied(
            f"{address} refuses this user or password ({_short(error)}). "
            "Set KGP_STORE_USER and KGP_STORE_PASSWORD, and wait a moment if there were many attempts"
        )
    if _is_full(error, folder):
        return StoreFull(
            f"no room left where {address} keeps its data ({_short(error)}); nothing of the last batch was "
            "written. Free space there and run the same command again: what is written is kept"
        )
    if isinstance(error, exceptions.ConfigurationError):
        return StoreUnreachable(f"{address} is no usable address ({_short(error)})")
    if isinstance(error, exceptions.ServiceUnavailable | exceptions.SessionExpired | OSError):
        return StoreUnreachable(
            f"nobody answers at {address} ({_short(error)}). "
            "Start the server, with `kgp up` for a local one, or give another address with --store"
        )
    if isinstance(error, exceptions.Neo4jError) and (error.code or "").endswith(".DatabaseUnavailable"):
        return StoreUnreachable(f"the database at {address} is starting or ending ({_short(error)})")
    if isinstance(error, exceptions.Neo4jError):
        if is_terminated(error):
            return QueryTimeout(f"{address} ended the statement: {server_words(error)}")
        if error.code == "Neo.ClientError.Database.DatabaseNotFound":
            return StoreError(
                f"{address}: {server_words(error)} Name an existing database at the end of the address, "
                "as in neo4j://host:7687?database=neo4j"
            )
        if "needs to be restarted" in server_words(error):
            return StoreError(
                f"{address} has met an error it does not recover from: restart it, with `kgp down` and "
                f"`kgp up` for a local one ({_short(error)})"
            )
        return StoreError(f"{address} could not do it: {server_words(error)} [{error.code}]")
    return StoreError(f"{address}: {_short(error)}")


def check_room(folder: Path | None, address: str) -> None:
    """Refuse to begin a large write that would fail: ArcadeDB stops answering when its disk fills up.

    Args:
        folder: Where a server of this machine keeps its data; None means that of another machine.
        address: Of the server.

    Raises:
        StoreFull: there is little room left.
    """
    if _little_room(folder):
        raise StoreFull(
            f"less than {_LITTLE_ROOM // 2**20} MB left in {folder}, where {address} keeps its data; nothing "
            "more was written. Free space there and run the same command again: what is written is kept"
        )


@contextmanager
def translating(address: str, folder: Path | None = None) -> Iterator[None]:
    """Errors of the driver leave this block as errors of ours."""
    try:
        yield
    except (exceptions.Neo4jError, exceptions.DriverError, OSError) as error:
        raise translated(error, address, folder) from error


def _is_full(error: exceptions.Neo4jError | exceptions.DriverError | OSError, folder: Path | None) -> bool:
    if any(words in str(error).lower() for words in _FULL_WORDS):
        return True
    code = getattr(error, "code", None) or ""
    if code == "Neo.DatabaseError.Transaction.TransactionLogError":
        return True  # Neo4j could not append to its log, and says no more
    failed = isinstance(error, exceptions.ServiceUnavailable | exceptions.SessionExpired) or code.startswith(
        _WRITE_FAILURES
    )
    return failed and _little_room(folder)


def _little_room(folder: Path | None) -> bool:
    return folder is not None and shutil.disk_usage(folder).free < _LITTLE_ROOM


def _short(error: BaseException) -> str:
    text = server_words(error) if isinstance(error, exceptions.Neo4jError) else str(error)
    return " ".join(text.split())[:300] or type(error).__name__
