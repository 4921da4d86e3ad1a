"""Which entities have vectors like one's: exact search over a run's vectors, cut to any of its widths."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from graph_schema.arrays import Floats32, Ints, Mask
from graph_schema.errors import RunError, UnknownName, UsageError
from graph_schema.progress import Progress
from kgplatform.graphs.naming import find_entity
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.runs.registry import RunRegistry
from kgplatform.runs.standing import VECTORS, standing
from kgplatform.runs.vector_index import ask_index, ensure_index
from kgplatform.serving.matrices import Matrix, matrix_of
from kgplatform.store.protocol import GraphStore

CANDIDATES = 100
"""Entities that an index is asked for at least."""


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
        by_index: Whether candidates came from the server's index over these coordinates, and were then put
            in order by all of them.
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
    by_index: bool = False


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
    _kinds: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rows = {id_: row for row, id_ in enumerate(self.matrix.ids)}
        known = self.graph.vocabulary.entity_ids
        here = np.array([row for id_, row in rows.items() if id_ in known], dtype=np.int64)
        kinds = np.full(len(rows), -1, dtype=np.int64)
        places = np.array([known[self.matrix.ids[row]] for row in here.tolist()], dtype=np.int64)
        kinds[here] = self.graph.entity_types[places]
        object.__setattr__(self, "_kinds", kinds)
        object.__setattr__(self, "_rows", rows)
        object.__setattr__(self, "_here", here)

    def of(self, entity: str, *, dims: int | None = None, type_: str | None = None, top: int = 10) -> Similar:
        """Who is like an entity; exact.

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
        width, row = self.matrix.width(dims), self._row(entity)
        rows = self._others(row, type_)
        return self._answer(row, rows, width, width, top)

    def of_index(
        self,
        store: GraphStore,
        entity: str,
        *,
        dims: int | None = None,
        type_: str | None = None,
        top: int = 10,
        progress: Progress,
    ) -> Similar:
        """Who is like an entity, of those that the server's index over a crop names, by the whole vectors.

        Args: see `of`; of a type none may be named where others are nearer.

        Raises:
            UsageError: the server has no such indexes.
            GraphBusy: somebody else writes to the graph, and the index has to be made.
            UnknownName, RunError: as `of`.
        """
        width, row = self.matrix.width(dims), self._row(entity)
        others = self._others(row, type_)
        index = ensure_index(
            store, self.graph.name, self.model, self.run, width, self._crops, progress, self.matrix.parts
        )
        mine = self.matrix.crop(np.array([row]), width)[0]
        named = {self._rows[id_] for id_ in ask_index(store, index, mine, max(CANDIDATES, 10 * top))}
        rows = others[np.isin(others, list(named))]
        return replace(self._answer(row, rows, width, self.matrix.widths[-1], top), by_index=True)

    def _crops(self, width: int) -> tuple[list[str], Floats32]:
        """The ids of all that are there, and their crops."""
        return [self.matrix.ids[r] for r in self._here.tolist()], self.matrix.crop(self._here, width)

    def _row(self, entity: str) -> int:
        asked = find_entity(self.graph, entity)
        if asked not in self._rows:
            raise RunError(
                f"run {self.run!r} has no vector of {self.graph.names[asked]!r} ({asked}), which came to "
                f"graph {self.graph.name!r} after its training. Train again"
            )
        return self._rows[asked]

    def _others(self, row: int, type_: str | None) -> Ints:
        """Who is compared with a row: all others that are there, of a type. Raises: UnknownName."""
        rows: Ints = self._here[self._here != row]
        return rows if type_ is None else rows[self._typed(type_)[rows]]

    def _answer(self, row: int, rows: Ints, said: int, width: int, top: int) -> Similar:
        """The nearest of some rows at a width. Args: said: The width that the answer names."""
        cosines = self.matrix.cosines(self.matrix.crop(np.array([row]), width)[0], width)
        types, place, names = self.graph.entity_types, self.graph.vocabulary.entity_ids, self.graph.names
        found = tuple(
            Neighbour(id_, names[id_], self.graph.type_names[int(types[place[id_]])], float(cosines[r]))
            for r, id_ in ((r, self.matrix.ids[r]) for r in self._nearest(rows, cosines, top).tolist())
        )
        asked = self.matrix.ids[row]
        floats = said * self.matrix.parts
        whose = (self.graph.name, self.run, self.model)
        return Similar(asked, names[asked], *whose, said, floats, self.matrix.widths, found)

    def _typed(self, type_: str) -> Mask:
        """(N,) which rows are of a type. Raises: UnknownName."""
        names = self.graph.type_names
        kind = next((i for i, name in enumerate(names) if name.casefold() == type_.casefold()), None)
        if kind is None:
            raise UnknownName("type", type_, names)
        mask: Mask = self._kinds == kind
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
