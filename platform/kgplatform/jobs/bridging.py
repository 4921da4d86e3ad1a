"""Vectors to other tools and from them: those of a run as a file, those of a file as a run of their own."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.errors import InputError, UsageError
from graph_schema.progress import Progress
from graph_schema.records import RunRecord
from kgplatform.graphs.naming import entities_called
from kgplatform.graphs.pulling import PulledGraph, pull
from kgplatform.jobs.preparing import versions
from kgplatform.runs.given import METRIC, TASK, keep_given
from kgplatform.runs.placing import carried_names
from kgplatform.runs.properties import EntityProperty, check_free, check_name
from kgplatform.runs.registry import RunRegistry, write_run_node
from kgplatform.runs.standing import VECTORS
from kgplatform.runs.vector_files import VectorFile, check_target, read_vectors, write_vectors
from kgplatform.serving.matrices import matrix_of
from kgplatform.store.protocol import GraphStore
from trainers.registry import available_models

_SHOWN = 5
"""Names in a message."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a file got: vectors of how many entities, over how many coordinates, as how many numbers each."""

    run: RunRecord
    entities: int
    dims: int
    floats: int


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file's rows.

    Attributes:
        run: Theirs.
        rows: In the file.
        by_name: Of these, matched by what an entity is called and not by its id.
        unmatched: What those are called that match no entity, or several.
        without: Entities of the graph that have no row.
    """

    run: RunRecord
    rows: int
    by_name: int
    unmatched: tuple[str, ...]
    without: int

    def note(self) -> str:
        """In words, with the first of the names."""
        matched = self.rows - len(self.unmatched)
        said = f"{matched} of {self.rows} rows are entities of {self.run.graph!r}, {self.by_name} by name"
        said += f"; {self.without} entities have no vector" if self.without else ""
        return said + (f"; not matched: {_listed(self.unmatched)}" if self.unmatched else "")


def write_out(registry: RunRegistry, run: str, file: Path, *, dims: int | None = None) -> Written:
    """Write the vectors of a run's entities to a file, whole or not at all.

    Args:
        registry: Where the run is.
        run: Its id.
        file: `.npz`, `.safetensors`, `.txt` or `.vec`; one of that name is replaced.
        dims: Coordinates of each, one of the run's widths; None: all.

    Raises:
        UnknownName: no such run.
        RunError: it has no vectors.
        UsageError: no such width, or the suffix says no format.
        InputError: the file cannot be written, or cannot hold an id.
    """
    check_target(file)
    record = registry.read(run)
    matrix = matrix_of(registry, record.id)
    width = matrix.width(dims)
    vectors = matrix.crop(np.arange(len(matrix.ids)), width)
    about = {"run": record.id, "model": record.model, "graph": record.graph, "dims": str(width)}
    write_vectors(file, matrix.ids, vectors, about)
    return Written(record, len(matrix.ids), width, vectors.shape[1])


def take_in(
    store: GraphStore, registry: RunRegistry, graph: str, file: Path, name: str, *, progress: Progress
) -> TakenIn:
    """Keep vectors that were made elsewhere as a run of a graph: a candidate, to be searched and promoted.

    Args:
        store: Where the graph is.
        registry: Where the run is kept.
        graph: Whose entities the rows are of, by id, or else by unique name.
        file: `.npz`, `.safetensors`, `.txt` or `.vec`.
        name: What the run's model is called, and the property of entities if it is promoted.
        progress: Told of the work.

    Raises:
        UnknownName: no such graph.
        UsageError: nothing of ours can have that name, or something has it.
        InputError: the file is not what was wanted, or nothing in it is of an entity. Nothing is kept then.
    """
    check_name(name)
    if name in available_models():
        raise UsageError(f"{name!r} is a model of the platform; wanted a name of their own for these vectors")
    progress("reading vectors", 0, 1)
    given = read_vectors(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    pulled = pull(store, graph, progress=progress)
    ids, rows = _matched(pulled, given)
    vectors = given.vectors[rows]
    check_free(
        store, graph, name, EntityProperty(VECTORS, name, tuple(ids), vectors), carried_names(store, graph)
    )
    keys = ({id_, f"{graph}/{id_}"} for id_ in ids)
    by_name = sum(given.ids[row] not in own for own, row in zip(keys, rows.tolist(), strict=True))
    there = set(rows.tolist())
    unmatched = tuple(label for row, label in enumerate(given.ids) if row not in there)
    figures = {"rows": len(given.ids), "matched": len(ids), "by_name": by_name, "unmatched": len(unmatched)}
    record = RunRecord(
        id=registry.new(name, graph, 0),
        model=name,
        graph=graph,
        domain=pulled.schema.domain,
        seed=0,
        config={"file": file.name, "sha256": digest, "floats": vectors.shape[1]},
        fingerprint=pulled.fingerprint,
        schema_fingerprint=pulled.schema.fingerprint(),
        created=datetime.now(UTC),
        versions=versions(),
        task=TASK,
        metric=METRIC,
        metrics={"data": {key: float(value) for key, value in figures.items()}},
        fitted=True,
    )
    try:
        keep_given(registry, record.id, ids, vectors)
        write_run_node(store, record)  # first, as a training does: a record without its node would stay so
        registry.write(record)
    except BaseException:
        shutil.rmtree(registry.path(record.id), ignore_errors=True)
        raise
    return TakenIn(record, len(given.ids), by_name, unmatched, len(pulled.vocabulary.entities) - len(ids))


def _matched(graph: PulledGraph, given: VectorFile) -> tuple[list[str], Ints]:
    """Ids of the entities that rows are of, and these rows. Raises: InputError: none is, or two of one."""
    row_of: dict[str, int] = {}
    for row, label in enumerate(given.ids):
        called = entities_called(graph, label)
        if len(called) != 1:
            continue
        (entity,) = called
        if entity in row_of:
            raise InputError(
                f"two rows of entity {entity!r}: {given.place(row_of[entity])} and {given.place(row)}",
                wanted="one of each",
                file=given.file,
            )
        row_of[entity] = row
    if not row_of:
        some = [graph.vocabulary.entities[i] for i in range(min(_SHOWN, len(graph.vocabulary.entities)))]
        raise InputError(
            f"no row of an entity of graph {graph.name!r}: {_listed(given.ids)}",
            wanted=f"ids or unique names of entities, such as {_listed(some)}",
            file=given.file,
        )
    return list(row_of), np.array(list(row_of.values()), dtype=np.int64)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    """The first of some names."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
