"""Modules kept out: some libraries import others wherever these are installed, needed or not."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Finder:
    """Finds none of these modules: to whoever asks they are not installed.

    Args:
        names: Of the modules.
        thread: Only while this one asks; None for all.
    """

    def __init__(self, names: Sequence[str], thread: int | None) -> None:
        self._names, self._thread = frozenset(names), thread

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`. Raises: ModuleNotFoundError for what is kept out."""
        del path, target
        if fullname in self._names and self._thread in (None, threading.get_ident()):
            raise ModuleNotFoundError(f"{fullname} is kept out of this process", name=fullname)
        return None


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
