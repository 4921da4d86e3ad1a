"""Leases: one small file for each process that uses a local server, named after its process id."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

from kgplatform.processes import ProcessMark
from kgplatform.servers.state import write_private

_FOLDER = "leases"

_held: Counter[Path] = Counter()
_guard = threading.Lock()


def take_lease(folder: Path) -> None:
    """Say that this process uses the server in `folder`; each time asks for one `give_lease_back`."""
    leases = folder / _FOLDER
    mark = ProcessMark.of()
    with _guard:
        leases.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(leases / str(mark.pid), json.dumps(mark))
        _held[folder] += 1


def give_lease_back(folder: Path) -> None:
    """Say that this process no longer uses the server, unless it has another lease on it."""
    with _guard:
        _held[folder] -= 1
        if _held[folder] <= 0:
            del _held[folder]
            (folder / _FOLDER / str(ProcessMark.of().pid)).unlink(missing_ok=True)


def in_use(folder: Path) -> bool:
    """Whether a lease belongs to a living process; leases of dead ones are removed."""
    used = False
    for lease in (folder / _FOLDER).glob("[0-9]*"):
        if not lease.name.isdigit():
            continue
        try:
            mark = ProcessMark(*json.loads(lease.read_text("utf-8")))
        except (FileNotFoundError, json.JSONDecodeError, TypeError):
            continue
        if mark.alive():
            used = True
        else:
            lease.unlink(missing_ok=True)
    return used
