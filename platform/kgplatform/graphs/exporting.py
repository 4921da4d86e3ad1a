"""A graph as plain files that import again: the format is that of `graph_schema.reading.exported`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from graph_schema.errors import GraphBusy, InputError
from graph_schema.progress import Progress
from graph_schema.reading.exported import FORMAT, HEADER, TABLES, ExportHeader
from graph_schema.schema import PropertyType
from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, property_columns
from kgplatform.graphs.pulling import PulledGraph, pull
from kgplatform.store.protocol import GraphStore, batches

_BATCH = 20_000


def export_graph(
    store: GraphStore, graph: str, folder: Path, *, progress: Progress | None = None
) -> list[Path]:
    """Write a graph's schema, nodes, relations and facts; predictions, embeddings and runs stay behind.

    Args:
        store: Where the graph is.
        graph: Its name.
        folder: A new or an empty folder; it is filled at once at the end, or not at all.
        progress: Told as reading and writing go on.

    Returns:
        The files written.

    Raises:
        UnknownName: no such graph.
        InputError: the folder is not empty, or cannot be written.
        GraphBusy: somebody changed the graph meanwhile.
    """
    folder = folder.resolve()
    _check_free(folder)
    pulled = pull(store, graph, progress=progress)
    if {g["name"]: g["version"] for g in store.graphs()}.get(graph) != pulled.version:
        raise GraphBusy(f"graph {graph!r} changed while it was read; nothing was written. Export it again")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
            whole = Path(beside) / "graph"
            whole.mkdir()
            names = write_files(pulled, whole, progress)
            if folder.exists():
                folder.rmdir()
            whole.rename(folder)
    except OSError as error:
        raise InputError(
            f"a folder that cannot be written ({error.strerror})", wanted="a new or an empty one", file=folder
        ) from None
    return [folder / name for name in names]


def _check_free(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError("a file", wanted="a new or an empty folder", file=folder, hint="Name another")
    inside = sorted(p.name for p in folder.iterdir()) if folder.exists() else []
    if inside:
        raise InputError(
            f"a folder that holds {', '.join(inside[:5])}",
            wanted="a new or an empty one",
            file=folder,
            hint="Name another, or remove what is in it",
        )


def write_files(pulled: PulledGraph, folder: Path, progress: Progress | None = None) -> list[str]:
    """Write a graph into a folder that exists. Returns: the names of the files."""
    data = pulled.data
    tables = dict(zip(TABLES, (data.nodes, data.facts, data.relations), strict=True))
    header = ExportHeader.model_validate(
        {
            "format": FORMAT,
            "graph": pulled.name,
            "counts": {name: len(table) for name, table in tables.items()},
            "node_properties": _properties(data.nodes, NODE_COLUMNS),
            "fact_properties": _properties(data.facts, FACT_COLUMNS),
            "schema": pulled.schema,
        }
    )
    text = header.model_dump_json(by_alias=True, indent=1) + "\n"
    (folder / HEADER).write_text(text, "utf-8", newline="\n")
    for name, table in tables.items():
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for start, stop in batches(len(table), _BATCH):
                file.writelines(map(_line, table.slice(start, stop - start).to_pylist()))
                if progress is not None:
                    progress(f"writing {name}", stop, len(table))
    return [HEADER, *(f"{name}.jsonl" for name in TABLES)]


def _properties(table: pa.Table, required: pa.Schema) -> Mapping[str, PropertyType | str]:
    """Type name by property name, of properties that some row has."""
    kinds = property_columns(table, required)
    return {name: kind for name, kind in kinds.items() if table[name].null_count < len(table)}


def _line(row: Mapping[str, object]) -> str:
    return json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False) + "\n"
