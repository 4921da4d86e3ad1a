"""Where process ids mean something."""

from __future__ import annotations

from pathlib import Path


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
