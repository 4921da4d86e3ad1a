"""What was asked for last is kept; what was not asked for long goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, at most `most` of them. Args: most: Above it the one not asked for longest goes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value, which is now the one asked for last; None if it is not kept."""
        if key not in self._held:
            return None
        self._held[key] = value = self._held.pop(key)
        return value

    def put(self, key: K, value: V, *, instead_of: Callable[[K], bool]) -> V:
        """Keep a value and return it. Args: instead_of: Whose values it makes out of date, they go first."""
        self._held = {k: v for k, v in self._held.items() if not instead_of(k)} | {key: value}
        for oldest in list(self._held)[: -self._most]:
            del self._held[oldest]
        return value
