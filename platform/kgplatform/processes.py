"""Processes told apart: by id, by when they began, and by where ids mean something."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import psutil

_EPOCH = 1e9
"""Times from here on are wall-clock seconds, as earlier versions wrote them; below, seconds since boot."""


class ProcessMark(NamedTuple):
    """A process, told from later ones of the same number by when it began.

    `started` counts from boot where the system says so (Linux): the wall clock may be set while a process
    runs, as when a virtual machine goes on after a pause. Elsewhere it is seconds since the epoch.
    """

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int | None = None) -> ProcessMark:
        """The mark of a running process; None means this one. Raises: psutil.NoSuchProcess."""
        process = psutil.Process(pid)
        since_boot = _since_boot(process.pid)
        return cls(process.pid, process.create_time() if since_boot is None else since_boot)

    def alive(self) -> bool:
        """Whether that very process still runs."""
        try:
            process = psutil.Process(self.pid)
            since_boot = None if self.started >= _EPOCH else _since_boot(self.pid)
            began = process.create_time() if since_boot is None else since_boot
            return abs(began - self.started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def _since_boot(pid: int) -> float | None:
    """Seconds from boot to the start of a process; None where the system does not say."""
    try:
        line = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    ticks = line.rpartition(b")")[2].split()[19]  # the name, in brackets, may hold anything
    return int(ticks) / os.sysconf("SC_CLK_TCK")


def process_place() -> str:
    """This boot of this machine and this namespace of process ids; "" where nothing tells.

    Only between processes of one place does an id tell whether the other still runs: containers may share a
    host name and not the ids.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""
