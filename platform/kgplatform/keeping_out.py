"""Modules kept out: some libraries import others wherever these are installed, needed or not."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import NoReturn


class _Refusing(Loader):
    """Loads nothing: whoever imports finds the module not installed, whoever only looks finds it."""

    def create_module(self, spec: ModuleSpec) -> NoReturn:
        """See `Loader`. Raises: ModuleNotFoundError."""
        raise ModuleNotFoundError(f"{spec.name} is kept out", name=spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """See `Loader`; never reached."""


class _Finder:
    """Finds these modules and does not load them.

    Args:
        names: Of the modules.
        thread: Only while this one asks; None for all.
    """

    def __init__(self, names: Sequence[str], thread: int | None) -> None:
        self._names, self._thread = frozenset(names), thread

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`."""
        if fullname not in self._names or self._thread not in (None, threading.get_ident()):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None:
            spec.loader = _Refusing()
        return spec


def keep_out(*names: str) -> None:
    """Keep modules out of this process from now on, unless they are loaded already."""
    sys.meta_path.insert(0, _Finder(names, None))


@contextmanager
def kept_out(*names: str) -> Iterator[None]:
    """Keep modules out of what this thread imports in the block, unless they are loaded already."""
    finder = _Finder(names, threading.get_ident())
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
