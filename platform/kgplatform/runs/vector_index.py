"""Neo4j's own vector index over a crop of a run's vectors, on request: approximate, and kept by the server.

The crop stands on the entities under a name of its own, as what is staged does, and is cleared away with that
by a later promotion; the index is then made again when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from graph_schema.arrays import Floats32
from graph_schema.errors import UsageError
from graph_schema.progress import Progress
from kgplatform.runs.placing import Placed, carried_names, stage
from kgplatform.runs.properties import STAGED, EntityProperty
from kgplatform.runs.standing import VECTORS
from kgplatform.store.bolt.names import quoted
from kgplatform.store.protocol import GraphStore

NEO4J, WIDEST, SECONDS = "Neo4j", 4096, 300
"""The server that has such indexes, the longest vector they take, and how long one may take to fill."""

_CREATE = """
CREATE VECTOR INDEX {index} IF NOT EXISTS FOR (n:Entity) ON (n.{name})
OPTIONS {{indexConfig: {{`vector.dimensions`: {floats}, `vector.similarity_function`: 'cosine'}}}}
"""
_THERE = "SHOW VECTOR INDEXES YIELD name WHERE name STARTS WITH $begins RETURN name"
_ASK = """
CALL db.index.vector.queryNodes($index, $count, $vector) YIELD node, score
RETURN node.id AS id, score ORDER BY score DESC, id
"""


def ensure_index(
    store: GraphStore,
    graph: str,
    model: str,
    run: str,
    dims: int,
    crops: Callable[[int], tuple[list[str], Floats32]],
    progress: Progress,
    parts: int,
) -> str:
    """The index over a crop, made and filled where it is not there; returns its name.

    Those over vectors of other runs of the model are dropped then.

    Args:
        store: Where the graph is.
        graph: Its name.
        model, run: Whose vectors.
        dims: Coordinates of the crop.
        crops: Gives, at a width, ids of the N entities that the graph has now and (N, floats) numbers.
        progress: Told of what is written.
        parts: Numbers to a coordinate.

    Raises:
        UsageError: the server has no such indexes, or not for vectors that long.
        GraphBusy: somebody else writes to the graph.
    """
    product, floats = store.server().product, dims * parts
    if product != NEO4J:
        raise UsageError(
            f"--index on {product}; wanted {NEO4J}, which has vector indexes. Without --index search is exact"
        )
    if floats > WIDEST:
        raise UsageError(f"--index of {floats} floats; wanted {WIDEST} at most: lower --dims")
    begins = f"kgp_{_short(graph)}_{_short(model)}_"
    of_run = f"{begins}{_short(run)}_"
    index, name = f"{of_run}{dims}", f"{model}{STAGED}{of_run}{dims}"
    there = {row["name"] for row in store.read(_THERE, {"begins": begins})}
    if index not in there or name not in carried_names(store, graph):
        with store.lock(graph, f"laying out vectors of {run} for an index") as lock:
            for other in sorted(there):
                if not other.startswith(of_run):
                    _run(store, f"DROP INDEX {quoted(other)} IF EXISTS")
            ids, vectors = crops(dims)
            what = EntityProperty(VECTORS, model, tuple(ids), vectors)
            stage(store, lock, graph, Placed(what, run, "", name), progress)
            _run(store, _CREATE.format(index=quoted(index), name=quoted(name), floats=floats))
    store.read("CALL db.awaitIndex($index, $seconds)", {"index": index, "seconds": SECONDS})
    return index


def ask_index(store: GraphStore, index: str, vector: Floats32, count: int) -> list[str]:
    """Ids of about so many entities with the nearest crops, nearest first."""
    asked = {"index": index, "count": count, "vector": vector.astype(float).tolist()}
    return [row["id"] for row in store.read(_ASK, asked)]


def _run(store: GraphStore, statement: str) -> None:
    """One statement in a transaction of its own."""
    store.write(lambda transaction: transaction.run(statement))


def _short(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:8]
