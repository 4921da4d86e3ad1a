"""A person's statement: guarded, always rolled back, capped, and ended at its deadline."""

# pyright: reportArgumentType=false
# (the driver asks for literal statements; ours are put together from quoted names, or checked by the guard)

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitTimeout

import neo4j
from neo4j.exceptions import ClientError, Neo4jError, TransientError

from graph_schema.errors import QueryRefused, QueryTimeout, StoreError
from kgplatform.store.base import Parameters, QueryResult
from kgplatform.store.connection import Connection
from kgplatform.store.guard import check_reads_only
from kgplatform.store.translation import is_terminated, server_words
from kgplatform.store.values import plain

_GRACE = 3.0  # seconds a server gets to end a statement before we stop waiting for it
_SYNTAX = "Neo.ClientError.Statement.SyntaxError"
_REFUSALS = re.compile(r"Neo\.ClientError\.(Statement|Schema|Procedure)\.")


def query(
    connection: Connection, statement: str, parameters: Parameters | None, limit: int, deadline: float
) -> QueryResult:
    """See `GraphStore.query`."""
    if limit < 1 or deadline <= 0:
        raise QueryRefused(f"limit {limit}, deadline {deadline}", wanted="at least one row and some time")
    text = check_reads_only(statement)
    answer: Future[QueryResult] = Future()
    mark = f"\n// {threading.get_ident()}.{time.monotonic_ns()}"  # tells this statement from all others
    thread = threading.Thread(
        target=_run,
        args=(connection, text, mark, dict(parameters or {}), limit, deadline, answer),
        daemon=True,
    )
    thread.start()
    try:
        return answer.result(timeout=deadline)
    except WaitTimeout:
        _terminate(connection, text + mark)
    try:
        return answer.result(timeout=_GRACE)
    except WaitTimeout:
        raise _timeout(deadline, "the server did not end it in time and may still be busy") from None
    except QueryTimeout:
        raise _timeout(deadline, "it was ended on the server") from None


def _run(
    connection: Connection,
    text: str,
    mark: str,
    parameters: dict[str, object],
    limit: int,
    deadline: float,
    answer: Future[QueryResult],
) -> None:
    """Body of the thread: whatever happens ends in `answer`."""
    try:
        answer.set_result(_answer(connection, text, mark, parameters, limit, deadline))
    except BaseException as error:
        answer.set_exception(error)


def _answer(
    connection: Connection,
    text: str,
    mark: str,
    parameters: dict[str, object],
    limit: int,
    deadline: float,
) -> QueryResult:
    began = time.monotonic()
    with connection.translating():
        try:
            with (
                connection.session(read=True, fetch_size=min(limit + 1, 1000)) as session,
                session.begin_transaction(timeout=deadline + 1.0) as transaction,
            ):
                result = transaction.run(text + mark, parameters)
                columns = tuple(result.keys())
                records = result.fetch(limit + 1)
                rows = tuple(tuple(plain(v) for v in record.values()) for record in records[:limit])
                transaction.rollback()
        except (ClientError, TransientError) as error:
            if mark and error.code == _SYNTAX:  # once more without the mark, for the right place in the words
                return _answer(connection, text, "", parameters, limit, deadline)
            raise _explained(error, deadline) from error
    return QueryResult(columns, rows, len(records) > limit, time.monotonic() - began)


def _explained(error: Neo4jError, deadline: float) -> Neo4jError | StoreError | QueryRefused:
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


def _terminate(connection: Connection, statement: str) -> None:
    """End a statement on the server, from a connection of its own."""
    with connection.translating(), connection.session() as session:
        running = session.run("SHOW TRANSACTIONS YIELD transactionId, currentQuery")
        doomed = [r["transactionId"] for r in running if r["currentQuery"] == statement]
        for transaction_id in doomed:
            _end(session, transaction_id)


def _end(session: neo4j.Session, transaction_id: str) -> None:
    if re.fullmatch(r"[\w-]+", transaction_id):
        statement = f"TERMINATE TRANSACTIONS '{transaction_id}'"
        session.run(statement).consume()
