"""Properties of entities into their graph, so that every reader meets those of one run, whole.

What one transaction holds is written in that of the promotion, under its name: `n.transe`. What is bigger is
*staged*: written beforehand in batches under a name of its own, `n.transe__1a2b3c4d`, which nobody reads yet.
The promotion's transaction then only moves the pointer on `(:Graph)`: `vectors_transe` names the property in
which the vectors stand, whichever form they have, and `run_of_vectors_transe` says whose they are.

`staged` of `(:Graph)` lists the staged properties that entities may have. What was replaced last stays until
the promotion after, for readers that were on their way through it; everything else that is not pointed to is
cleared away, what a killed promotion had staged too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from graph_schema.progress import Progress
from kgplatform.runs.properties import STAGED, EntityProperty
from kgplatform.runs.standing import Standing
from kgplatform.store.bolt.names import quoted
from kgplatform.store.protocol import GraphStore, HeldLock, Row, Transaction, batches

_KEYS_AT_ONCE = 5_000

_HOLDERS = """
MATCH (n:Entity) WHERE n.key >= $first AND n.key < $after AND n.{name} IS NOT NULL
RETURN collect(n.key) AS keys
"""
_CLEAR = "UNWIND $keys AS key MATCH (n:Entity {{key: key}}) SET n.{name} = null"
"""By key: to clear 100,000 vectors that it finds by a range of keys takes ArcadeDB four times as long, and to
look for the next few would pass all that were cleared. It takes no notice of REMOVE with a quoted name."""
_SET_LIST = "MATCH (g:Graph {name: $graph}) SET g.staged = $names"
_REPLACED = """
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
    names = _staged(store, graph)
    if placed.stored_as not in names:
        _list(store, lock, graph, [*names, placed.stored_as])
    done = 0
    for rows in placed.what.rows(graph):

        def work(transaction: Transaction, rows: list[Row] = rows) -> None:
            write_rows(transaction, placed.stored_as, rows)
            lock.check(transaction)

        store.write(work)
        done += len(rows)
        if progress is not None:
            progress(f"staging {placed.what.product}", done, len(placed.what.ids))


def place(transaction: Transaction, graph: str, before: Standing | None, after: Placed) -> None:
    """Put a property in the place of the one that stood; whoever is not in the graph any more gets none.

    Args:
        transaction: That of the promotion.
        graph: Where.
        before: What stood, if anything did.
        after: What is to stand; staged by now, if it is to be.
    """
    fresh: set[str] = set()
    if not after.staged:
        for rows in after.what.rows(graph):
            write_rows(transaction, after.what.name, rows)
            fresh |= {row["key"] for row in rows}
    if before is None or before.stored_as == after.what.name:
        clear(transaction, graph, after.what.name, but=fresh)
    _point(transaction, graph, f"{after.what.product}_{after.what.name}", after.stored_as, after.run)


def take_away(transaction: Transaction, graph: str, stood: Standing) -> None:
    """Let nothing stand where a property stood; what is staged is cleared later."""
    if stood.name == stood.stored_as:
        clear(transaction, graph, stood.name or "")
    _point(transaction, graph, f"{stood.product}_{stood.name}", None, None)


def clear(transaction: Transaction, graph: str, name: str, but: Collection[str] = ()) -> None:
    """No entity of the graph has the property. Args: but: keys of those that get it anew."""
    (have,) = transaction.run(_HOLDERS.format(name=quoted(name)), _keys(graph))
    lost = [key for key in have["keys"] if key not in but]
    for start, stop in batches(len(lost), _KEYS_AT_ONCE):
        transaction.run(_CLEAR.format(name=quoted(name)), {"keys": lost[start:stop]})


def sweep(store: GraphStore, lock: HeldLock, graph: str) -> None:
    """Clear away what is staged and neither stands nor was replaced last; the lock on the graph is held."""
    names = _staged(store, graph)
    if not names:
        return
    needed: set[str] = set()
    last: dict[tuple[str, str], str] = {}
    for row in store.read(_REPLACED, {"graph": graph, "names": names}):
        if row["until"] is None:
            needed.add(row["stored_as"])
        else:
            last.setdefault((row["product"], row["property"]), row["stored_as"])
    needed |= set(last.values())
    for name in [n for n in names if n not in needed]:
        _clear_in_batches(store, lock, graph, name)
        names.remove(name)
        _list(store, lock, graph, names)


def _clear_in_batches(store: GraphStore, lock: HeldLock, graph: str, name: str) -> None:
    (have,) = store.read(_HOLDERS.format(name=quoted(name)), _keys(graph))
    for start, stop in batches(len(have["keys"]), _KEYS_AT_ONCE):

        def work(transaction: Transaction, keys: list[str] = have["keys"][start:stop]) -> None:
            transaction.run(_CLEAR.format(name=quoted(name)), {"keys": keys})
            lock.check(transaction)

        store.write(work)


def _staged(store: GraphStore, graph: str) -> list[str]:
    (row,) = store.read("MATCH (g:Graph {name: $graph}) RETURN g.staged AS names", {"graph": graph})
    return list(row["names"] or ())


def _list(store: GraphStore, lock: HeldLock, graph: str, names: list[str]) -> None:
    def work(transaction: Transaction) -> None:
        transaction.run(_SET_LIST, {"graph": graph, "names": names or None})
        lock.check(transaction)

    store.write(work)


def _point(
    transaction: Transaction, graph: str, pointer: str, stored_as: str | None, run: str | None
) -> None:
    transaction.run(
        f"MATCH (g:Graph {{name: $graph}}) SET g.{quoted(pointer)} = $stored_as, "
        f"g.{quoted(f'run_of_{pointer}')} = $run",
        {"graph": graph, "stored_as": stored_as, "run": run},
    )


def _keys(graph: str) -> dict[str, str]:
    return {"first": f"{graph}/", "after": f"{graph}0"}
