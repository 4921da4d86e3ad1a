"""Pulled graphs as files: each version is written once, and mapped into memory by whoever needs it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa

from graph_schema.arrays import Ints
from graph_schema.tables import GraphData

FORMAT = 1
"""Of the files; those of another are made anew."""

_HEADER = "graph.json"
_TABLES, _ARRAYS = ("nodes", "facts", "relations"), ("known", "valid", "test", "entity_types")
_HALF, _ABANDONED = ".half-", 3600.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrays:
    """A graph as integers: (N, 3) sorted rows of each split, each once, (E,) types, and the fingerprint."""

    known: Ints
    valid: Ints
    test: Ints
    entity_types: Ints
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Copy:
    """What a file holds: tables whose words are dictionaries, and arrays. Both lie in the file, read-only."""

    data: GraphData
    arrays: Arrays


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of a store's graphs: a folder for each graph, and one in it for each version.

    Args:
        folder: Of the store; made on first use.
    """

    folder: Path

    def open(self, graph: str, version: str, schema: str) -> Copy | None:
        """The copy of a graph at a version; None where there is none, or it is damaged.

        Args:
            graph: Its name.
            version: Of the graph.
            schema: Fingerprint of its schema.
        """
        place = self._of(graph) / version
        try:
            header = json.loads((place / _HEADER).read_text("utf-8"))
            wanted = {"format": FORMAT, "graph": graph, "version": version, "schema": schema}
            if {key: header[key] for key in wanted} != wanted:
                return None
            for name, size in header["sizes"].items():
                if (place / name).stat().st_size != size:
                    return None
            nodes, facts, relations = (_table(place / f"{name}.arrow") for name in _TABLES)
            known, valid, test, types = (_array(place / f"{name}.npy") for name in _ARRAYS)
            arrays = Arrays(known, valid, test, types, header["fingerprint"])
            return Copy(GraphData(nodes, facts, relations), arrays)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, AttributeError, TypeError, pa.ArrowException) as error:
            logger.warning("the copy of graph %r in %s is damaged and made anew: %s", graph, place, error)
            return None

    def keep(self, graph: str, version: str, schema: str, copy: Copy, present: Collection[str]) -> None:
        """Write a copy, whole or not at all; clear away other versions, and graphs that are no more.

        Who still reads these goes on: what is mapped stays until it is let go.

        Args:
            graph: Its name.
            version: Of the graph.
            schema: Fingerprint of its schema.
            copy: What to write.
            present: Names of all graphs of the store.

        Raises:
            OSError: there is no room, or nothing may be written there.
        """
        above = self._of(graph)
        above.mkdir(parents=True, exist_ok=True)
        with _half(above) as half:
            for name in _TABLES:
                _write_table(half / f"{name}.arrow", getattr(copy.data, name))
            for name in _ARRAYS:
                with (half / f"{name}.npy").open("wb") as file:
                    np.save(file, getattr(copy.arrays, name), allow_pickle=False)
            header = {
                "format": FORMAT,
                "graph": graph,
                "version": version,
                "schema": schema,
                "fingerprint": copy.arrays.fingerprint,
                "sizes": {file.name: file.stat().st_size for file in sorted(half.iterdir())},
            }
            (half / _HEADER).write_text(json.dumps(header, indent=1), "utf-8")
            for written in half.iterdir():
                _settle(written)
            self._clear(above, version)
            if (above / version).exists() and self.open(graph, version, schema) is None:
                shutil.rmtree(above / version, ignore_errors=True)
            try:
                half.replace(above / version)
            except OSError:
                if self.open(graph, version, schema) is None:  # no other writer was quicker
                    raise
        names = {_name(some) for some in present}
        for other in self.folder.iterdir():
            if other.name not in names:
                shutil.rmtree(other, ignore_errors=True)

    def _of(self, graph: str) -> Path:
        return self.folder / _name(graph)

    def _clear(self, above: Path, version: str) -> None:
        for other in above.iterdir():
            gone = other.name != version
            if other.name.startswith(_HALF):
                gone = _age(other) > _ABANDONED
            if gone:
                shutil.rmtree(other, ignore_errors=True)


@contextmanager
def _half(above: Path) -> Iterator[Path]:
    """A folder that nobody takes for a copy, removed unless it was given another name."""
    half = Path(tempfile.mkdtemp(prefix=_HALF, dir=above))
    try:
        yield half
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _age(folder: Path) -> float:
    """Seconds since it was written to; 0 for one that another writer has just finished."""
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _name(graph: str) -> str:
    """A folder's name: graphs may be called what no file may."""
    return sha256(graph.encode()).hexdigest()[:16]


def _write_table(file: Path, table: pa.Table) -> None:
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _table(file: Path) -> pa.Table:
    with pa.memory_map(str(file)) as source:
        return pa.ipc.open_file(source).read_all()


def _array(file: Path) -> Ints:
    """In the file, and as plain an array as those that are made."""
    found: Ints = np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    return found.view(np.ndarray)


def _settle(file: Path) -> None:
    """Have the file's bytes on the disk: a name must not outlive a power cut that they do not."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
