"""A run by what people know it by: its model, when it was trained, and what it reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

BELOW = "below its baseline"


def run_line(run: Mapping[str, Any]) -> str:
    """A run in one line. Args: run: as the view `runs` gives it."""
    said = [f"{run['model']}, trained {day(run['created'])}, seed {run['seed']}"]
    if run["test"] is not None:
        said.append(f"test {run['metric']} {run['test']:.3f}")
    if run["baseline"] is not None:
        said.append(f"its baseline reaches {run['baseline']:.3f}")
    return "; ".join(said)


def day(created: Any) -> str:
    """A date as it is said, such as 28 November 2026."""
    then = datetime.fromisoformat(str(created))
    return f"{then.day} {then:%B %Y}"
