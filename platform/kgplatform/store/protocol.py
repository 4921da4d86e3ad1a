"""What every store promises. Bulk moves are Arrow tables, never one object a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

    from graph_schema.progress import Progress
    from graph_schema.schema import GraphSchema
    from graph_schema.tables import GraphData

T = TypeVar("T")
Scalar = str | int | float | bool | None
Parameters = Mapping[str, Any]
Row = dict[str, Any]
"""One row of an answer, by column."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """The server that answers: product ("ArcadeDB", "Neo4j"), its version, and the address used."""

    product: str
    version: str
    address: str


@dataclass(frozen=True, slots=True)
class Changes:
    """How many items a write added, changed and left as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged
        )


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a read-only statement gave: column names, rows of plain values, and whether a cap cut it.

    `plan` is the server's plan of an EXPLAIN or PROFILE, as the driver gives it; None where it gives none.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool
    seconds: float
    plan: Mapping[str, Any] | None = None


class Transaction(Protocol):
    """Statements that take effect together when the block ends without an error, or not at all."""

    def run(self, statement: str, parameters: Parameters | None = None) -> list[Row]:
        """Run one statement; returns its rows as plain values."""
        ...


class HeldLock(Protocol):
    """A lock while it is held."""

    def check(self, transaction: Transaction) -> None:
        """Make the transaction fail unless the lock is still ours at its commit; run it last.

        Raises:
            GraphBusy: somebody else has taken the lock over.
        """
        ...


class GraphStore(Protocol):
    """One database holding any number of graphs.

    Every method raises StoreUnreachable or StoreDenied when the server cannot be used, and StoreFull when it
    has no room. A server that goes away in the middle of work is waited for (`KGP_STORE_WAIT`, with a
    message), and a local one that died is started again; `transaction` and `query` do not wait, but find
    the server again at their next use. A *graph* is a named instance of a domain; its entities' keys are
    `<graph>/<id>`.
    """

    url: str

    def server(self) -> ServerInfo:
        """Who answers."""
        ...

    def prepare(self) -> None:
        """Create the constraints and indexes; does nothing where they exist."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A write transaction: committed when the block ends, rolled back when it raises."""
        ...

    def write(self, work: Callable[[Transaction], T]) -> T:
        """What `work` returns, in a write transaction that is repeated after conflicts and outages.

        After an outage nobody knows whether the last commit took effect: the second time must change
        nothing then.
        """
        ...

    def read(self, statement: str, parameters: Parameters | None = None) -> list[Row]:
        """Rows of one of our own read statements, as plain values."""
        ...

    def query(
        self,
        statement: str,
        parameters: Parameters | None = None,
        *,
        limit: int = 1000,
        deadline: float = 30.0,
        waiting: Callable[[], None] | None = None,
    ) -> QueryResult:
        """A person's statement, read-only: refused if it could write, rolled back, capped, timed out.

        Args:
            statement: openCypher.
            parameters: Values of its `$names`.
            limit: Rows kept at most.
            deadline: Seconds after which it is ended, on the server too.
            waiting: Called a few times a second while there is no answer; if it raises, the statement is
                ended on the server.

        Raises:
            QueryRefused: it could write, or the server cannot read it (the server's words and place).
            QueryTimeout: the deadline passed.
        """
        ...

    def graphs(self) -> list[Row]:
        """Properties of every `(:Graph)` node, ordered by name."""
        ...

    def lock(self, graph: str, purpose: str) -> AbstractContextManager[HeldLock]:
        """Be the only writer of a graph while the block runs. Raises: GraphBusy, naming the holder."""
        ...

    def put_graph(
        self,
        graph: str,
        schema: GraphSchema,
        data: GraphData,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Changes]:
        """Write nodes, relations and facts under the graph's lock; the same data twice changes nothing.

        Facts and nodes the database already has keep what the data does not mention; sources are united.
        Each batch is whole or not at all; `version` becomes fresh in every transaction that changes
        something. Returns changes under "nodes" and "facts".
        """
        ...

    def compare_graph(self, graph: str, schema: GraphSchema, data: GraphData) -> dict[str, Changes]:
        """What `put_graph` would do, without doing it."""
        ...

    def get_graph(self, graph: str, *, progress: Progress | None = None) -> GraphData:
        """Everything imported into a graph: facts, never predictions. Rows ordered by id and identity.

        Raises:
            UnknownName: no such graph.
        """
        ...

    def drop_graph(self, graph: str) -> None:
        """Remove a graph with its entities, facts, predictions, relations and runs, in batches."""
        ...

    def close(self) -> None:
        """Give back connections and the lease on a local server."""
        ...


def batches(total: int, size: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of consecutive batches of at most `size` rows."""
    for start in range(0, total, size):
        yield start, min(start + size, total)


def column_rows(table: pa.Table, columns: Sequence[str] | None = None) -> list[Row]:
    """Rows of a table as dictionaries, for use as a statement's `$rows`."""
    rows: list[Row] = (table.select(list(columns)) if columns else table).to_pylist()
    return rows
