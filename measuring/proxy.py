"""A proxy between a command and its server that can be cut: connections drop, and new ones are refused."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit


class Proxy:
    """Forwards a loopback port to a server.

    Args:
        target: Address of the server, such as `bolt://127.0.0.1:7687`.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 7687)
        self._guard = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    @contextlib.contextmanager
    def outage(self, seconds: float) -> Iterator[None]:
        """Nothing comes through for so long; the block runs meanwhile."""
        began = time.monotonic()
        self.close()
        yield
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        self._listener = self._listen(self.port)

    def close(self) -> None:
        """Drop everything and listen no more."""
        with self._guard:
            for end in (self._listener, *self._open):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            self._open.clear()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            with self._guard:
                if listener.fileno() < 0:  # cut meanwhile
                    near.close()
                    far.close()
                    return
                self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
