"""What a run learned, back into its graph: promoting a run and rolling it back, each in one transaction.

Only what is too big for one is staged before: see `placing`. After an outage the transaction is begun again,
and first looks whether it had taken effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph_schema.errors import GraphBusy, RunError
from graph_schema.progress import Progress
from graph_schema.records import Prediction, Product, RunRecord
from kgplatform.runs.kept import keep_property, kept_property
from kgplatform.runs.placing import Placed, carried_names, place, stage, staged_name, sweep, take_away, weight
from kgplatform.runs.predictions import check_size, delete_predictions, write_predictions
from kgplatform.runs.properties import NUMBERS_AT_ONCE, EntityProperty, check_free, entity_properties
from kgplatform.runs.registry import RunRegistry, run_properties
from kgplatform.runs.standing import (
    PREDICTIONS,
    TEXTS,
    Standing,
    adopt,
    begin,
    end,
    new_batch,
    promotion,
    standing,
    update_statuses,
)
from kgplatform.store.protocol import GraphStore, Transaction


def promote(
    store: GraphStore,
    registry: RunRegistry,
    record: RunRecord,
    predictions: Sequence[Prediction],
    *,
    version: str,
    relations: Iterable[str] = (),
    products: Iterable[Product] = (),
    at_once: int = NUMBERS_AT_ONCE,
    by: str = "hand",
    reason: str | None = None,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Make these the products of the run's model, replacing those that stood.

    The facts, the predictions of other relations and properties of other names are not touched. Everything
    takes effect in one transaction under the graph's lock, so that no reader sees parts of two runs.

    Args:
        store: Where the graph is.
        registry: Where what is written is kept, for rolling back to it.
        record: The run; its texts stand from now on.
        predictions: What to write.
        version: Of the graph that they were made over.
        relations: What was asked; more of these than have predictions lose those that stood.
        products: Vectors, kept in the property named after the model, and values.
        at_once: Numbers of one property that the transaction writes; of more it is staged before.
        by: Who promotes: "hand", "training".
        reason: Why, if there is more to say.
        progress: Told of what is staged.

    Returns:
        Ids of the runs whose products stood before, if there were any.

    Raises:
        UsageError: more predictions than one transaction holds, or vectors or values that cannot be written
            or whose name means something else in the graph.
        GraphBusy: somebody else writes to the graph, or it has changed since the predictions were made.
    """
    check_size(len(predictions))
    graph = record.graph
    found = entity_properties(record.model, products)
    for what in found:
        check_free(store, graph, record.model, what, carried_names(store, graph))
    kept, batch = registry.keep_predictions(record.id, predictions), new_batch(record.id)
    properties = run_properties(record, "candidate") | {"predictions": kept, "graph_version": version}
    asked = sorted({*relations, *(p.relation for p in predictions)})
    placed = [_placed(store, registry, record, what, at_once) for what in found]
    written = [
        *({"product": PREDICTIONS, "relation": relation, "predictions": kept} for relation in asked),
        *(_about(p) for p in placed),
        *([{"product": TEXTS}] if record.texts else []),
    ]

    def work(transaction: Transaction) -> None:
        if any(p.batch == batch for p in standing(transaction.run, graph)):
            return  # an earlier attempt took effect, and its answer was lost
        write_predictions(transaction, record, asked, predictions, stale=False)
        for p in placed:
            place(transaction, graph, p)
        end(transaction, before.values())
        transaction.run(
            "MERGE (r:Run {id: $id}) SET r += $properties", {"id": record.id, "properties": properties}
        )
        rows = [_row(record, about, version, before.get(_place(about))) for about in written]
        begin(transaction, graph, batch, rows, by=by, reason=reason)
        update_statuses(transaction, graph, [p.run for p in before.values()], as_="retired")
        lock.check(transaction)

    with store.lock(graph, f"promoting {record.id}") as lock:
        if _version(store, graph) != version:
            raise GraphBusy(f"graph {graph!r} changed while run {record.id!r} was predicting; promote again")
        adopt(store, registry, graph)
        taken = {_place(about) for about in written}
        before = {p.place: p for p in standing(store.read, graph, record.model) if p.place in taken}
        for p in placed:
            if p.staged:
                stage(store, lock, graph, p, progress)
        store.write(work)
        sweep(store, lock, graph)
        _forget_unreachable(store, registry, graph)
    return tuple(dict.fromkeys(p.run for p in before.values()))


@dataclass(frozen=True)
class RolledBack:
    """What a rollback did.

    Attributes:
        undone: The run whose products stand no more.
        relations: Of which relations' predictions.
        again: Runs whose products stand again; none where nothing stood before.
    """

    undone: str
    relations: tuple[str, ...]
    again: tuple[str, ...]


def rollback(
    store: GraphStore,
    registry: RunRegistry,
    graph: str,
    model: str | None = None,
    relation: str | None = None,
    *,
    at_once: int = NUMBERS_AT_ONCE,
) -> RolledBack:
    """Undo the last promotion with all it wrote: what stood before stands again, if anything did.

    Its run is a candidate again unless predictions of other relations still stand.

    Args:
        store: Where the graph is.
        registry: Where the earlier run's predictions are kept.
        graph: Its name.
        model: Only this one's promotions.
        relation: Only this relation's predictions, of the last promotion that wrote them.
        at_once: Numbers of one property that the transaction writes, as for `promote`.

    Raises:
        RunError: nothing stands, or what stood before is not kept here.
    """
    with store.lock(graph, "rolling back") as lock:
        adopt(store, registry, graph)
        last = _last(store, graph, model, relation)
        stood = [promotion(store, p.replaces) for p in last if p.replaces]
        records = {p.run: registry.read(p.run) for p in stood}
        kept = {p.id: registry.predictions(p.run, p.kept) for p in stood if p.product == PREDICTIONS}
        placed = {p.place: _placed_again(store, registry, graph, p, at_once) for p in stood if p.name}
        batch = new_batch(last[0].run)
        version = _version(store, graph)
        rows = [
            _row(records[p.run], _again(p, placed.get(p.place)), p.version, None)
            | {"replaces": p.replaces, "replaced": last[0].run}
            for p in stood
        ]

        def work(transaction: Transaction) -> None:
            if not {p.id for p in last} & {p.id for p in standing(transaction.run, graph)}:
                return  # an earlier attempt took effect, and its answer was lost
            gone = [p.relation for p in last if p.relation is not None]
            delete_predictions(transaction, graph, last[0].model, gone)
            for p in last:
                if p.place in placed:
                    place(transaction, graph, placed[p.place])
                elif p.name:
                    take_away(transaction, graph, p)
            for p in stood:
                if p.relation is not None:
                    some = [found for found in kept[p.id] if found.relation == p.relation]
                    stale = p.version != version
                    write_predictions(transaction, records[p.run], [p.relation], some, stale=stale)
            end(transaction, last)
            begin(transaction, graph, batch, rows, by="rollback", reason=f"rolled back {last[0].run}")
            update_statuses(transaction, graph, [last[0].run], as_="candidate")
            lock.check(transaction)

        for staged in placed.values():
            if staged.staged:
                stage(store, lock, graph, staged, None)
        store.write(work)
        sweep(store, lock, graph)
        _forget_unreachable(store, registry, graph)
    return RolledBack(
        last[0].run,
        tuple(p.relation for p in last if p.relation is not None),
        tuple(dict.fromkeys(p.run for p in stood)),
    )


def _last(store: GraphStore, graph: str, model: str | None, relation: str | None) -> list[Standing]:
    """What stands of the last promotion, of this model and relation if given. Raises: RunError."""
    every = standing(store.read, graph)
    found = [p for p in every if model in (None, p.model)]
    if relation is not None:
        exactly = [p for p in found if p.relation == relation]
        found = exactly or [p for p in found if (p.relation or "").casefold() == relation.casefold()]
    if not found:
        asked = ((what, name) for what, name in (("model", model), ("relation", relation)) if name)
        of = "".join(f" of {what} {name!r}" for what, name in asked)
        there = ", ".join(sorted({f"{p.place[1] or p.product} of {p.model}" for p in every})) or "nothing"
        raise RunError(
            f"found no promotion{of} to undo in graph {graph!r}; wanted one that stands. There stands {there}"
        )
    return [p for p in found if p.batch == found[0].batch]


def _placed(
    store: GraphStore, registry: RunRegistry, record: RunRecord, what: EntityProperty, at_once: int
) -> Placed:
    """A property kept with its run, to stand under its name or, where it is too big, staged."""
    kept = keep_property(registry, record.id, what)
    whole = weight(store, record.graph, what) <= at_once
    return Placed(what, record.id, kept, what.name if whole else staged_name(what.name, kept))


def _placed_again(store: GraphStore, registry: RunRegistry, graph: str, p: Standing, at_once: int) -> Placed:
    """What a promotion wrote, where it stood if that can be. Raises: RunError: it is not kept here."""
    what = kept_property(registry, p.run, p.product, p.name or "", p.kept)
    whole = p.stored_as == p.name and weight(store, graph, what) <= at_once
    return Placed(what, p.run, p.kept, what.name if whole else staged_name(what.name, p.kept))


def _about(p: Placed) -> dict[str, Any]:
    """What a promotion of a property says of it."""
    return {
        "product": p.what.product,
        "property": p.what.name,
        "stored_as": p.stored_as,
        "width": p.what.width,
        "predictions": p.kept,
    }


def _again(p: Standing, placed: Placed | None) -> dict[str, Any]:
    """What a promotion says that stands again."""
    if placed is not None:
        return _about(placed)
    return {"product": p.product, "relation": p.relation, "predictions": p.kept or None}


def _place(about: dict[str, Any]) -> tuple[str, str | None]:
    """See `Standing.place`."""
    return (about["product"], about.get("relation") or about.get("property"))


def _row(record: RunRecord, about: dict[str, Any], version: str, before: Standing | None) -> dict[str, Any]:
    """The properties of one promotion."""
    return about | {
        "model": record.model,
        "run": record.id,
        "version": version,
        "replaced": before.run if before else None,
        "replaces": before.id if before else None,
    }


def _version(store: GraphStore, graph: str) -> str | None:
    rows = store.read("MATCH (g:Graph {name: $graph}) RETURN g.version AS version", {"graph": graph})
    return rows[0]["version"] if rows else None


def _forget_unreachable(store: GraphStore, registry: RunRegistry, graph: str) -> None:
    """Delete the kept products that no rollback can reach any more."""
    rows = store.read(
        "MATCH (p:Promotion {graph: $graph}) RETURN p.id AS id, p.replaces AS replaces, p.run AS run, "
        "p.predictions AS kept, p.until AS until ORDER BY id",
        {"graph": graph},
    )
    about = {row["id"]: row for row in rows}
    left, reached = [row["id"] for row in rows if row["until"] is None], set[str]()
    while left:
        at = left.pop()
        if at in about and at not in reached:
            reached.add(at)
            left += [about[at]["replaces"]] if about[at]["replaces"] else []
    every, needed = (
        {(about[id_]["run"], about[id_]["kept"]) for id_ in some if about[id_]["kept"]}
        for some in (about.keys(), reached)
    )
    for run, kept in sorted(every - needed):
        registry.forget(run, [kept])
