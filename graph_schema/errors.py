"""The errors people can meet, as one tree; each says what was found, what was wanted and what to do.

GraphPlatformError            exit status 1
├── UsageError                2  the call itself is wrong
├── InputError                3  a file, a row or a value is not what was wanted
│   ├── UnknownName           3  no such graph, entity, relation, model, domain or run
│   └── QueryRefused          3  the statement may not run here, or is no Cypher
├── StoreError                1  the server answered, and could not do it
│   ├── StoreFull             1  no room left where the server keeps its data
│   ├── GraphBusy             1  somebody else is writing to this graph
│   ├── QueryTimeout          1  ended at its deadline
│   └── StoreUnreachable      4  nobody answers at this address
│       └── StoreDenied       4  the server refuses this user or password
├── RunError                  1  a run cannot be used: interrupted, incomplete, not comparable
└── MissingExtra              1  a part that was not installed
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Collection, Iterable
from pathlib import Path


class GraphPlatformError(Exception):
    """Base of all errors meant for people. `exit_status` is what the command line ends with."""

    exit_status = 1


class UsageError(GraphPlatformError):
    """The call itself is wrong: options that contradict each other, a value out of range."""

    exit_status = 2


class InputError(GraphPlatformError):
    """A file, a row or a value is not what was wanted.

    Args:
        found: What was there.
        wanted: What would have been right.
        file: Path of the file, if one is to blame.
        line: 1-based line in it.
        hint: What to do about it.
    """

    exit_status = 3

    def __init__(
        self,
        found: str,
        *,
        wanted: str,
        file: Path | str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.found, self.wanted, self.hint = found, wanted, hint
        self.file = None if file is None else str(file)
        self.line = line
        place = "" if self.file is None else self.file + (f":{line}" if line is not None else "") + ": "
        told = f"{place}found {found}; wanted {wanted}"
        super().__init__(told + (f"{'' if wanted[-1:] == '…' else '.'} {hint}" if hint else ""))


_MANY = 2_000
"""Names compared letter by letter at most."""


class UnknownName(InputError):  # noqa: N818
    """Nothing is called that. Lists ten of what exists, the nearest first; quick among millions too.

    Args:
        kind: What was looked for, in the singular: "graph", "entity", "relation", "model".
        name: The name given.
        known: The names there are; None: too many to list.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str] | None, *, hint: str | None = None) -> None:
        names = known if isinstance(known, Collection) else list(known or ())
        alike = _alike(name, names) if len(names) > _MANY else sorted(set(names))
        near = difflib.get_close_matches(name, alike, n=3, cutoff=0.6)
        shown = [*near, *(n for n in alike if n not in near)][:10]
        listing = ", ".join(repr(n) for n in shown) + (", …" if len(names) > len(shown) else "")
        self.kind, self.name, self.candidates = kind, name, shown
        none = "" if known is None else " (there is none yet)"
        wanted = f"one of {listing}" if names else f"an existing {kind}{none}"
        meant = f"Did you mean {near[0]!r}?" if near else hint
        super().__init__(f"no {kind} {name!r}", wanted=wanted, hint=meant)


def _alike(name: str, names: Collection[str]) -> list[str]:
    """Of very many names some that begin alike or hold the name, and one of all if there are none, sorted."""
    for length in dict.fromkeys((len(name) - 1, len(name) * 3 // 4, len(name) // 2, 3)):
        begins = tuple({form(name[:length]) for form in (str, str.lower, str.upper, str.capitalize)})
        alike = set(itertools.islice((n for n in names if n.startswith(begins) or name in n), _MANY))
        if alike and length >= min(3, len(name)):
            return sorted(alike)
    return [min(names)]


class QueryRefused(InputError):  # noqa: N818
    """A statement that may not run on this door, or that the server cannot read."""


class StoreError(GraphPlatformError):
    """The server answered, and could not do what was asked."""


class StoreFull(StoreError):  # noqa: N818
    """No room is left where the server keeps its data; nothing of the batch was written."""


class GraphBusy(StoreError):  # noqa: N818
    """Somebody else is writing to this graph."""


class QueryTimeout(StoreError):  # noqa: N818
    """A statement was ended at its deadline."""


class StoreUnreachable(StoreError):  # noqa: N818
    """Nobody answers at this address."""

    exit_status = 4


class StoreDenied(StoreUnreachable):
    """The server refuses this user or this password."""


class RunError(GraphPlatformError):
    """A run cannot be used as asked: interrupted, incomplete, or not comparable."""


class Interrupted(RunError):  # noqa: N818
    """Training was stopped from outside and can be gone on with."""

    exit_status = 5


class MissingExtra(GraphPlatformError):  # noqa: N818
    """A part of the platform whose packages were not installed.

    Args:
        extra: Name of the extra that brings them: "local", "train", "ui".
        what: What needs it, beginning a sentence.
        missing: Name of the package that was looked for.
    """

    def __init__(self, extra: str, what: str, missing: str) -> None:
        self.extra, self.missing = extra, missing
        super().__init__(
            f"{what} needs the extra {extra!r} ({missing} is not installed). "
            f"Install it with: pip install 'kg-platform[{extra}]'"
        )
