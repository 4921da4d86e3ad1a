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
_EXTRAS = (("arcadedb-embedded", "local"), ("torch", "train"), ("numba", "train"), ("streamlit", "ui"))


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
        _package("neo4j"),
        *(_package(name, extra) for name, extra in _EXTRAS),
        _tool("java", "needed for neo4j-local:; install a JDK 17 or newer"),
        _tool("mvn", "needed for neo4j-local:; install Maven"),
        _room(settings.data),
    ]
    return [*findings, _store(url or settings.store, settings)]


def _package(name: str, extra: str | None = None) -> Finding:
    """A package; one of an extra may be missing."""
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        advice = f"pip install 'kg-platform[{extra}]'" if extra else "install kg-platform again"
        return Finding(name, False, "not installed", advice, optional=extra is not None)


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
