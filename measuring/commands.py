"""The real commands as processes of their own, for the long checks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping


def command(store: str, *arguments: str) -> list[str]:
    """The words of a `kgp` command on a store."""
    return [sys.executable, "-m", "kgplatform", "--store", store, *arguments]


def kgp(
    store: str, *arguments: str, seconds: float = 300.0, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        store: Address of the store.
        arguments: Of the command.
        seconds: After which it is taken to hang. Raises: subprocess.TimeoutExpired.
        environment: Variables besides those of this process.
    """
    return subprocess.run(
        command(store, *arguments),
        env=os.environ | dict(environment or {}),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
