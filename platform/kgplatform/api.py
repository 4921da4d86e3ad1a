"""The platform in Python: open a store, take a graph of it, train, predict, explain, promote."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from graph_schema.errors import UnknownName
from graph_schema.progress import Progress
from graph_schema.records import Prediction, RunRecord
from kgplatform.graphs.importing import ImportReport, import_files
from kgplatform.opening import connect, registry_of
from kgplatform.serving.asking import QUERIES
from kgplatform.serving.loading import Serving
from kgplatform.serving.similar import Similar, run_with_vectors
from kgplatform.store.protocol import GraphStore

if TYPE_CHECKING:
    from kgplatform.graphs.pulling import PulledGraph
    from kgplatform.serving.added import Added
    from kgplatform.serving.pair_reports import PairReport

Run = RunRecord | str


class Store:
    """An open store; a context manager. `store["drug"]` is its graph of that name."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._registry = registry_of(store)
        self._serving = Serving(store, self._registry)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getitem__(self, name: str) -> Graph:
        if name not in self:
            raise UnknownName("graph", name, self)
        return Graph(name, self._store, self._serving)

    def __iter__(self) -> Iterator[str]:
        return iter([g["name"] for g in self._store.graphs()])

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def load(
        self,
        *paths: str | Path,
        graph: str | None = None,
        domain: str | None = None,
        columns: Sequence[str] | None = None,
        hold_out: float | None = None,
        target: str | None = None,
    ) -> ImportReport:
        """Import files or folders. Raises: InputError with file and line, before anything is written."""
        return import_files(
            self._store, paths, graph=graph, domain=domain, columns=columns, hold_out=hold_out, target=target
        )

    def query(
        self, cypher: str, parameters: dict[str, Any] | None = None, *, limit: int = 1000
    ) -> list[dict[str, Any]]:
        """Rows of a read-only statement. Raises: QueryRefused, QueryTimeout."""
        result = self._store.query(cypher, parameters, limit=limit)
        return [dict(zip(result.columns, row, strict=True)) for row in result.rows]

    def close(self) -> None:
        """Give back connections and the lease on a local server."""
        self._store.close()


class Graph:
    """One graph of a store."""

    def __init__(self, name: str, store: GraphStore, serving: Serving) -> None:
        self.name, self._store, self._serving = name, store, serving

    def pull(self) -> PulledGraph:
        """Its facts as tables and integers."""
        return self._serving.graph(self.name)

    def train(
        self,
        model: str,
        *,
        relations: Sequence[str] = (),
        seed: int = 0,
        progress: Progress | None = None,
        **settings: Any,
    ) -> RunRecord:
        """Train a model on it, with a progress bar where stderr is a terminal.

        Args:
            model: Its name.
            relations: That are learned; none: see `kgplatform.jobs.planning.Wish`.
            seed: Decides everything random.
            progress: Told of the work.
            settings: Single ones.

        Raises:
            UnknownName: no such model or relation.
            InputError: a setting is unknown or out of range.
        """
        from kgplatform.jobs.pipeline import retrain

        with _bar(progress) as report:
            return retrain(
                self._store, self._serving.registry, self.name, model,
                relations=relations, settings=settings, seed=seed, progress=report,
            )  # fmt: skip

    def predict(
        self,
        run: Run,
        *,
        head: str | None = None,
        relation: str | None = None,
        tail: str | None = None,
        top: int = 10,
        queries: int = QUERIES,
        paths: int = 3,
        dims: int | None = None,
    ) -> list[Prediction]:
        """See `Served.predict`. Args: dims: Coordinates that vectors are cut to; None: all."""
        served = self._serving.serve(_id(run), on=self.name, dims=dims)
        return served.predict(head=head, relation=relation, tail=tail, top=top, queries=queries, paths=paths)

    def similar(
        self,
        entity: str,
        *,
        run: Run | None = None,
        dims: int | None = None,
        type: str | None = None,  # noqa: A002  # as in the graph and on the command line
        top: int = 10,
    ) -> Similar:
        """Who is like an entity by vectors, those that stand in the graph or a run's; see `Neighbours.of`."""
        whose = run_with_vectors(self._store, self.name) if run is None else _id(run)
        found = self._serving.neighbours(whose, self.name)
        return found.of(entity, dims=dims, type_=type, top=top)

    def interactions(
        self,
        drugs: Sequence[str],
        *,
        run: Run | None = None,
        added: Sequence[str | Added] = (),
        types: int = 3,
        evidence: int = 3,
        progress: Progress | None = None,
    ) -> list[PairReport]:
        """Whether drugs interact, how and why, each pair of 2 to 10; see `serving.interactions`."""
        from kgplatform.serving.interactions import interactions

        which = None if run is None else _id(run)
        with _bar(progress) as report:
            return interactions(
                self._serving, self.name, drugs,
                run=which, added=added, types=types, evidence=evidence, progress=report,
            )  # fmt: skip

    def explain(self, run: Run, head: str, relation: str, tail: str, *, paths: int = 5) -> Prediction:
        """See `Served.explain`."""
        return self._serving.serve(_id(run), on=self.name).explain(head, relation, tail, paths=paths)

    def promote(
        self, run: Run, *, relation: str | None = None, top: int = 10, queries: int = QUERIES,
        progress: Progress | None = None,
    ) -> Sequence[Prediction]:  # fmt: skip
        """Write the run's predictions with evidence into the graph; returns what was written."""
        from kgplatform.jobs.promoting import Promotion, promote

        with _bar(progress) as report:
            return promote(
                self._store,
                self._serving.registry,
                _id(run),
                Promotion(relation, top, queries),
                progress=report,
            )


def open_store(url: str | None = None) -> Store:
    """Open a store: `local:FOLDER`, `neo4j://…`, `neo4j-local:FOLDER`; None for KGP_STORE or `local:`."""
    return Store(connect(url))


def _id(run: Run) -> str:
    return run if isinstance(run, str) else run.id


def _bar(progress: Progress | None) -> AbstractContextManager[Progress]:
    if progress is not None:
        return nullcontext(progress)
    if not sys.stderr.isatty():
        return nullcontext(_silent)
    from kgplatform.reporting import reporting

    return reporting()


def _silent(what: str, done: float, total: float) -> None:
    del what, done, total
