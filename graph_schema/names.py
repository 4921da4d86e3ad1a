"""Very many names as one Arrow array: made into Python strings one at a time, when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import pyarrow as pa

_AT_A_TIME = 65_536


class Names(Sequence[str]):
    """A sequence of strings like a tuple, and equal to one that holds the same.

    Args:
        array: (E,) strings without nulls; it may lie in a file.
    """

    __slots__ = ("array",)

    def __init__(self, array: pa.StringArray) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(self.array[place].to_pylist())
        if not -len(self.array) <= place < len(self.array):
            raise IndexError(place)
        name: str = self.array[place].as_py()
        return name

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.array), _AT_A_TIME):
            yield from self.array.slice(start, _AT_A_TIME).to_pylist()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Names):
            same: bool = self.array.equals(other.array)
            return same
        return isinstance(other, tuple) and len(self) == len(other) and tuple(self) == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Names({len(self)})"
