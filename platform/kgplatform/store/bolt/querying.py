"""A person's statement: guarded, always rolled back, capped, and ended at its deadline."""

# pyright: reportArgumentType=false
# (the driver asks for literal statements; ours are put together from quoted names, or checked by the guard)

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitTimeout
from dataclasses import dataclass, replace
from typing import Any

from graph_schema.errors import QueryRefused, QueryTimeout, StoreError, StoreUnreachable
from kgplatform.driver import exceptions, graph, neo4j
from kgplatform.store.bolt.connection import Connection
from kgplatform.store.bolt.names import ARCADEDB
from kgplatform.store.bolt.translation import is_terminated, server_words
from kgplatform.store.bolt.values import plain
from kgplatform.store.console.guard import check_reads_only
from kgplatform.store.protocol import Parameters, QueryResult

logger = logging.getLogger(__name__)

_GRACE = 1.0  # seconds a server gets to end a statement before we stop waiting for it
_TICK = 0.3  # seconds between calls of `waiting`
_MOST_BYTES = 16 * 2**20  # of an answer, about; further rows are left out
_FETCH = 20  # rows asked for at a time: they may be large
_SYNTAX = "Neo.ClientError.Statement.SyntaxError"
_REFUSALS = re.compile(r"Neo\.ClientError\.(Statement|Schema|Procedure)\.")


def query(
    connection: Connection,
    statement: str,
    parameters: Parameters | None,
    limit: int,
    deadline: float,
    waiting: Callable[[], None] | None = None,
) -> QueryResult:
    """See `GraphStore.query`."""
    if limit < 1 or deadline <= 0:
        raise QueryRefused(f"limit {limit}, deadline {deadline}", wanted="at least one row and some time")
    job = _Job(
        check_reads_only(statement),
        f"{os.getpid()}.{threading.get_ident()}.{time.monotonic_ns()}",
        dict(parameters or {}),
        limit,
        deadline,
    )
    with connection.translating():
        connection.find_again()
    answer: Future[QueryResult] = Future()
    threading.Thread(target=_run, args=(connection, job, answer), daemon=True).start()
    try:
        return _awaited(answer, deadline, waiting)
    except WaitTimeout:
        ending = _begin_to_end(connection, job)
    except StoreUnreachable as error:
        raise _cause(connection, job, error) from error
    except BaseException:
        if not answer.done():  # Ctrl-C, Cancel: nobody waits for the answer any more
            _begin_to_end(connection, job).join(_GRACE)
        raise
    try:
        return answer.result(timeout=_GRACE)
    except WaitTimeout:
        what = "the server did not end it in time and may still be busy"
        if connection.end_home():
            what = "the server could not end it and was ended itself; it starts again when it is needed"
        raise _timeout(deadline, what) from None
    except QueryTimeout:
        raise _timeout(deadline, "it was ended on the server") from None
    finally:
        ending.join(0.5)


def _awaited(answer: Future[QueryResult], deadline: float, waiting: Callable[[], None] | None) -> QueryResult:
    """The answer, or WaitTimeout at the deadline."""
    if waiting is None:
        return answer.result(timeout=deadline)
    end = time.monotonic() + deadline
    while True:
        left = end - time.monotonic()
        try:
            return answer.result(timeout=max(0.0, min(_TICK, left)))
        except WaitTimeout:
            if left <= _TICK:
                raise
            waiting()


def _cause(connection: Connection, job: _Job, error: StoreUnreachable) -> StoreError:
    """What to say when a server went away during a statement: a local one may have ended because of it.

    ArcadeDB can also close the connection and hold on to the statement, without end and out of reach.
    """
    if connection.home is None:
        return error
    limit = time.monotonic() + 1.0
    while connection.home.alive() and time.monotonic() < limit:
        time.sleep(0.1)
    if connection.home.alive():
        if not _running(connection, job):
            return error
        connection.end_home()
    return StoreError(
        "the server ended while it ran the statement, perhaps for lack of memory (KGP_HEAP gives it more); "
        "it starts again when it is needed, with all that was committed"
    )


@dataclass(frozen=True)
class _Job:
    """A statement to run; the mark tells it from all others on the server."""

    text: str
    mark: str
    parameters: dict[str, object]
    limit: int
    deadline: float


def _run(connection: Connection, job: _Job, answer: Future[QueryResult]) -> None:
    """Body of the thread: whatever happens ends in `answer`."""
    try:
        answer.set_result(_answer(connection, job))
    except BaseException as error:
        answer.set_exception(error)


def _answer(connection: Connection, job: _Job) -> QueryResult:
    began = time.monotonic()
    with connection.translating():
        try:
            with (
                connection.session(read=True, fetch_size=min(job.limit + 1, _FETCH)) as session,
                session.begin_transaction(
                    metadata={"statement": job.mark}, timeout=job.deadline + 1.0
                ) as transaction,
            ):
                result = _begun(transaction, _marked(connection, job), job.parameters)
                columns = tuple(result.keys())
                rows, truncated = _rows(result, job.limit)
                plan = None if truncated else result.consume().plan
                transaction.rollback()
        except exceptions.Neo4jError as error:
            if error.code == _SYNTAX and job.mark and connection.server().product == ARCADEDB:
                return _answer(connection, replace(job, mark=""))  # again without it, for the right place
            raise _explained(error, job.deadline) from error
    return QueryResult(columns, rows, truncated, time.monotonic() - began, plan)


def _begun(transaction: neo4j.Transaction, text: str, parameters: dict[str, object]) -> neo4j.Result:
    try:
        return transaction.run(text, parameters)
    except (OverflowError, TypeError, ValueError) as error:  # of the driver, before anything is sent
        raise QueryRefused(
            f"parameters that cannot be sent ({error})",
            wanted="text, truth values, numbers of 64 bits, lists, maps",
        ) from None


def _marked(connection: Connection, job: _Job) -> str:
    """The statement as sent: ArcadeDB knows no metadata of transactions, so a comment has to tell it."""
    return f"{job.text}\n// {job.mark}" if job.mark and connection.server().product == ARCADEDB else job.text


def _rows(result: neo4j.Result, limit: int) -> tuple[tuple[tuple[Any, ...], ...], bool]:
    """The rows that fit under both caps, and whether there are more. Raises: QueryRefused: a huge row."""
    rows: list[tuple[Any, ...]] = []
    room = _MOST_BYTES
    for record in result:
        room = _room_after(record.values(), room)
        if room < 0 and not rows:
            raise QueryRefused(
                f"a row of more than {_MOST_BYTES // 2**20} MiB",
                wanted="smaller rows",
                hint="Return fewer columns, or parts of lists and strings",
            )
        if room < 0 or len(rows) == limit:
            return tuple(rows), True
        rows.append(tuple(plain(v) for v in record.values()))
    return tuple(rows), False


def _room_after(value: Any, room: int) -> int:
    """What is left of `room` bytes after a value, about; negative as soon as it does not fit."""
    room -= 8
    if isinstance(value, str | bytes):
        return room - len(value)
    if isinstance(value, graph.Entity | Mapping):
        value = value.values()
    elif isinstance(value, graph.Path):
        value = (*value.nodes, *value.relationships)
    elif not isinstance(value, list | tuple):
        return room
    for item in value:
        if room < 0:
            break
        room = _room_after(item, room)
    return room


def _explained(
    error: exceptions.Neo4jError, deadline: float
) -> exceptions.Neo4jError | StoreError | QueryRefused:
    if is_terminated(error):
        return _timeout(deadline, "it was ended on the server")
    if _REFUSALS.match(error.code or ""):
        return QueryRefused(
            "a statement the server cannot run", wanted=f"what it says: {server_words(error)}"
        )
    return error


def _timeout(deadline: float, what: str) -> QueryTimeout:
    return QueryTimeout(
        f"the statement did not finish within {deadline:g} seconds; {what}. "
        "Narrow it with labels, keys or LIMIT, or allow more time"
    )


def _begin_to_end(connection: Connection, job: _Job) -> threading.Thread:
    """Have a statement ended on the server, from a connection of its own; a busy server may not answer."""
    thread = threading.Thread(target=_terminate, args=(connection, job), daemon=True)
    thread.start()
    return thread


def _terminate(connection: Connection, job: _Job) -> None:
    try:
        for transaction in _running(connection, job):
            with connection.translating(), connection.session() as session:
                session.run(f"TERMINATE TRANSACTIONS '{transaction}'").consume()
    except StoreError as error:
        logger.info("could not have a statement ended: %s", error)


def _running(connection: Connection, job: _Job) -> list[str]:
    """Ids of the transactions on the server that run the statement."""
    # Neo4j shows no text of a statement it still plans, but the metadata; ArcadeDB has only the text.
    data = "" if connection.server().product == ARCADEDB else ", metaData"
    with connection.translating(), connection.session() as session:
        rows = list(session.run(f"SHOW TRANSACTIONS YIELD transactionId, currentQuery{data}"))
    mine = [row["transactionId"] for row in rows if job.mark in str(row.data())]
    return [i for i in mine if re.fullmatch(r"[\w-]+", i)]
