"""What the supervisor must know of a kind of server: how to start it and how to log in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kgplatform.settings import Settings


@dataclass(frozen=True, slots=True)
class Launch:
    """A command that starts a server in the foreground, and the folder to run it in."""

    command: tuple[str, ...]
    folder: Path


class Server(Protocol):
    """A kind of server that can be run on this machine."""

    kind: str
    user: str
    database: str

    def launch(self, folder: Path, port: int, password: str, settings: Settings, /) -> Launch:
        """How to start it on a loopback port, with its data in `folder`; fetches what is missing.

        Raises:
            StoreError: something it needs is not installed; says what.
        """
        ...

    def first_login(self, address: str, password: str) -> bool:
        """Make `password` the one that counts; False while the server does not answer yet."""
        ...
