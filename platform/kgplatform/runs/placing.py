"""Properties of entities into their graph, so that every reader meets those of one run, whole.

What one transaction holds is written in that of the promotion, under its name: `n.transe`. What is bigger is
*staged*: written beforehand in batches under a name of its own, `n.transe__1a2b3c4d`, which nobody reads yet.
The promotion's transaction then only moves the pointer on `(:Graph)`: `vectors_transe` names the property in
which the vectors stand, whichever form they have, and `run_of_vectors_transe` says whose they are.

`carried` of `(:Graph)` lists the properties that entities may have though they are not what their name says:
all that is staged, and what stood under its own name until a pointer moved on. After each promotion they are
cleared in batches, what a killed one left too; but a staged property that was replaced last stays until the
promotion after, for readers that were on their way through it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from graph_schema.progress import Progress
from graph_schema.records import RelationVectors
from kgplatform.runs.properties import STAGED, EntityProperty
from kgplatform.runs.standing import VECTORS, Read, Standing
from kgplatform.store.bolt.names import ARCADEDB, quoted
from kgplatform.store.keys import of_graph
from kgplatform.store.protocol import GraphStore, HeldLock, Row, Transaction, batches

_KEYS_AT_ONCE = 5_000

_HOLDERS = """
MATCH (n:Entity) WHERE n.key >= $first AND n.key < $after AND n.{name} IS NOT NULL
RETURN collect(n.key) AS keys
"""
_ONE = """
MATCH (n:Entity) WHERE n.key >= $first AND n.key < $after AND n.{name} IS NOT NULL
RETURN n.{name} AS value LIMIT 1
"""
_CLEAR = "UNWIND $keys AS key MATCH (n:Entity {{key: key}}) SET n.{name} = null"
"""By key: to clear 100,000 vectors that it finds by a range of keys takes ArcadeDB four times as long, and to
look for the next few would pass all that were cleared. It takes no notice of REMOVE with a quoted name."""
_CARRIED = "MATCH (g:Graph {name: $graph}) RETURN g.carried AS names"
_CARRY = "MATCH (g:Graph {name: $graph}) SET g.carried = $names"
_PROMOTED = """
MATCH (p:Promotion {graph: $graph}) WHERE p.stored_as IN $names
RETURN p.product AS product, p.property AS property, p.stored_as AS stored_as, p.until AS until
ORDER BY until DESC, stored_as
"""


@dataclass(frozen=True)
class Placed:
    """A property of entities, and where on them it is to stand.

    Attributes:
        what: The property.
        run: Whose.
        kept: Name of the file in the run's folder that holds it.
        stored_as: Its own name, or one for the staged form.
    """

    what: EntityProperty
    run: str
    kept: str
    stored_as: str

    @property
    def staged(self) -> bool:
        """Whether it is written before its promotion."""
        return self.stored_as != self.what.name


def staged_name(name: str, kept: str) -> str:
    """Where a staged property stands. Args: kept: name of its file, another for each promotion."""
    return f"{name}{STAGED}{kept.partition('-')[2].partition('.')[0]}"


def write_rows(transaction: Transaction, name: str, rows: list[Row]) -> None:
    """Set a property of entities. Args: rows: each with the entity's `key` and the `value`."""
    transaction.run(
        f"UNWIND $rows AS row MATCH (n:Entity {{key: row.key}}) SET n.{quoted(name)} = row.value",
        {"rows": rows},
    )


def stage(store: GraphStore, lock: HeldLock, graph: str, placed: Placed, progress: Progress | None) -> None:
    """Write a property where nobody reads it, batch by batch; the lock on the graph is held.

    Written again it changes nothing, so that what was cleared in part is whole afterwards.
    """
    _update(store, lock, partial(_carry, graph=graph, name=placed.stored_as))
    done = 0
    for rows in placed.what.rows(graph):
        _update(store, lock, partial(write_rows, name=placed.stored_as, rows=rows))
        done += len(rows)
        if progress is not None:
            progress(f"staging {placed.what.product}", done, len(placed.what.ids))


def place(transaction: Transaction, graph: str, placed: Placed) -> None:
    """Put a property, by now staged if need be, where another stood, in the promotion's transaction.

    Whoever is not in the graph any more gets none; whoever is not in the property loses the one there was.
    """
    name = placed.what.name
    if placed.staged:
        _carry(transaction, graph, name)
    else:
        fresh: set[str] = set()
        for rows in placed.what.rows(graph):
            write_rows(transaction, name, rows)
            fresh |= {row["key"] for row in rows}
        _clear(transaction, name, [key for key in holders(transaction.run, graph, name) if key not in fresh])
    if placed.what.product == VECTORS:
        _place_relations(transaction, graph, name, placed.what.relations)
    _point(transaction, graph, f"{placed.what.product}_{name}", placed.stored_as, placed.run)


def take_away(transaction: Transaction, graph: str, stood: Standing) -> None:
    """Let nothing stand where a property stood; it is cleared afterwards."""
    _carry(transaction, graph, stood.stored_as or "")
    if stood.product == VECTORS and stood.name:
        _place_relations(transaction, graph, stood.name, None)
    _point(transaction, graph, f"{stood.product}_{stood.name}", None, None)


def _place_relations(
    transaction: Transaction, graph: str, name: str, vectors: RelationVectors | None
) -> None:
    """Vectors of relations instead of any others: `r.transe` and `r.transe_inverse` of `(r:RelationType)`."""
    forth, back = quoted(name), quoted(f"{name}_inverse")
    transaction.run(
        f"MATCH (r:RelationType {{graph: $graph}}) SET r.{forth} = null, r.{back} = null", {"graph": graph}
    )
    if vectors is not None:
        given = zip(vectors.names, vectors.values.tolist(), vectors.inverse.tolist(), strict=True)
        transaction.run(
            "UNWIND $rows AS row MATCH (r:RelationType {graph: $graph, name: row.name}) "
            f"SET r.{forth} = row.forth, r.{back} = row.back",
            {"graph": graph, "rows": [{"name": n, "forth": f, "back": b} for n, f, b in given]},
        )


def weight(store: GraphStore, graph: str, what: EntityProperty) -> int:
    """Numbers that the server holds in memory when it writes a property at once.

    ArcadeDB holds each record that a transaction changes whole: what is overwritten and what entities carry.
    """
    if store.server().product != ARCADEDB:
        return what.numbers
    beside = 0
    for name in {what.name, *carried_names(store, graph)}:
        rows = store.read(_ONE.format(name=quoted(name)), of_graph(graph))
        beside += sum(len(row["value"]) if isinstance(row["value"], list) else 1 for row in rows)
    return what.numbers + len(what.ids) * beside


def carried_names(store: GraphStore, graph: str) -> list[str]:
    """Names of the properties that entities may have without being what these say."""
    return [name for row in store.read(_CARRIED, {"graph": graph}) for name in row["names"] or ()]


def holders(read: Read, graph: str, name: str) -> list[str]:
    """Keys of the entities that have a property. Args: read: a store's `read`, or a transaction's `run`."""
    (have,) = read(_HOLDERS.format(name=quoted(name)), of_graph(graph))
    keys: list[str] = have["keys"]
    return keys


def sweep(store: GraphStore, lock: HeldLock, graph: str) -> None:
    """Clear away what is carried and neither stands nor was replaced last; the lock on the graph is held."""
    names = carried_names(store, graph)
    if not names:
        return
    needed: set[str] = set()
    last: dict[tuple[str, str], str] = {}
    for row in store.read(_PROMOTED, {"graph": graph, "names": names}):
        if row["until"] is None:
            needed.add(row["stored_as"])
        elif STAGED in row["stored_as"]:
            last.setdefault((row["product"], row["property"]), row["stored_as"])
    needed |= set(last.values())
    for name in [n for n in names if n not in needed]:
        keys = holders(store.read, graph, name)
        for start, stop in batches(len(keys), _KEYS_AT_ONCE):
            _update(store, lock, partial(_clear, name=name, keys=keys[start:stop]))
        names.remove(name)
        _update(store, lock, partial(_set_carried, graph=graph, names=list(names)))


def _clear(transaction: Transaction, name: str, keys: list[str]) -> None:
    for start, stop in batches(len(keys), _KEYS_AT_ONCE):
        transaction.run(_CLEAR.format(name=quoted(name)), {"keys": keys[start:stop]})


def _carry(transaction: Transaction, graph: str, name: str) -> None:
    (row,) = transaction.run(_CARRIED, {"graph": graph})
    names = list(row["names"] or ())
    if name not in names:
        _set_carried(transaction, graph, [*names, name])


def _set_carried(transaction: Transaction, graph: str, names: list[str]) -> None:
    transaction.run(_CARRY, {"graph": graph, "names": names or None})


def _update(store: GraphStore, lock: HeldLock, work: Callable[[Transaction], object]) -> None:
    """A transaction of its own, while the lock is ours."""

    def checked(transaction: Transaction) -> None:
        work(transaction)
        lock.check(transaction)

    store.write(checked)


def _point(
    transaction: Transaction, graph: str, pointer: str, stored_as: str | None, run: str | None
) -> None:
    transaction.run(
        f"MATCH (g:Graph {{name: $graph}}) SET g.{quoted(pointer)} = $stored_as, "
        f"g.{quoted(f'run_of_{pointer}')} = $run",
        {"graph": graph, "stored_as": stored_as, "run": run},
    )
