"""Records of benchmarks and long checks: one line of JSON at the end, the same line in `results/`."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results"
_VERSIONS = ("kg-platform", "torch", "numpy", "numba", "neo4j", "arcadedb-embedded", "pyarrow")


def record(
    name: str,
    values: dict[str, Any],
    *,
    seeds: Sequence[int] = (),
    servers: dict[str, str] | None = None,
    shown: bool = True,
) -> None:
    """Print the record of a measurement and keep it as `results/<name>.json`, whole at any moment.

    Args:
        name: Of the file; a later run replaces an earlier one.
        values: What was measured.
        seeds: Used in it.
        servers: Versions of the servers talked to, by product.
        shown: Whether it is printed; not where much else is to follow.
    """
    line = {
        "name": name,
        "command": " ".join(
            ["python", str(Path(sys.argv[0]).resolve().relative_to(RESULTS.parent)), *sys.argv[1:]]
        ),
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "seeds": list(seeds),
        "versions": {"python": platform.python_version()}
        | {v: importlib.metadata.version(v) for v in _VERSIONS}
        | (servers or {}),
        "values": values,
    }
    RESULTS.mkdir(exist_ok=True)
    part = RESULTS / f"{name}.part"
    part.write_text(json.dumps(line, indent=1, ensure_ascii=False) + "\n", "utf-8")
    part.replace(RESULTS / f"{name}.json")
    if shown:
        print(json.dumps(line, ensure_ascii=False))


def recorded(name: str) -> dict[str, Any]:
    """The values of the record of that name; none where there is no record."""
    file = RESULTS / f"{name}.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))["values"] if file.exists() else {}
    return found


def data_folder() -> Path:
    """Folder of the public data, from KGP_TEST_DATA; ends the process if it is not set."""
    folder = os.environ.get("KGP_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        sys.exit("set KGP_TEST_DATA to the folder of the public data sets; see docs/data.md")
    return Path(folder)
