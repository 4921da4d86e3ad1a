"""Facts out of the store as integers for trainers; predictions never come along."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions at import time)

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.arrays import Ints, Mask
from graph_schema.dataset import GraphDataset
from graph_schema.errors import GraphBusy, InputError, UnknownName
from graph_schema.names import Names
from graph_schema.progress import Progress
from graph_schema.schema import GraphSchema
from graph_schema.tables import KNOWN_SPLITS, GraphData
from graph_schema.triples import Splits, TripleSet, Vocabulary
from kgplatform.graphs.copies import Arrays, Copies, Copy
from kgplatform.graphs.encoding import FOR_ARRAYS, divided, encoded, places, sorted_names
from kgplatform.graphs.fingerprints import fingerprint
from kgplatform.graphs.holding_out import HELD_OUT, draw, packed, unpacked
from kgplatform.graphs.holding_out import places as places_of
from kgplatform.graphs.mirrors import Mirrors, Undeclared, undeclared
from kgplatform.settings import Settings
from kgplatform.store.protocol import GraphStore, Transaction

logger = logging.getLogger(__name__)

_SHARE = 0.1
"""Share of facts drawn for validation, and as many for the test, where a graph has no splits."""


@dataclass(frozen=True)
class Division:
    """A graph divided for learning.

    `kept` holds the places of facts that the draw could not spare: they are learned from, and stay so for
    good once that is written down (`keep_in_training`). `mirrored` names relations of which what is held out
    can be read off other facts, while no schema says so.
    """

    splits: Splits
    kept: tuple[int, ...]
    mirrored: tuple[Undeclared, ...]


@dataclass(frozen=True)
class PulledGraph:
    """A graph as it stood at one version: its tables, and the same facts as integers.

    Entity and relation ids are positions among the sorted ids and names. `left_out` counts, by relation,
    facts of the graph that are not in `data`, since a model that is to answer never met their relation.
    `kept` holds places of facts that stay in training; see `kgplatform.graphs.holding_out`. `arrays` are
    those of a file that holds this version; None: they are made of `data` when they are asked for.
    """

    name: str
    version: str
    schema: GraphSchema
    data: GraphData
    left_out: dict[str, int] = field(default_factory=dict)
    kept: tuple[int, ...] = ()
    arrays: Arrays | None = None

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """All entities, isolated ones too, and all relations.

        Of a symmetric type that holds many relations, only the one named like the type is symmetric.
        """
        types = self.relation_types
        symmetric = [
            name
            for name, kind in types.items()
            if name == kind and (t := self.schema.relation_type(kind)) and t.symmetric
        ]
        implies = [
            (name, other)
            for name, kind in types.items()
            if (t := self.schema.relation_type(kind))
            for other in t.implies
        ]
        ids = Names(sorted_names(self.data.nodes["id"]))
        return Vocabulary(
            ids, tuple(sorted(types)), frozenset(symmetric), frozenset(implies), self._structures
        )

    @property
    def _structures(self) -> dict[str, str]:
        """SMILES by id, of the nodes that have one."""
        nodes = self.data.nodes
        if "smiles" not in nodes.column_names:
            return {}
        there = nodes.select(["id", "smiles"]).filter(pc.is_valid(nodes["smiles"]))
        pairs = zip(there["id"].to_pylist(), there["smiles"].to_pylist(), strict=True)
        return {entity: smiles for entity, smiles in pairs if smiles}

    @cached_property
    def relation_types(self) -> dict[str, str]:
        """The relationship type in the database, by relation."""
        relations = self.data.relations
        return dict(zip(relations["name"].to_pylist(), relations["type"].to_pylist(), strict=True))

    def of_splits(self, *names: str | None) -> TripleSet:
        """Facts whose split is one of `names`; None stands for facts without one. Raises: UnknownName."""
        (rows,) = divided(self.data.facts, self._ids, self.vocabulary.relations, [names])
        return TripleSet(self.vocabulary, rows)

    @cached_property
    def known(self) -> TripleSet:
        """Facts that may answer: training facts, and facts without a split."""
        return TripleSet(self.vocabulary, self._parts[0])

    @cached_property
    def valid(self) -> TripleSet:
        """Facts the graph itself holds out for validation."""
        return TripleSet(self.vocabulary, self._parts[1])

    @cached_property
    def test(self) -> TripleSet:
        """Facts the graph itself holds out for the test."""
        return TripleSet(self.vocabulary, self._parts[2])

    @cached_property
    def held_out(self) -> TripleSet:
        """Facts the graph itself holds out; they may be predicted, and are flagged."""
        return self.valid.union(self.test)

    @cached_property
    def _parts(self) -> tuple[Ints, Ints, Ints]:
        """Rows of `known`, `valid` and `test`."""
        if self.arrays is not None:
            return self.arrays.known, self.arrays.valid, self.arrays.test
        parts = ({None, *KNOWN_SPLITS}, {"valid"}, {"test"})
        known, valid, test = divided(self.data.facts, self._ids, self.vocabulary.relations, parts)
        return known, valid, test

    @property
    def _ids(self) -> pa.Array:
        names = self.vocabulary.entities
        return names.array if isinstance(names, Names) else pa.array(names, pa.string())

    @cached_property
    def type_names(self) -> tuple[str, ...]:
        """Node types of the graph's schema."""
        return tuple(t.name for t in self.schema.node_types)

    @cached_property
    def entity_types(self) -> Ints:
        """(E,) int64, the place of each entity's type in `type_names`."""
        if self.arrays is not None:
            return self.arrays.entity_types
        nodes = self.data.nodes
        types = np.empty(len(self._ids), dtype=np.int64)
        kinds = places(nodes["type"], pa.array(self.type_names, pa.string()), "node type")
        types[places(nodes["id"], self._ids, "entity")] = kinds
        return types

    @cached_property
    def names(self) -> dict[str, str]:
        """What people call each entity, by id."""
        nodes = self.data.nodes
        return dict(zip(nodes["id"].to_pylist(), nodes["name"].to_pylist(), strict=True))

    @cached_property
    def called(self) -> dict[str, list[str]]:
        """Ids by what people call them, in lower case: by name, or by alias where nothing has that name."""
        by_name: dict[str, list[str]] = {}
        by_alias: dict[str, list[str]] = {}
        for entity, name in self.names.items():
            by_name.setdefault(name.casefold(), []).append(entity)
        nodes = self.data.nodes
        for entity, aliases in zip(nodes["id"].to_pylist(), nodes["aliases"].to_pylist(), strict=True):
            for alias in {a.casefold() for a in aliases}:
                by_alias.setdefault(alias, []).append(entity)
        return by_alias | by_name

    def type_of(self, relation: str) -> str:
        """The relationship type a relation has in the database. Raises: UnknownName."""
        if relation not in self.relation_types:
            raise UnknownName("relation", relation, self.relation_types)
        return self.relation_types[relation]

    def allowed(self, relation: str) -> tuple[Mask, Mask]:
        """(E,) masks: who may be head, and who tail, of a relation, by the schema's end types."""
        kind = self.schema.relation_type(self.type_of(relation))
        if kind is None:
            everyone = np.ones(len(self.vocabulary.entities), dtype=bool)
            return everyone, everyone
        heads, tails = (
            np.isin(self.entity_types, [self.type_names.index(t) for t in ends])
            for ends in (kind.head, kind.tail)
        )
        return heads, tails

    @cached_property
    def allowed_ends(self) -> dict[int, Mask]:
        """By relation in [0, 2m), of those that stand in the graph: (E,) who may be the answer."""
        m = len(self.vocabulary.relations)
        ends: dict[int, Mask] = {}
        for number, name in enumerate(self.vocabulary.relations):
            if name in self.relation_types:
                ends[number + m], ends[number] = self.allowed(name)
        return ends

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the sorted nodes, facts and splits: equal for equal graphs on any server."""
        return fingerprint(self.data) if self.arrays is None else self.arrays.fingerprint

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The schema's target or the relations of that type; else the relation with most facts."""
        known, target = self.relation_types, self.schema.target
        found = [target] if target in known else sorted(r for r, kind in known.items() if kind == target)
        if not found:
            found = [self.vocabulary.relations[int(np.bincount(self.known.triples[:, 1]).argmax())]]
        return tuple(r for r in found if r is not None)

    @cached_property
    def dataset(self) -> GraphDataset:
        """The graph as a task takes it. Raises: InputError: too few facts to learn from."""
        return GraphDataset(self.name, self.fingerprint, self.splits(), self.targets, self.allowed_ends)

    def splits(self) -> Splits:
        """The graph divided for learning. Raises: InputError: too few facts to learn from."""
        return self.division.splits

    @cached_property
    def division(self) -> Division:
        """The graph divided for learning: as imported, or about a tenth each drawn for validation and test.

        A fact is drawn by a hash of its names, so that it stays where it is when others come. A graph with a
        test but no validation split gives up a tenth of its known facts for validation.

        Raises:
            InputError: the graph has too few facts to learn from.
        """
        known, valid, test = self.known, self.valid, self.test
        if len(known) < 2:
            raise InputError(
                f"{len(known)} known facts in graph {self.name!r}",
                wanted="at least 2 to learn from",
                hint="import more facts, or facts without a valid or test split",
            )
        kept: tuple[int, ...] = ()
        mirrored: list[Undeclared] = []
        if not len(valid):
            mirrors = Mirrors.of(self.schema)
            mirrored = undeclared(known, mirrors)
            drawn = draw(
                known.triples,
                places_of(known.triples, known.vocabulary, mirrors),
                _SHARE,
                kept=np.array(self.kept, dtype=np.int64),
                parts=HELD_OUT[:1] if len(test) else HELD_OUT,
                least=1 if len(known) * _SHARE >= 1 else 0,
            )
            rows, kept = known.triples, tuple(drawn.kept.tolist())
            valid = TripleSet.of(known.vocabulary, rows[drawn.valid])
            test = test if len(test) else TripleSet.of(known.vocabulary, rows[drawn.test])
            stays = np.delete(rows, np.concatenate([drawn.valid, drawn.test]), axis=0)
            known = TripleSet.of(known.vocabulary, stays)
        splits = Splits(known, valid, test, self.entity_types, self.type_names, self.fingerprint)
        return Division(splits, kept, tuple(mirrored))


def pull(store: GraphStore, graph: str, *, progress: Progress | None = None) -> PulledGraph:
    """A graph as it stands: from the file that holds its version, else from the store into that file.

    Raises:
        UnknownName: there is none of that name.
        GraphBusy: it changed while it was read.
    """
    present = _records(store, graph)
    record = present[graph]
    schema = GraphSchema.model_validate_json(record["schema"])
    kept = tuple(unpacked(record.get("kept_in_training", "")).tolist())
    copies = Copies(Settings.from_environment().folder_of(store.url, "graphs"))
    which = graph, record["version"], schema.fingerprint()
    copy = copies.open(*which)
    if copy is None:
        data = encoded(store.get_graph(graph, progress=progress), FOR_ARRAYS)
        if _records(store, graph)[graph]["version"] != record["version"]:
            raise GraphBusy(f"graph {graph!r} changed while it was read; try again when the import has ended")
        fresh = PulledGraph(graph, record["version"], schema, data)
        copy = Copy(encoded(data), arrays_of(fresh))
        try:
            copies.keep(*which, copy, present)
        except OSError as error:
            logger.warning("graph %r is read from the store each time: %s", graph, error)
        copy = copies.open(*which) or copy
    return PulledGraph(graph, record["version"], schema, copy.data, kept=kept, arrays=copy.arrays)


def arrays_of(graph: PulledGraph) -> Arrays:
    """What a file keeps of a graph besides its tables."""
    known, valid, test = (facts.triples for facts in (graph.known, graph.valid, graph.test))
    return Arrays(known, valid, test, graph.entity_types, graph.fingerprint)


def keep_in_training(store: GraphStore, graph: PulledGraph) -> None:
    """Write down with the graph which facts its draw could not spare: they were learned from."""
    kept = graph.division.kept
    if kept:
        store.write(lambda transaction: _keep(transaction, graph.name, kept))


def _keep(transaction: Transaction, graph: str, kept: Sequence[int]) -> None:
    rows = transaction.run(
        "MATCH (g:Graph {name: $graph}) RETURN g.kept_in_training AS kept", {"graph": graph}
    )
    before = unpacked(rows[0]["kept"] or "") if rows else np.zeros(0, dtype=np.int64)
    text = packed(np.concatenate([before, np.array(kept, dtype=np.int64)]))
    transaction.run(
        "MATCH (g:Graph {name: $graph}) SET g.kept_in_training = $kept", {"graph": graph, "kept": text}
    )


def _records(store: GraphStore, graph: str) -> dict[str, dict[str, Any]]:
    """Properties of each graph, that one among them, by name. Raises: UnknownName."""
    found = {g["name"]: g for g in store.graphs()}
    if graph not in found:
        raise UnknownName("graph", graph, found, hint="import one with `kgp import PATH --as GRAPH`")
    return found


def aligned(graph: PulledGraph, relations: tuple[str, ...]) -> PulledGraph:
    """The same graph with a model's relation ids, for models trained on another graph or an earlier version.

    Facts of relations that the model never met are left out; `left_out` counts them.
    """
    if relations == graph.vocabulary.relations:
        return graph
    data, own = graph.data, graph.vocabulary.relations
    strange = [name not in relations for name in own]
    left_out: dict[str, int] = {}
    if any(strange):
        number = places(data.facts["relation"], pa.array(own, pa.string()), "relation")
        counts = np.bincount(number, minlength=len(own)).tolist()
        left_out = {own[i]: counts[i] for i in np.flatnonzero(strange).tolist() if counts[i]}
        facts = data.facts.filter(pa.array(~np.array(strange)[number]))
        met = pc.is_in(data.relations["name"], value_set=pa.array(relations, pa.string()))
        data = replace(data, facts=facts, relations=data.relations.filter(met))
    other = replace(graph, data=data, left_out=left_out, arrays=None)
    vocabulary = replace(graph.vocabulary, relations=relations)
    other.__dict__["vocabulary"] = vocabulary  # a cached property, set before its first use
    return other
