"""Trained runs loaded and kept, each bound to the graph it answers over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graph_schema.progress import Progress
from kgplatform.graphs.pulling import PulledGraph, aligned, pull
from kgplatform.runs.given import check_trained
from kgplatform.runs.registry import RunRegistry
from kgplatform.serving.added import Added, with_added
from kgplatform.serving.asking import Served
from kgplatform.serving.recent import Recent
from kgplatform.serving.similar import Neighbours, neighbours
from kgplatform.store.protocol import GraphStore

if TYPE_CHECKING:
    from graph_schema.records import RunRecord
    from trainers.evidence.rules import RuleCounts
    from trainers.trainer import Trainer


MOST = 8
"""Runs, and graphs, that are kept in memory."""


class Serving:
    """Loads runs and keeps them: one per run and version of the graph it answers over, `MOST` in all.

    All runs over a version of a graph share one copy of it.

    Args:
        store: Where the graphs are.
        registry: Where the runs are.
        device: A torch device name; None: the one each run was trained on, or the processor where that is
            not here.
    """

    def __init__(self, store: GraphStore, registry: RunRegistry, *, device: str | None = None) -> None:
        self.store, self.registry, self.device = store, registry, device
        self._graphs: Recent[str, PulledGraph] = Recent(MOST)
        self._served: Recent[tuple[str, str, str, int | None], Served] = Recent(MOST)
        self._added: Recent[tuple[str, str, str, tuple[Added, ...]], Served] = Recent(MOST)
        self._neighbours: Recent[tuple[str, str, str], Neighbours] = Recent(MOST)
        self._rules: Recent[tuple[str, str, tuple[str, ...]], RuleCounts] = Recent(MOST)

    def graph(self, name: str, *, progress: Progress | None = None) -> PulledGraph:
        """A graph as it stands now; pulled again only when its version has changed."""
        versions = {g["name"]: g["version"] for g in self.store.graphs()}
        held = self._graphs.get(name)
        if held is None or versions.get(name) != held.version:
            pulled = pull(self.store, name, progress=progress)
            held = self._graphs.put(name, pulled, instead_of=lambda other: other == name)
        return held

    def serve(
        self, run: str, *, on: str | None = None, dims: int | None = None, progress: Progress | None = None
    ) -> Served:
        """A run, answering over its own graph or over another.

        It knows the relations it was trained on; facts of others are left out, see `PulledGraph.left_out`.

        Args:
            run: Its id.
            on: The other graph.
            dims: Coordinates that its vectors are cut to; without a probability, which was measured on all.
            progress: Told of the work.

        Raises:
            UnknownName: no such run or graph.
            RunError: the run's model is not whole, or it has none.
            UsageError: it was not trained to that width.
        """
        from trainers.cropping import at_width
        from trainers.devices import fault_of
        from trainers.registry import load_model

        record = self.registry.read(run)
        check_trained(record)
        graph = self.graph(on or record.graph, progress=progress)
        key = (record.id, graph.name, graph.version, dims)
        served = self._served.get(key)
        if served is None:
            device = self.device or ("cpu" if fault_of(record.device) else record.device)
            model = load_model(record.model).load(self.registry.path(record.id), device=device)
            cropped = at_width(record.model, model, dims)
            if cropped is not model:
                record = record.model_copy(update={"calibration": None})
            served = self.serving(record, graph, cropped)
            if served.graph.left_out and progress:
                progress(left_out(served.graph.left_out), 1, 1)
            self._served.put(key, served, instead_of=lambda other: _older(other, key))
        return served

    def neighbours(self, run: str, graph: str, *, progress: Progress | None = None) -> Neighbours:
        """A run's vectors over a graph as it stands. Raises: UnknownName, RunError: it has none."""
        pulled = self.graph(graph, progress=progress)
        key = (self.registry.read(run).id, pulled.name, pulled.version)
        held = self._neighbours.get(key)
        if held is None:
            fresh = neighbours(self.registry, pulled, run)
            held = self._neighbours.put(
                key, fresh, instead_of=lambda other: other[:2] == key[:2] and other != key
            )
        return held

    def serving(self, record: RunRecord, graph: PulledGraph, model: Trainer) -> Served:
        """A model of a run, bound to a graph that was pulled."""
        graph = aligned(graph, model.relations)
        model.bind(graph.known)
        return Served(record, graph, model, self._counted(graph))

    def with_added(self, served: Served, added: Sequence[Added]) -> Served:
        """The same run over the same graph with somebody added in memory; the run's own model stays as it is.

        Raises:
            InputError: two are called the same.
        """
        from trainers.registry import load_model

        key = (served.record.id, served.graph.name, served.graph.version, tuple(added))
        held = self._added.get(key)
        if held is None:
            graph = with_added(served.graph, added)
            model = load_model(served.record.model).load(
                self.registry.path(served.record.id), device=served.model.device
            )
            model.bind(graph.known)
            held = self._added.put(
                key,
                Served(served.record, graph, model, served.rules),
                instead_of=lambda other: other[:2] == key[:2] and other[2] != key[2],
            )
        return held

    def _counted(self, graph: PulledGraph) -> RuleCounts:
        """The graph's rule counts, of its present version alone."""
        from trainers.evidence.rules import RuleCounts

        key = (graph.name, graph.version, graph.vocabulary.relations)
        held = self._rules.get(key)
        if held is None:
            counts = RuleCounts(graph.known)
            held = self._rules.put(
                key, counts, instead_of=lambda other: other[0] == key[0] and other[1] != key[1]
            )
        return held


def left_out(facts: dict[str, int]) -> str:
    """What an answer does without, in words. Args: facts: numbers of facts by relation."""
    relations = ", ".join(repr(name) for name in list(facts)[:5]) + (", …" if len(facts) > 5 else "")
    return f"left out: {sum(facts.values())} facts of {relations}, which the run never met"


def _older(other: tuple[str, str, str, int | None], key: tuple[str, str, str, int | None]) -> bool:
    """Whether it is the same run over another version of the same graph."""
    return other[:2] == key[:2] and other[2] != key[2]
