"""The one adapter: a store on any server that speaks Bolt, through the official driver and one dialect.

What moves whole graphs is loaded when it is used: a question needs no tables.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from kgplatform.store.bolt import constraints, dropping, querying
from kgplatform.store.bolt.connection import Connection
from kgplatform.store.bolt.graph_nodes import graph_nodes
from kgplatform.store.bolt.locking import Locks
from kgplatform.store.protocol import Changes, HeldLock, Parameters, QueryResult, ServerInfo, Transaction

if TYPE_CHECKING:
    from graph_schema.progress import Progress
    from graph_schema.schema import GraphSchema
    from graph_schema.tables import GraphData

T = TypeVar("T")


class BoltStore:
    """See `GraphStore`.

    Args:
        url: What the person wrote.
        connection: To the server.
        give_back: Called at `close`, to end the lease on a local server.
    """

    def __init__(self, url: str, connection: Connection, give_back: Callable[[], None] | None = None) -> None:
        self.url = url
        self._connection = connection
        self._locks = Locks(connection)
        self._give_back = give_back

    def server(self) -> ServerInfo:
        """See `GraphStore.server`."""
        return self._connection.server()

    def prepare(self) -> None:
        """See `GraphStore.prepare`."""
        constraints.prepare(self._connection)

    def transaction(self) -> AbstractContextManager[Transaction]:
        """See `GraphStore.transaction`."""
        self._connection.check_room()
        return self._connection.transaction()

    def write(self, work: Callable[[Transaction], T]) -> T:
        """See `GraphStore.write`."""
        self._connection.check_room()
        return self._connection.retrying(work)

    def read(self, statement: str, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        """See `GraphStore.read`."""
        return self._connection.read(statement, parameters)

    def query(
        self,
        statement: str,
        parameters: Parameters | None = None,
        *,
        limit: int = 1000,
        deadline: float = 30.0,
        waiting: Callable[[], None] | None = None,
    ) -> QueryResult:
        """See `GraphStore.query`."""
        return querying.query(self._connection, statement, parameters, limit, deadline, waiting)

    def graphs(self) -> list[dict[str, Any]]:
        """See `GraphStore.graphs`."""
        return graph_nodes(self._connection)

    def lock(self, graph: str, purpose: str) -> AbstractContextManager[HeldLock]:
        """See `GraphStore.lock`."""
        return self._locks.hold(graph, purpose)

    def put_graph(
        self,
        graph: str,
        schema: GraphSchema,
        data: GraphData,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Changes]:
        """See `GraphStore.put_graph`."""
        from kgplatform.store.bolt import planning, writing

        wanted = planning.checked(self._connection, graph, data)
        self.prepare()
        with self._locks.hold(graph, "import") as lock:
            work, first = planning.planned(self._connection, graph, schema, wanted, progress)
            writing.carry_out(self._connection, lock, work, first, progress)
        return work.changes

    def compare_graph(self, graph: str, schema: GraphSchema, data: GraphData) -> dict[str, Changes]:
        """See `GraphStore.compare_graph`."""
        from kgplatform.store.bolt import planning

        wanted = planning.checked(self._connection, graph, data)
        return planning.planned(self._connection, graph, schema, wanted)[0].changes

    def get_graph(self, graph: str, *, progress: Progress | None = None) -> GraphData:
        """See `GraphStore.get_graph`."""
        from kgplatform.store.bolt import reading

        return reading.read_graph(self._connection, graph, progress)

    def drop_graph(self, graph: str) -> None:
        """See `GraphStore.drop_graph`."""
        with self._locks.hold(graph, "drop"):
            dropping.drop(self._connection, graph)

    def close(self) -> None:
        """See `GraphStore.close`."""
        self._connection.close()
        if self._give_back is not None:
            self._give_back()
