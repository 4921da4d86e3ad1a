"""What `kgp doctor` looks at: the machine's tools, room on the disk, and the store."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from graph_schema.errors import GraphPlatformError
from kgplatform.settings import Settings

_ROOM = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `optional` ones may be missing."""

    what: str
    ok: bool
    found: str
    advice: str = ""
    optional: bool = False


def diagnose(url: str | None = None) -> list[Finding]:
    """Look at everything; the store last, at `url` or the configured address."""
    settings = Settings.from_environment()
    findings = [
        Finding("python", True, platform.python_version()),
        *(Finding(p, True, importlib.metadata.version(p)) for p in ("torch", "numba", "neo4j", "streamlit")),
        _tool("java", "needed for neo4j-local:; install a JDK 17 or newer"),
        _tool("mvn", "needed for neo4j-local:; install Maven"),
        _room(settings.data),
    ]
    return [*findings, _store(url or settings.store, settings)]


def _tool(name: str, advice: str) -> Finding:
    path = shutil.which(name)
    return Finding(name, path is not None, path or "not found", "" if path else advice, optional=True)


def _room(folder: Path) -> Finding:
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    ok = free > _ROOM and os.access(there, os.W_OK)
    return Finding(f"room in {folder}", ok, f"{free / 1024**3:.1f} GiB free", "" if ok else "set KGP_DATA")


def _store(url: str, settings: Settings) -> Finding:
    from kgplatform.store import open_store

    try:
        store = open_store(url, settings)
    except GraphPlatformError as error:
        return Finding(f"store {url}", False, type(error).__name__, str(error))
    try:
        server = store.server()
        return Finding(f"store {url}", True, f"{server.product} {server.version} at {server.address}")
    finally:
        store.close()
