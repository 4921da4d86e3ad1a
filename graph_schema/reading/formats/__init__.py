"""Forms of files that hold facts of any domain: one file each, found by its name.

Each says in its own file what it reads; see `Format`. All are imported before anything is read, so what is
heavy, a parser say, is imported in `read`. A form that one domain alone makes sense of stands in the domain's
folder, and its importer names it (`graph_schema.domains.Importer`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from graph_schema.errors import UnknownName

if TYPE_CHECKING:
    from graph_schema.reading.files import InputFile
    from graph_schema.reading.report import RowReport
    from graph_schema.reading.triples import Triples

TABLES = "tables"
"""The form of files that no other recognises."""


class Format(Protocol):
    """What a file of `formats/` offers, as a module."""

    SUFFIXES: frozenset[str]
    """Endings of names, in lower case and with the dot, that files in a folder are known by."""

    EXAMPLE: tuple[str, str]
    """A file's name and its text, of three facts or more: tests hold every form to its promises with it."""

    recognises: Callable[[InputFile], bool]
    """Whether a file is of this form, by its name and first lines alone."""

    read: Callable[[InputFile, RowReport, Sequence[str] | None], Triples]
    """The facts of a file; bad rows go to the report. The last is what a person said of the columns.

    Raises: InputError: with file and line.
    """


def available_formats() -> tuple[str, ...]:
    """Names of the forms, sorted: the files in this folder."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("[a-z]*.py")))


def load_format(name: str) -> Format:
    """The form of that name. Raises: UnknownName."""
    found = _formats()
    if name not in found:
        raise UnknownName("form of file", name, found)
    return found[name]


def format_of(file: InputFile) -> str:
    """The name of a file's form: the first by name that recognises it, else that of tables."""
    others = (name for name in _formats() if name != TABLES and load_format(name).recognises(file))
    return next(others, TABLES)


def suffixes() -> frozenset[str]:
    """Endings of the names of all forms."""
    return frozenset().union(*(some.SUFFIXES for some in _formats().values()))


@cache
def _formats() -> dict[str, Format]:
    names = available_formats()
    return {name: cast("Format", importlib.import_module(f"{__name__}.{name}")) for name in names}
