"""The state file of a local server: what the supervisor writes and every user reads."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from kgplatform.processes import ProcessMark, process_place

STATE_FILE, LOCK_FILE = "server.json", "supervisor.lock"


class ServerState(BaseModel):
    """What is known of a local server. `address`, `user` and `password` count once `status` is "ready"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    status: Literal["starting", "ready", "failed"]
    supervisor: ProcessMark
    place: str = ""
    """Where its process ids mean something; "" in states of earlier versions, which were of this place."""

    server: ProcessMark | None = None
    address: str = ""
    user: str = ""
    password: str = ""
    database: str = ""
    message: str = ""

    def elsewhere(self) -> bool:
        """Whether it belongs to another boot or to another container that shares the folder."""
        return self.place not in ("", process_place())

    def usable(self) -> bool:
        """Whether it is ready and both its processes run here."""
        if self.elsewhere():
            return False
        alive = self.supervisor.alive() and self.server is not None and self.server.alive()
        return self.status == "ready" and alive


def read_state(folder: Path) -> ServerState | None:
    """The state written last, or None where there is none that can be read."""
    try:
        return ServerState.model_validate(json.loads((folder / STATE_FILE).read_text("utf-8")))
    except (FileNotFoundError, json.JSONDecodeError, ValidationError):
        return None


def supervised(folder: Path) -> bool:
    """Whether a supervisor holds the folder, in whatever container: its lock says so, not its process id."""
    try:
        with (folder / LOCK_FILE).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def write_state(folder: Path, state: ServerState) -> None:
    """Replace the state file; it is never seen half written, and never readable by others."""
    write_private(folder / STATE_FILE, state.model_dump_json())


def clear_state(folder: Path) -> None:
    """Remove the state file."""
    (folder / STATE_FILE).unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
