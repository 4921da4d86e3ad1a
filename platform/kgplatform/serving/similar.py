"""Which entities have vectors like one's: exact search over a run's vectors, cut to any of its widths."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from graph_schema.arrays import Floats32, Ints, Mask
from graph_schema.errors import RunError, UnknownName, UsageError
from graph_schema.progress import Progress
from kgplatform.graphs.naming import find_entity
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.runs.registry import RunRegistry
from kgplatform.runs.standing import VECTORS, standing
from kgplatform.serving.matrices import Matrix, matrix_of
from kgplatform.store.protocol import GraphStore


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entity with its type, and the cosine between its vector and the one asked about."""

    id: str
    name: str
    type: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Similar:
    """An answer: whose vectors were compared, over how many coordinates, and who is nearest.

    Attributes:
        id, name: Who was asked about.
        graph, run, model: Whose vectors.
        dims: Coordinates compared, and
        floats: the numbers stored for them.
        widths: The other coordinates that the run can be asked for.
        found: Nearest first; level ones by id.
    """

    id: str
    name: str
    graph: str
    run: str
    model: str
    dims: int
    floats: int
    widths: tuple[int, ...]
    found: tuple[Neighbour, ...]


@dataclass(frozen=True)
class Neighbours:
    """A run's vectors over a graph as it stands: who came after the training has none, who went is not found.

    Attributes:
        graph: Pulled.
        run, model: Whose vectors.
        matrix: These.
    """

    graph: PulledGraph
    run: str
    model: str
    matrix: Matrix
    _rows: dict[str, int] = field(init=False, repr=False)
    _here: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rows = {id_: row for row, id_ in enumerate(self.matrix.ids)}
        known = self.graph.vocabulary.entity_ids
        here = np.array([row for id_, row in rows.items() if id_ in known], dtype=np.int64)
        object.__setattr__(self, "_rows", rows)
        object.__setattr__(self, "_here", here)

    def of(self, entity: str, *, dims: int | None = None, type_: str | None = None, top: int = 10) -> Similar:
        """Who is like an entity.

        Args:
            entity: Key, id or name.
            dims: Coordinates compared, one of the run's widths; None: all.
            type_: Only entities of this type.
            top: How many at most.

        Raises:
            UnknownName: no such entity, or no such type.
            RunError: it came to the graph after the training.
            UsageError: no such width; lists those there are.
        """
        width, asked = self.matrix.width(dims), find_entity(self.graph, entity)
        if asked not in self._rows:
            raise RunError(
                f"run {self.run!r} has no vector of {self.graph.names[asked]!r} ({asked}), which came to "
                f"graph {self.graph.name!r} after its training. Train again"
            )
        row = self._rows[asked]
        cosines = self.matrix.cosines(self.matrix.crop(np.array([row]), width)[0], width)
        rows = self._here[self._here != row]
        if type_ is not None:
            rows = rows[self._typed(type_)[rows]]
        order = self._nearest(rows, cosines, top)
        types = self.graph.entity_types
        place = self.graph.vocabulary.entity_ids
        found = tuple(
            Neighbour(
                id_,
                self.graph.names[id_],
                self.graph.type_names[int(types[place[id_]])],
                float(cosines[r]),
            )
            for r, id_ in ((r, self.matrix.ids[r]) for r in order.tolist())
        )
        return Similar(
            asked, self.graph.names[asked], self.graph.name, self.run, self.model, width,
            width * self.matrix.parts, self.matrix.widths, found,
        )  # fmt: skip

    def _typed(self, type_: str) -> Mask:
        """(N,) which rows are of a type. Raises: UnknownName."""
        names = self.graph.type_names
        kind = next((i for i, name in enumerate(names) if name.casefold() == type_.casefold()), None)
        if kind is None:
            raise UnknownName("type", type_, names)
        mask: Mask = np.zeros(len(self.matrix.ids), dtype=bool)
        place, types = self.graph.vocabulary.entity_ids, self.graph.entity_types
        for row in self._here.tolist():
            mask[row] = types[place[self.matrix.ids[row]]] == kind
        return mask

    def _nearest(self, rows: Ints, cosines: Floats32, top: int) -> Ints:
        some = cosines[rows]
        if len(rows) > 4 * top:
            least = np.partition(some, len(some) - top)[len(some) - top]
            rows, some = rows[some >= least], some[some >= least]
        ids = np.array([self.matrix.ids[row] for row in rows.tolist()], dtype=object)
        return rows[np.lexsort((ids, -some))[:top]]


def runs_with_vectors(store: GraphStore, graph: str) -> dict[str, str]:
    """The runs whose vectors stand in a graph, by model."""
    found = {p.model: p.run for p in standing(store.read, graph) if p.product == VECTORS}
    return dict(sorted(found.items()))


def run_with_vectors(store: GraphStore, graph: str) -> str:
    """The one run whose vectors stand in a graph. Raises: RunError, UsageError: none do, or several."""
    found = runs_with_vectors(store, graph)
    if not found:
        raise RunError(
            f"no vectors stand in graph {graph!r}; wanted a run that was promoted with vectors. "
            f"`kgp train transe {graph} --promote` gives it some, or name a run"
        )
    if len(found) > 1:
        raise UsageError(f"vectors of {', '.join(found)} stand in graph {graph!r}; name the run of one")
    (run,) = found.values()
    return run


def neighbours(registry: RunRegistry, graph: PulledGraph, run: str) -> Neighbours:
    """A run's vectors over a pulled graph. Raises: UnknownName, RunError: it has none."""
    record = registry.read(run)
    return Neighbours(graph, record.id, record.model, matrix_of(registry, record.id))


def graph_of_entity(
    store: GraphStore, entity: str, pulled: dict[str, PulledGraph], progress: Progress | None = None
) -> str:
    """The one graph with vectors in which somebody is called that.

    Args:
        store: Where the graphs are.
        entity: Id or name.
        pulled: Graphs that were pulled already; those that are looked through are added.
        progress: Told of what is pulled.

    Raises:
        RunError: no graph has vectors.
        UnknownName: nobody is called that where there are vectors.
        UsageError: several are, in several graphs.
    """
    from kgplatform.graphs.pulling import pull

    names: list[str] = [g["name"] for g in store.graphs() if runs_with_vectors(store, g["name"])]
    if not names:
        raise RunError("no vectors stand in any graph; `kgp train transe GRAPH --promote` gives it some")
    found, missing = [], None
    for name in names:
        graph = pulled[name] = pull(store, name, progress=progress)
        try:
            find_entity(graph, entity)
            found.append(name)
        except UnknownName as error:
            missing = error
    if not found:
        assert missing is not None
        raise missing
    if len(found) > 1:
        raise UsageError(f"{entity!r} in graphs {', '.join(found)}; say which with --graph")
    return found[0]
