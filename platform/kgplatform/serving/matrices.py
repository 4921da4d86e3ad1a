"""The vectors of a run laid out for search: blocks of coordinates, each in one piece, mapped into memory.

A run's vectors never change, so they are laid out once, beside its model. Which of its entities a graph still
has is asked of the graph.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graph_schema.arrays import Floats32
from graph_schema.errors import RunError, UsageError
from graph_schema.records import RunRecord
from kgplatform.runs.given import given_vectors, is_given
from kgplatform.runs.registry import RunRegistry

FORMAT = 1
"""Of the files; those of another are made anew."""

_FOLDER, _HEADER, _ABANDONED = "search", "header.json", 3600.0


@dataclass(frozen=True)
class Matrix:
    """Vectors of N entities by blocks of coordinates.

    Attributes:
        ids: (N,) of the entities, as the run knows them.
        widths: Coordinates of each crop, ascending.
        parts: Numbers to a coordinate: 2 of complex ones.
        blocks: For each width (N, …) numbers from the one before on.
        lengths: (N, n) lengths of the crops.
    """

    ids: tuple[str, ...]
    widths: tuple[int, ...]
    parts: int
    blocks: tuple[Floats32, ...]
    lengths: Floats32

    def crop(self, rows: npt.NDArray[np.int64], dims: int) -> Floats32:
        """(R, …) the first coordinates of some rows."""
        upto = self.widths.index(dims) + 1
        found: Floats32 = np.concatenate([block[rows] for block in self.blocks[:upto]], axis=1)
        return found

    def cosines(self, vector: Floats32, dims: int) -> Floats32:
        """(N,) cosines of the crops with a vector of as many numbers; 0 where there is nothing to compare."""
        last, at = self.widths.index(dims), 0
        total = np.zeros(len(self.ids), dtype=np.float32)
        for block in self.blocks[: last + 1]:
            total += block @ vector[at : at + block.shape[1]]
            at += block.shape[1]
        lengths = self.lengths[:, last] * np.float32(np.linalg.norm(vector))
        found: Floats32 = np.divide(total, lengths, out=np.zeros_like(total), where=lengths > 0)
        return found

    def width(self, dims: int | None) -> int:
        """A width that there is; None: the whole. Raises: UsageError."""
        if dims is None:
            return self.widths[-1]
        if dims not in self.widths:
            wanted = ", ".join(map(str, self.widths))
            raise UsageError(f"{dims} dimensions; wanted one that the run was trained to: {wanted}")
        return dims


def matrix_of(registry: RunRegistry, run: str) -> Matrix:
    """The vectors of a run, laid out on first use. Raises: UnknownName, RunError: it has none."""
    record = registry.read(run)
    folder = registry.path(record.id) / _FOLDER
    found = _read(folder)
    if found is None:
        _lay_out(registry, record, folder)
        found = _read(folder)
    if found is None:
        raise RunError(
            f"the vectors of run {record.id!r} in {str(folder)!r} cannot be read; remove that folder"
        )
    return found


def _read(folder: Path) -> Matrix | None:
    try:
        header = json.loads((folder / _HEADER).read_text("utf-8"))
        if header["format"] != FORMAT:
            return None
        blocks = tuple(
            np.load(folder / f"block-{width}.npy", mmap_mode="r", allow_pickle=False)
            for width in header["widths"]
        )
        lengths = np.load(folder / "lengths.npy", mmap_mode="r", allow_pickle=False)
        return Matrix(tuple(header["ids"]), tuple(header["widths"]), header["parts"], blocks, lengths)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _vectors_of(
    registry: RunRegistry, record: RunRecord
) -> tuple[tuple[str, ...], Floats32, tuple[int, ...]]:
    """(N,) ids, (N, …) vectors and the widths that they can be cut to. Raises: RunError: the run has none."""
    if is_given(record):
        given = given_vectors(registry, record.id)
        return given.ids, given.vectors, (given.vectors.shape[1],)
    from trainers.registry import load_model
    from trainers.trainer import Croppable, Embedder

    model = load_model(record.model).load(registry.path(record.id))
    if not isinstance(model, Embedder):
        raise RunError(
            f"run {record.id!r} of {record.model!r} has no vectors; wanted a run of an embedding model"
        )
    vectors = model.embed()
    widths = model.widths if isinstance(model, Croppable) else (vectors.shape[1],)
    return model.entities, vectors, widths


def _lay_out(registry: RunRegistry, record: RunRecord, folder: Path) -> None:
    """Write the files, whole or not at all."""
    ids, vectors, widths = _vectors_of(registry, record)
    parts = vectors.shape[1] // widths[-1]
    above = registry.path(record.id)
    for left in above.glob(f".{_FOLDER}-*"):  # of somebody who was killed
        if time.time() - left.stat().st_mtime > _ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
    half = Path(tempfile.mkdtemp(prefix=f".{_FOLDER}-", dir=above))
    half.chmod(above.stat().st_mode)
    try:
        squares = np.zeros(len(vectors), dtype=np.float64)
        lengths = np.empty((len(vectors), len(widths)), dtype=np.float32)
        for place, (first, last) in enumerate(zip((0, *widths), widths, strict=False)):
            block = np.ascontiguousarray(vectors[:, first * parts : last * parts], dtype=np.float32)
            np.save(half / f"block-{last}.npy", block, allow_pickle=False)
            squares += np.square(block, dtype=np.float64).sum(axis=1)
            lengths[:, place] = np.sqrt(squares)
        np.save(half / "lengths.npy", lengths, allow_pickle=False)
        header = {"format": FORMAT, "ids": list(ids), "widths": list(widths), "parts": parts}
        (half / _HEADER).write_text(json.dumps(header, ensure_ascii=False), "utf-8")
        if folder.exists() and _read(folder) is None:
            shutil.rmtree(folder)
        if not folder.exists():
            half.replace(folder)
    except OSError:
        if _read(folder) is None:  # nobody else was quicker
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)


def parts_of(registry: RunRegistry, run: str) -> int:
    """Numbers to a coordinate of a run's vectors: 2 of complex ones. Raises: UnknownName, RunError."""
    return matrix_of(registry, run).parts
