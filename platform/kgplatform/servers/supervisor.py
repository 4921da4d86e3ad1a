"""The small process that owns a local server: starts it, says where it is, and stops it when nobody is left.

Run as `python -m kgplatform.servers.supervisor KIND FOLDER`, detached. It holds a lock on the folder; a
second supervisor finds the lock taken and ends at once, so that two users may start one at the same time.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psutil

from graph_schema.errors import GraphPlatformError, StoreError
from kgplatform.processes import ProcessMark, process_place
from kgplatform.servers.kinds import server_kind
from kgplatform.servers.leases import in_use
from kgplatform.servers.server import Server
from kgplatform.servers.state import (
    LOCK_FILE,
    ServerState,
    clear_state,
    read_state,
    write_private,
    write_state,
)
from kgplatform.settings import Settings

logger = logging.getLogger(__name__)

_READY_SECONDS = 120.0
_STOP_SECONDS = 30.0
_ATTEMPTS = 3  # a free port can be taken before the server gets it
_PR_SET_PDEATHSIG = 1


class _Stop(BaseException):
    """Somebody asked us to end."""


def main(kind: str, folder: Path, settings: Settings) -> int:
    """Own the server in `folder` until it ends, nobody uses it, or a signal says stop."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        _end_orphan(folder)
        state = ServerState(kind=kind, status="starting", supervisor=ProcessMark.of(), place=process_place())
        write_state(folder, state)
        try:
            with _running(server_kind(kind), folder, state, settings) as process:
                if not _watch(process, folder, settings.idle_seconds):
                    return 1  # the state file stays: its users see that nobody meant to stop it
        except _Stop:
            logger.info("asked to stop")
        except GraphPlatformError as error:
            write_state(folder, state.model_copy(update={"status": "failed", "message": str(error)}))
            return 1
        clear_state(folder)
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Stop


def _watch(process: subprocess.Popen[bytes], folder: Path, idle_seconds: float) -> bool:
    """Wait until nobody uses the server; False: it has ended by itself."""
    used = time.monotonic()
    while process.poll() is None:
        if in_use(folder):
            used = time.monotonic()
        elif time.monotonic() - used > idle_seconds:
            logger.info("nobody has used the server for %g s", idle_seconds)
            return True
        time.sleep(min(1.0, idle_seconds / 4))
    logger.error("the server has ended by itself, with status %s", process.returncode)
    return False


@contextlib.contextmanager
def _running(
    server: Server, folder: Path, state: ServerState, settings: Settings
) -> Iterator[subprocess.Popen[bytes]]:
    """The server, ready and announced in the state file; stopped when the block ends."""
    password = _password(folder)
    for _ in range(_ATTEMPTS):
        port = _free_port()
        launch = server.launch(folder, port, password, settings)
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603
                launch.command,
                cwd=launch.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        try:
            state = state.model_copy(update={"server": ProcessMark.of(process.pid)})
            write_state(folder, state)
            address = f"bolt://127.0.0.1:{port}"
            if _await_login(server, process, address, password):
                login = {"user": server.user, "password": password, "database": server.database}
                write_state(folder, state.model_copy(update={"status": "ready", "address": address, **login}))
                yield process
                return
        finally:
            _end(process)
    tail = (folder / "server.log").read_text("utf-8", errors="replace")[-600:]
    raise StoreError(f"the {server.kind} server did not start; the end of {folder / 'server.log'}: {tail}")


def _await_login(server: Server, process: subprocess.Popen[bytes], address: str, password: str) -> bool:
    """Whether the server let us in before it ended or the time was over."""
    limit = time.monotonic() + _READY_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        if server.first_login(address, password):
            return True
        time.sleep(0.3)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_orphan(folder: Path) -> None:
    """End a server whose supervisor was killed: only we may use the folder."""
    before = read_state(folder)
    if before is None or before.elsewhere() or before.server is None or not before.server.alive():
        return
    orphan = psutil.Process(before.server.pid)
    with contextlib.suppress(psutil.NoSuchProcess):
        orphan.terminate()
        _, left = psutil.wait_procs([orphan], timeout=_STOP_SECONDS)
        for process in left:
            process.kill()
            process.wait()


def _password(folder: Path) -> str:
    path = folder / "password"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text("utf-8").strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _die_with_parent() -> None:
    """Have the kernel end the server when its supervisor is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.umask(0o077)
    if os.fork():  # leave the process that wanted the server, so that neither waits for the other
        os._exit(0)
    os.setsid()
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Settings.from_environment()))
