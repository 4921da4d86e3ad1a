"""Runs of vectors that were made elsewhere: searched, compared and promoted like others; nothing predicts."""

from __future__ import annotations

from collections.abc import Sequence

from graph_schema.arrays import Floats32
from graph_schema.errors import InputError, RunError
from graph_schema.records import Metric, RunRecord
from kgplatform.runs.registry import RunRegistry
from kgplatform.runs.vector_files import VectorFile, read_vectors, write_vectors

TASK = "vectors"
"""What their records call their task; no model has it."""

METRIC = Metric(name="none", title="–")

_FILE = "given.safetensors"


def is_given(record: RunRecord) -> bool:
    """Whether a run's vectors were made elsewhere."""
    return record.task == TASK


def check_trained(record: RunRecord) -> None:
    """Refuse a run that has vectors from elsewhere and no model. Raises: RunError."""
    if is_given(record):
        raise RunError(
            f"run {record.id!r} has vectors that were made elsewhere, and nothing that predicts; wanted a "
            "run that was trained here. `kgp similar`, `kgp vectors` and `kgp promote` take this one too"
        )


def keep_given(registry: RunRegistry, run: str, ids: Sequence[str], vectors: Floats32) -> None:
    """Keep them in the run's folder, which is there. Args: ids: (N,) of entities. vectors: (N, D)."""
    write_vectors(registry.path(run) / _FILE, ids, vectors, {"run": run})


def given_vectors(registry: RunRegistry, run: str) -> VectorFile:
    """What `keep_given` kept. Raises: RunError: it was damaged."""
    try:
        return read_vectors(registry.path(run) / _FILE)
    except InputError as error:
        raise RunError(f"the vectors of run {run!r} cannot be read: {error}. Take them in again") from error
