"""Starting and stopping a local server: a supervisor is started if there is none, and waited for."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from graph_schema.errors import StoreError, StoreUnreachable
from kgplatform.processes import ProcessMark
from kgplatform.servers.state import ServerState, clear_state, read_state, supervised
from kgplatform.settings import Settings

_START_SECONDS = 1000.0  # the first start of neo4j-local: fetches it
_STOP_SECONDS = 60.0
_SPAWN_EVERY = 3.0  # a supervisor that has lost the race for the folder ends without a word


def folder_of(url: str, default: Path) -> Path:
    """The folder an address like `local:FOLDER` names, absolute; `default` where it names none."""
    named = url.partition(":")[2]
    return (Path(named).expanduser() if named else default).resolve()


@dataclass(frozen=True)
class LocalServer:
    """The server in a folder, for somebody who has a lease on it; a `Home` of connections."""

    kind: str
    folder: Path
    settings: Settings

    def revive(self) -> str:
        """See `Home.revive`."""
        return start(self.kind, self.folder, self.settings, again=True).address

    def alive(self) -> bool:
        """See `Home.alive`."""
        return running(self.folder) is not None

    def stopped(self) -> bool:
        """See `Home.stopped`."""
        return read_state(self.folder) is None

    def end(self) -> None:
        """See `Home.end`."""
        state = read_state(self.folder)
        if state is None or state.server is None or state.elsewhere():
            return
        if state.server.alive():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(state.server.pid)
                process.kill()
                process.wait(_STOP_SECONDS)


def start(kind: str, folder: Path, settings: Settings, *, again: bool = False) -> ServerState:
    """State of the server in `folder`, once it is ready.

    Args:
        kind: Its kind, a name known to `server_kind`.
        folder: Where it keeps its data.
        settings: Passed on to its supervisor.
        again: Only if it died: a server that was stopped leaves no state, and stays stopped.

    Raises:
        StoreError: it cannot be started; says why.
        StoreUnreachable: it is not ready after a long wait, was stopped (with `again`), or the folder holds
            another kind of server.
    """
    limit = time.monotonic() + _START_SECONDS
    spawned: float | None = None
    failed: ProcessMark | None = None  # who failed before we began: not our answer
    while time.monotonic() < limit:
        state = read_state(folder)
        if again and state is None:
            raise StoreUnreachable(
                f"the server in {folder} was stopped, as `kgp down` does, while it was in use; "
                "run the command again to start it"
            )
        if state is not None and state.usable():
            if state.kind != kind:
                raise StoreUnreachable(f"{folder} runs a server of kind {state.kind!r}, not {kind!r}")
            return state
        if state is not None and state.status == "failed":
            if spawned is not None and state.supervisor != failed:
                raise StoreError(state.message)
            failed = state.supervisor
        if state is not None and state.elsewhere() and supervised(folder):
            raise StoreUnreachable(_elsewhere(folder))
        owned = state is not None and not state.elsewhere() and state.supervisor.alive()
        if not owned and (spawned is None or time.monotonic() - spawned > _SPAWN_EVERY):
            _spawn(kind, folder, settings)
            spawned = time.monotonic()
        time.sleep(0.1)
    raise StoreUnreachable(f"the server in {folder} is not ready; see {folder / 'supervisor.log'}")


def stop(folder: Path) -> bool:
    """Stop the server in `folder` and wait until it is gone; whether one ran. Raises: StoreError."""
    state = read_state(folder)
    if state is None:
        return False
    if state.elsewhere():
        if supervised(folder):
            raise StoreError(f"{_elsewhere(folder)}; stop it there")
        clear_state(folder)
        return False
    marks = [m for m in (state.supervisor, state.server) if m is not None and m.alive()]
    processes = [psutil.Process(m.pid) for m in marks]
    for process in processes[:1]:  # the supervisor stops its server; a server without one is told itself
        process.terminate()
    _, left = psutil.wait_procs(processes, timeout=_STOP_SECONDS)
    if left:
        raise StoreError(f"process {left[0].pid} of the server in {folder} does not end; end it by hand")
    clear_state(folder)
    return bool(processes)


def _elsewhere(folder: Path) -> str:
    return (
        f"the server in {folder} runs in another container or on another machine that shares the folder; "
        "from here, use its address or another folder"
    )


def running(folder: Path) -> ServerState | None:
    """State of the server in `folder` if it can be used."""
    state = read_state(folder)
    return state if state is not None and state.usable() else None


def _spawn(kind: str, folder: Path, settings: Settings) -> None:
    """Start a supervisor, which leaves this process behind. Raises: StoreError: it cannot even begin."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "supervisor.log"
    with path.open("ab") as log:
        done = subprocess.run(  # noqa: S603  (our own module)
            [sys.executable, "-m", "kgplatform.servers.supervisor", kind, str(folder)],
            env=os.environ | settings.to_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        words = path.read_text("utf-8", errors="replace")[-600:]
        raise StoreError(f"the supervisor of {folder} did not start: {words}")
