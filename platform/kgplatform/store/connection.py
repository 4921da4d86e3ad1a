"""One server: its driver, its sessions (all opened here, all naming the database), retries of conflicts."""

# pyright: reportArgumentType=false
# (the driver asks for literal statements; ours are put together from quoted names, or checked by the guard)

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import Neo4jError, TransientError

from graph_schema.errors import StoreError
from kgplatform.store.base import Parameters, ServerInfo
from kgplatform.store.names import ARCADEDB, NEO4J
from kgplatform.store.translation import check_room, translating
from kgplatform.store.values import plain

logger = logging.getLogger(__name__)

T = TypeVar("T")

_ATTEMPTS = 8
_FIRST_WAIT = 0.05  # seconds; doubled at each further attempt


class BoltTransaction:
    """See `Transaction`."""

    def __init__(self, transaction: neo4j.Transaction) -> None:
        self._transaction = transaction

    def run(self, statement: str, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        """See `Transaction.run`."""
        result = self._transaction.run(statement, dict(parameters or {}))
        names = result.keys()
        return [dict(zip(names, map(plain, record.values()), strict=True)) for record in result]


class Connection:
    """Connections to one database of one server.

    Args:
        address: A Bolt address, such as `bolt://127.0.0.1:7687`, without a query part.
        user: User name, or None where the server asks for none.
        password: Password of that user.
        database: Name of the database every session is opened on.
        folder: Where a server of this machine keeps its data.
    """

    def __init__(
        self, address: str, user: str | None, password: str | None, database: str, folder: Path | None = None
    ) -> None:
        self.address = address
        self.database = database
        self.folder = folder
        self.open_writes = 0
        self._counting = threading.Lock()
        with self.translating():
            self.driver = neo4j.GraphDatabase.driver(
                address,
                auth=None if user is None else (user, password or ""),
                connection_timeout=10.0,
                connection_acquisition_timeout=60.0,
                max_transaction_retry_time=0.0,
                notifications_min_severity="OFF",
                warn_notification_severity="OFF",
                user_agent="kg-platform",
            )
        self._info: ServerInfo | None = None

    def translating(self) -> AbstractContextManager[None]:
        """Errors of the driver leave this block as errors of ours."""
        return translating(self.address, self.folder)

    def check_room(self) -> None:
        """Raises: StoreFull: a server of this machine has little room left for its data."""
        check_room(self.folder, self.address)

    def server(self) -> ServerInfo:
        """Who answers; asked once."""
        if self._info is None:
            with self.translating():
                agent = self.driver.get_server_info().agent
            product = ARCADEDB if ARCADEDB in agent else NEO4J
            version = agent.split(ARCADEDB)[-1].strip(" )") if product == ARCADEDB else agent.split("/")[-1]
            self._info = ServerInfo(product, version, self.address)
        return self._info

    def session(self, *, read: bool = False, fetch_size: int = 1000) -> neo4j.Session:
        """A session on our database. The only place where sessions are opened."""
        mode = neo4j.READ_ACCESS if read else neo4j.WRITE_ACCESS
        return self.driver.session(database=self.database, default_access_mode=mode, fetch_size=fetch_size)

    @contextmanager
    def transaction(self, *, read: bool = False) -> Iterator[BoltTransaction]:
        """A transaction, committed when the block ends and rolled back when it raises.

        ArcadeDB commits after every few rows outside an explicit transaction: this is the only way to write.
        """
        with (
            self.translating(),
            self._counted(not read),
            self.session(read=read) as session,
            session.begin_transaction() as transaction,
        ):
            yield BoltTransaction(transaction)
            if read:
                transaction.rollback()
            else:
                transaction.commit()

    def retrying(self, work: Callable[[BoltTransaction], T]) -> T:
        """What `work` returns, in a write transaction repeated while it meets conflicts with others.

        `work` may run several times; only the last one takes effect.
        """
        for attempt in range(_ATTEMPTS):
            try:
                with self.transaction() as transaction:
                    return work(transaction)
            except StoreError as error:
                if not is_conflict(error) or attempt + 1 == _ATTEMPTS:
                    raise
                logger.info("conflict with another writer, once more: %s", error)
                time.sleep(_FIRST_WAIT * 2**attempt * (0.5 + random.random()))  # noqa: S311  (no secret)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def read(self, statement: str, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        """Rows of one of our own read statements, as plain values."""
        with self.transaction(read=True) as transaction:
            return transaction.run(statement, parameters)

    def columns(self, statement: str, parameters: Parameters | None = None) -> dict[str, list[Any]]:
        """The single row of a statement whose columns are lists, unconverted: bulk reading."""
        with (
            self.translating(),
            self.session(read=True) as session,
            session.begin_transaction() as transaction,
        ):
            record = transaction.run(statement, dict(parameters or {})).single(strict=True)
            transaction.rollback()
            return dict(zip(record.keys(), record.values(), strict=True))

    def close(self) -> None:
        """Give the connections back."""
        self.driver.close()

    @contextmanager
    def _counted(self, write: bool) -> Iterator[None]:
        with self._counting:
            self.open_writes += write
        try:
            yield
        finally:
            with self._counting:
                self.open_writes -= write


def is_conflict(error: StoreError) -> bool:
    """Whether the same work may succeed when repeated: the server met a concurrent change."""
    cause = error.__cause__
    return isinstance(cause, TransientError) or (
        isinstance(cause, Neo4jError) and "concurrent" in str(cause).lower()
    )
