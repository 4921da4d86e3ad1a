"""What a run has of entities, a vector or a number each, as a property of the entities in the graph.

A property is `name` as people read it. On the nodes it stands under its name where it is written in the
transaction of its promotion, and under a name of its own where it is too big for that: see `placing`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph_schema.errors import UsageError
from graph_schema.records import Product, RelationVectors, Text, Values, Vectors
from graph_schema.reserved import RELATION_PROPERTIES, RESERVED_PROPERTIES
from graph_schema.schema import GraphSchema
from kgplatform.runs.standing import VALUES, VECTORS, standing
from kgplatform.store.bolt.names import quoted
from kgplatform.store.keys import OF_GRAPH, of_graph
from kgplatform.store.protocol import GraphStore, Row, batches

BATCH = 2_000
"""Rows of one statement."""

NUMBERS_AT_ONCE = 200_000 * 128
"""What one transaction writes, held in the server's memory; bigger properties are staged."""

_OVERHEAD = 32
"""A row weighs as so many numbers at least: key, record and log entry are there for a single number too."""

STAGED = "__"
"""Stands in the names of staged properties, and so in no other."""


@dataclass(frozen=True)
class EntityProperty:
    """A property of entities that a run has.

    Attributes:
        product: `VECTORS` or `VALUES`.
        name: As people read it.
        ids: Of N entities.
        values: (N, d) of vectors, (N,) of values; NaN of an entity that gets none.
        relations: Vectors of relations that go with them.
    """

    product: str
    name: str
    ids: tuple[str, ...]
    values: npt.NDArray[np.floating[Any]]
    relations: RelationVectors | None = None

    @property
    def width(self) -> int | None:
        """Numbers of a vector; None of values."""
        return self.values.shape[1] if self.values.ndim == 2 else None

    @property
    def numbers(self) -> int:
        """What it weighs."""
        return len(self.ids) * max(self.width or 1, _OVERHEAD)

    def rows(self, graph: str) -> Iterator[list[Row]]:
        """What the nodes get, key and value, in batches."""
        known = (
            range(len(self.ids)) if self.values.ndim == 2 else np.flatnonzero(~np.isnan(self.values)).tolist()
        )
        for start, stop in batches(len(known), BATCH):
            some = known[start:stop]
            values = self.values[some].astype(np.float64).tolist()
            yield [{"key": f"{graph}/{self.ids[i]}", "value": v} for i, v in zip(some, values, strict=True)]


def entity_properties(model: str, products: Iterable[Product]) -> list[EntityProperty]:
    """Those products that are properties of entities; vectors are named after the model.

    Raises:
        UsageError: shapes that do not fit, values that are not finite, a name that is none or stands twice.
    """
    found = []
    for product in products:
        if isinstance(product, Vectors):
            check_shape(model, product.ids, product.values, ndim=2)
            found.append(
                EntityProperty(VECTORS, model, tuple(product.ids), product.values, product.relations)
            )
        elif isinstance(product, Values):
            check_shape(product.name, product.ids, product.values, ndim=1)
            found.append(EntityProperty(VALUES, product.name, tuple(product.ids), product.values))
    twice = [name for name, n in Counter(p.name for p in found).items() if n > 1]
    if twice:
        raise UsageError(f"the run has {twice[0]!r} of entities twice; wanted a name of its own for each")
    return found


def texts_of(products: Iterable[Product]) -> dict[str, str]:
    """Those products that are texts, by name. Raises: UsageError: a name that is none or stands twice."""
    texts: dict[str, str] = {}
    for product in products:
        if isinstance(product, Text):
            check_name(product.name)
            if product.name in texts:
                raise UsageError(f"the run has two texts {product.name!r}; wanted a name of its own for each")
            texts[product.name] = product.text
    return texts


def check_free(
    store: GraphStore, graph: str, model: str, wanted: EntityProperty, carried: Collection[str] = ()
) -> None:
    """Refuse a property whose name means something else in the graph.

    Args:
        store: Where the graph is.
        graph: Its name.
        model: Whose the property is.
        wanted: The property.
        carried: Names of properties that stood once, and of which some may be left.

    Raises:
        UsageError: somebody else's is called so.
    """
    name, others = wanted.name, [p for p in standing(store.read, graph) if p.name == wanted.name]
    for other in others:
        if (other.product, other.model) != (wanted.product, model):
            raise UsageError(
                f"{name!r} are {other.product} of run {other.run!r} in graph {graph!r}; wanted a name that "
                f"is free. Roll those back, or give the {wanted.product} another name"
            )
    if wanted.product == VECTORS and (name in RELATION_PROPERTIES or name.endswith("_inverse")):
        raise UsageError(
            f"vectors {name!r}; wanted another name: those of relations stand on their types, which have "
            f"{', '.join(sorted(RELATION_PROPERTIES))}, and `<name>_inverse` for the other direction"
        )
    documented = name in RESERVED_PROPERTIES or name in _documented(store, graph)
    if documented or (not others and name not in carried and _is_data(store, graph, wanted)):
        raise UsageError(
            f"{name!r} is a property that the data of graph {graph!r} have; rename it there, or give the "
            f"{wanted.product} another name"
        )


def _documented(store: GraphStore, graph: str) -> set[str]:
    """Names of the properties that the graph's schema or its imported data have for entities."""
    names: set[str] = set()
    for about in store.read(
        "MATCH (g:Graph {name: $graph}) WHERE g.version IS NOT NULL "
        "RETURN g.schema AS schema, g.node_properties AS declared",
        {"graph": graph},
    ):
        schema = GraphSchema.model_validate_json(about["schema"])
        names |= {spec.name for kind in schema.node_types for spec in kind.properties}
        names |= {entry.rpartition(":")[0] for entry in about["declared"] or ()}
    return names


def _is_data(store: GraphStore, graph: str, wanted: EntityProperty) -> bool:
    """Whether an entity has a property of that name; vectors may take the place of a list, an embedding."""
    name = quoted(wanted.name)
    rows = store.read(
        f"MATCH (n:Entity) WHERE {OF_GRAPH.format('n')} AND n.{name} IS NOT NULL "
        f"RETURN n.{name} AS value LIMIT 1",
        of_graph(graph),
    )
    return any(wanted.product == VALUES or not isinstance(row["value"], list) for row in rows)


def check_name(name: str) -> None:
    """Raises: UsageError: no property of ours can be called that."""
    if not name.isidentifier() or name != name.lower() or STAGED in name:
        raise UsageError(
            f"{name!r} as a name of vectors, values or a text; wanted lower-case letters, digits and single "
            "underscores"
        )


def check_shape(name: str, ids: Sequence[str], values: npt.NDArray[np.floating[Any]], *, ndim: int) -> None:
    """Refuse what does not fit together.

    Args:
        name: Of the property.
        ids: (N,) each once.
        values: (N, d) finite, or (N,) finite or NaN.
        ndim: 2 or 1: which of the two is wanted.

    Raises:
        UsageError: it is otherwise.
    """
    check_name(name)
    what, each = ("vectors", "(N, d), a row") if ndim == 2 else ("values", "(N,), one")
    if values.ndim != ndim or len(values) != len(ids):
        raise UsageError(
            f"{what} {name!r} of shape {values.shape} for {len(ids)} ids; wanted "
            f"{each.replace('N', str(len(ids)))} for each id"
        )
    if len(set(ids)) != len(ids):
        raise UsageError(f"{len(ids) - len(set(ids))} ids of {name!r} stand twice; wanted each once")
    if (np.isinf(values) if ndim == 1 else ~np.isfinite(values)).any():
        unknown = ", NaN where one is not known" if ndim == 1 else ""
        raise UsageError(f"{what} {name!r} are not finite everywhere; wanted finite numbers only{unknown}")
