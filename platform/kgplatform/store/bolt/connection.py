"""One server: its driver, its sessions (all opened here, all naming the database), conflicts and outages.

Reads, and the work given to `retrying`, are repeated after an outage: a server that went away is waited
for, as long as the settings say; a local one that died is started again. Work must therefore be such that a
second time changes nothing: nobody knows whether a commit took effect whose answer was lost.
"""

# pyright: reportArgumentType=false
# (the driver asks for literal statements; ours are put together from quoted names, or checked by the guard)

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from graph_schema.errors import StoreDenied, StoreError, StoreUnreachable
from kgplatform.driver import exceptions, neo4j
from kgplatform.store.bolt.names import ARCADEDB, NEO4J
from kgplatform.store.bolt.translation import check_room, translating
from kgplatform.store.bolt.values import plain
from kgplatform.store.protocol import Parameters, ServerInfo

logger = logging.getLogger(__name__)
logging.getLogger("neo4j").addHandler(logging.NullHandler())  # what it says of lost connections, we say too

T = TypeVar("T")

_ATTEMPTS = 8
_FIRST_WAIT = 0.05  # seconds; doubled at each further attempt
_OUTAGES = 10  # in one piece of work; then something else is wrong
_ASK_EVERY = 0.5  # seconds between attempts to reach a server that is away


class BoltTransaction:
    """See `Transaction`."""

    def __init__(self, transaction: neo4j.Transaction) -> None:
        self._transaction = transaction

    def run(self, statement: str, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        """See `Transaction.run`."""
        result = self._transaction.run(statement, dict(parameters or {}))
        names = result.keys()
        return [dict(zip(names, map(plain, record.values()), strict=True)) for record in result]


class Home(Protocol):
    """A server of this machine that is ours to start and to end."""

    @property
    def folder(self) -> Path:
        """Where it keeps its data."""
        ...

    def revive(self) -> str:
        """Its address; it is started again if it died. Raises: StoreUnreachable: somebody stopped it."""
        ...

    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def stopped(self) -> bool:
        """Whether somebody stopped it."""
        ...

    def end(self) -> None:
        """End it at once, as a crash would; what is committed stays."""
        ...


class Connection:
    """Connections to one database of one server.

    Args:
        address: A Bolt address, such as `bolt://127.0.0.1:7687`, without a query part.
        user: User name, or None where the server asks for none.
        password: Password of that user.
        database: Name of the database every session is opened on.
        home: The server, if it is a local one.
        patience: Seconds to wait for a server that was there and went away.
    """

    def __init__(
        self,
        address: str,
        user: str | None,
        password: str | None,
        database: str,
        home: Home | None = None,
        patience: float = 0.0,
    ) -> None:
        self.address = address
        self.database = database
        self.home = home
        self.folder = None if home is None else home.folder
        self.patience = patience
        self.open_writes = 0
        self._guard = threading.RLock()
        self._auth = None if user is None else (user, password or "")
        self._drivers = [self._driver_for(address)]
        self._info: ServerInfo | None = None
        self._lost = False
        self._welcome = False

    @property
    def driver(self) -> neo4j.Driver:
        """The driver for the address the server has now."""
        return self._drivers[-1]

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Errors of the driver leave this block as errors of ours."""
        try:
            with translating(self.address, self.folder):
                yield
        except StoreError as error:
            if self._ending(error):
                self._lost = True
                raise StoreUnreachable(f"the server at {self.address} has ended ({error})") from error
            self._lost = self._lost or (
                isinstance(error, StoreUnreachable) and not isinstance(error, StoreDenied)
            )
            raise

    def _ending(self, error: StoreError) -> bool:
        """Whether a local server said this while it ended: ArcadeDB forgets users and transactions then."""
        if self.home is None:
            return False
        if isinstance(error, StoreDenied):
            return self._welcome  # it has let us in before, with the same password
        return type(error) is StoreError and not self.home.alive()

    def check_room(self) -> None:
        """Raises: StoreFull: a server of this machine has little room left for its data."""
        check_room(self.folder, self.address)

    def server(self) -> ServerInfo:
        """Who answers; asked once."""
        if self._info is None:
            agent = self.waiting(self._agent)
            self._welcome = True
            product = ARCADEDB if ARCADEDB in agent else NEO4J
            version = agent.split(ARCADEDB)[-1].strip(" )") if product == ARCADEDB else agent.split("/")[-1]
            self._info = ServerInfo(product, version, self.address)
        return self._info

    def session(self, *, read: bool = False, fetch_size: int = 1000) -> neo4j.Session:
        """A session on our database. The only place where sessions are opened."""
        self.find_again()
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

    def find_again(self) -> None:
        """Where a local server died: start it again, and use its new address."""
        if not self._lost or self.home is None:
            return
        with self._guard:
            if not self._lost:  # another thread was faster
                return
            address = self.home.revive()
            if address != self.address:
                self._drivers.append(self._driver_for(address))  # others may still hold sessions of the old
                self.address = address
            self._lost, self._info = False, None

    def end_home(self) -> bool:
        """End a local server; it starts again at the next use. False: it is not ours to end."""
        if self.home is None:
            return False
        self.home.end()
        self._lost = True
        return True

    def waiting(self, work: Callable[[], T]) -> T:
        """What `work` returns, begun again after outages; see the head of this module.

        Raises:
            StoreUnreachable: the server was never reached, or stayed away for longer than our patience.
        """
        for _ in range(_OUTAGES):
            try:
                return work()
            except StoreDenied:
                raise
            except StoreUnreachable as error:
                if self._info is None and self.home is None:
                    raise
                self._wait(error)
        return work()

    def retrying(self, work: Callable[[BoltTransaction], T], *, patient: bool = True) -> T:
        """What `work` returns, in a write transaction repeated after conflicts and outages.

        `work` may run several times, and an earlier time may have taken effect without our knowing.

        Args:
            work: Runs the statements.
            patient: Whether to wait for a server that went away.
        """
        if not patient:
            return self._through_conflicts(work)
        return self.waiting(lambda: self._through_conflicts(work))

    def _through_conflicts(self, work: Callable[[BoltTransaction], T]) -> T:
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

        def work() -> list[dict[str, Any]]:
            with self.transaction(read=True) as transaction:
                return transaction.run(statement, parameters)

        return self.waiting(work)

    def columns(self, statement: str, parameters: Parameters | None = None) -> dict[str, list[Any]]:
        """The single row of a statement whose columns are lists, unconverted: bulk reading."""

        def work() -> dict[str, list[Any]]:
            with (
                self.translating(),
                self.session(read=True) as session,
                session.begin_transaction() as transaction,
            ):
                record = transaction.run(statement, dict(parameters or {})).single(strict=True)
                transaction.rollback()
                return dict(zip(record.keys(), record.values(), strict=True))

        return self.waiting(work)

    def close(self) -> None:
        """Give the connections back."""
        for driver in self._drivers:
            driver.close()

    def _agent(self) -> str:
        self.find_again()
        with self.translating():
            return str(self.driver.get_server_info().agent)

    def _driver_for(self, address: str) -> neo4j.Driver:
        with translating(address):
            return neo4j.GraphDatabase.driver(
                address,
                auth=self._auth,
                connection_timeout=10.0,
                connection_acquisition_timeout=60.0,
                max_transaction_retry_time=0.0,
                notifications_min_severity="OFF",
                warn_notification_severity="OFF",
                user_agent="kg-platform",
            )

    def _wait(self, error: StoreUnreachable) -> None:
        """Wait until the server answers again. Raises: StoreUnreachable: it did not in time."""
        began = time.monotonic()
        logger.warning("%s is out of reach; waiting for it, up to %g s", self.address, self.patience)
        while True:
            try:
                with self.translating(), self.session(read=True) as session:
                    session.run("RETURN 1").consume()
            except StoreDenied:
                raise
            except StoreUnreachable as last:
                if self.home is not None and self.home.stopped():
                    raise
                if time.monotonic() - began >= self.patience:
                    raise StoreUnreachable(f"{last}. Waited {self.patience:g} s for it") from error
                time.sleep(_ASK_EVERY)
            else:
                logger.warning(
                    "%s answers again after %.0f s; going on", self.address, time.monotonic() - began
                )
                return

    @contextmanager
    def _counted(self, write: bool) -> Iterator[None]:
        with self._guard:
            self.open_writes += write
        try:
            yield
        finally:
            with self._guard:
                self.open_writes -= write


def is_conflict(error: StoreError) -> bool:
    """Whether the same work may succeed when repeated: the server met a concurrent change."""
    cause = error.__cause__
    return isinstance(cause, exceptions.TransientError) or (
        isinstance(cause, exceptions.Neo4jError) and "concurrent" in str(cause).lower()
    )
