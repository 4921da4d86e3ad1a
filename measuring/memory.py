"""Peak memory of this process above what it held before."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import psutil


class Peak:
    """`with Peak() as peak: …`, then `peak.megabytes`: the peak inside above what was held before.

    Where the kernel cannot let the peak begin anew, an earlier, higher peak of the process is counted.
    """

    megabytes: float = 0.0

    def __enter__(self) -> Peak:
        reset = Path("/proc/self/clear_refs")
        if reset.exists():
            reset.write_text("5", "ascii")
        self._before = psutil.Process().memory_info().rss
        return self

    def __exit__(self, *_: object) -> None:
        self.megabytes = (_peak() - self._before) / 2**20


def _peak() -> int:
    """Bytes. What `getrusage` says a process has from whoever started it, where that was larger."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
