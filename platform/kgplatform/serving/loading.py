"""Trained runs loaded and kept, each bound to the graph it answers over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph_schema.progress import Progress
from kgplatform.graphs.pulling import PulledGraph, aligned, pull
from kgplatform.runs.registry import RunRegistry
from kgplatform.serving.asking import Served
from kgplatform.store.protocol import GraphStore

if TYPE_CHECKING:
    from graph_schema.records import RunRecord
    from trainers.evidence.rules import RuleCounts
    from trainers.trainer import Trainer


class Serving:
    """Loads runs and keeps them: one per run and version of the graph it answers over.

    Args:
        store: Where the graphs are.
        registry: Where the runs are.
        device: A torch device name; None: the one each run was trained on, or the processor where that is
            not here.
    """

    def __init__(self, store: GraphStore, registry: RunRegistry, *, device: str | None = None) -> None:
        self.store, self.registry, self.device = store, registry, device
        self._graphs: dict[str, PulledGraph] = {}
        self._served: dict[tuple[str, str, str], Served] = {}
        self._rules: dict[tuple[str, str, tuple[str, ...]], RuleCounts] = {}

    def graph(self, name: str, *, progress: Progress | None = None) -> PulledGraph:
        """A graph as it stands now; pulled again only when its version has changed."""
        versions = {g["name"]: g["version"] for g in self.store.graphs()}
        held = self._graphs.get(name)
        if held is None or versions.get(name) != held.version:
            held = self._graphs[name] = pull(self.store, name, progress=progress)
        return held

    def serve(self, run: str, *, on: str | None = None, progress: Progress | None = None) -> Served:
        """A run, answering over its own graph or over another.

        It knows the relations it was trained on; facts of others are left out, see `PulledGraph.left_out`.

        Raises:
            UnknownName: no such run or graph.
            RunError: the run's model is not whole.
        """
        from trainers.devices import fault_of
        from trainers.registry import load_model

        record = self.registry.read(run)
        graph = self.graph(on or record.graph, progress=progress)
        key = (record.id, graph.name, graph.version)
        if key not in self._served:
            device = self.device or ("cpu" if fault_of(record.device) else record.device)
            model = load_model(record.model).load(self.registry.path(record.id), device=device)
            served = self.serving(record, graph, model)
            if served.graph.left_out and progress:
                progress(left_out(served.graph.left_out), 1, 1)
            self._served = {k: v for k, v in self._served.items() if k[:2] != key[:2]}
            self._served[key] = served
        return self._served[key]

    def serving(self, record: RunRecord, graph: PulledGraph, model: Trainer) -> Served:
        """A model of a run, bound to a graph that was pulled."""
        graph = aligned(graph, model.relations)
        model.bind(graph.known)
        return Served(record, graph, model, self._counted(graph))

    def _counted(self, graph: PulledGraph) -> RuleCounts:
        """The graph's rule counts, of its present version alone."""
        from trainers.evidence.rules import RuleCounts

        key = (graph.name, graph.version, graph.vocabulary.relations)
        if key not in self._rules:
            self._rules = {k: v for k, v in self._rules.items() if k[:2] == key[:2] or k[0] != key[0]}
            self._rules[key] = RuleCounts(graph.known)
        return self._rules[key]


def left_out(facts: dict[str, int]) -> str:
    """What an answer does without, in words. Args: facts: numbers of facts by relation."""
    relations = ", ".join(repr(name) for name in list(facts)[:5]) + (", …" if len(facts) > 5 else "")
    return f"left out: {sum(facts.values())} facts of {relations}, which the run never met"
