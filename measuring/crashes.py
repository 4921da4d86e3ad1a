"""The crashes of `acceptance/crash.py`, one function an operation; each returns one row of the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from measuring.crash_jobs import imports, promotions, trainings
from measuring.crash_place import Place
from measuring.crash_servers import outages, servers

PARTS: dict[str, Callable[[Place], Any]] = {
    "promotion": promotions,
    "training": trainings,
    "import": imports,
    "server": servers,
    "outage": outages,
}
