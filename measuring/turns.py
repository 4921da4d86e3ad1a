"""Two sides of a comparison in turn, each time in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Turns:
    """What each side of a benchmark printed as an object of JSON, called with `CASE --side SIDE`.

    Args:
        script: The benchmark.
        case: What is measured, its first argument.
        sides: Names of the sides.
        rounds: Processes of each.
        options: What else each is called with.
    """

    def __init__(
        self, script: str, case: str, sides: Sequence[str], rounds: int, options: Sequence[str] = ()
    ) -> None:
        self.found: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
        for number in range(rounds):
            for side in sides:
                command = [sys.executable, str(Path(script).resolve()), case, "--side", side, *options]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                self.found[side].append(json.loads(done.stdout))
                line = f"{case}, round {number + 1} of {rounds}, {side}: {self.found[side][-1]}"
                print(line, file=sys.stderr, flush=True)

    def median(self, what: str) -> dict[str, float]:
        """By side the median over its processes."""
        return {side: statistics.median(run[what] for run in runs) for side, runs in self.found.items()}
