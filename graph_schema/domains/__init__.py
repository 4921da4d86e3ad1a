"""The domains: one folder each, found by its name.

A domain is a folder holding `domain.yaml`, a `sample/` we made ourselves and, where its files need more than
the generic reader, an `importer.py` with two functions::

    def recognise(files: InputFiles) -> bool: ...
    def read(files: InputFiles, rows: RowReport) -> GraphData: ...

`recognise` looks at names and first lines only. `files.columns` is the order of columns a person gave. Where
files have a form of their own, `OWN` names their endings, so that they are found in folders.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from graph_schema.errors import UnknownName
from graph_schema.schema import GraphSchema
from graph_schema.yaml_text import parse_yaml

if TYPE_CHECKING:
    from graph_schema.reading import InputFiles, RowReport
    from graph_schema.tables import GraphData

_HERE = Path(__file__).parent


class Importer(Protocol):
    """What a domain's `importer.py` offers, as a module."""

    OWN: frozenset[str]
    """Endings, or whole names, of files that no form of `reading.formats` reads; may be left out."""

    recognise: Callable[[InputFiles], bool]
    read: Callable[[InputFiles, RowReport], GraphData]


def available_domains() -> tuple[str, ...]:
    """Names of the domains, sorted: the folders that hold a `domain.yaml`."""
    return tuple(sorted(p.parent.name for p in _HERE.glob("*/domain.yaml")))


@cache
def load_domain(name: str) -> GraphSchema:
    """The schema of a domain. Raises: UnknownName."""
    if name not in available_domains():
        raise UnknownName("domain", name, available_domains())
    return GraphSchema.model_validate(parse_yaml((_HERE / name / "domain.yaml").read_text("utf-8")))


def load_importer(name: str) -> Importer:
    """The importer module of a domain. Raises: UnknownName."""
    if name not in available_domains():
        raise UnknownName("domain", name, available_domains())
    return cast("Importer", importlib.import_module(f"graph_schema.domains.{name}.importer"))


def own_files() -> frozenset[str]:
    """Endings, or whole names, of the files that domains read beside the forms that all of them read."""
    importers = map(load_importer, available_domains())
    return frozenset().union(*(getattr(importer, "OWN", ()) for importer in importers))


def sample_folder(name: str) -> Path:
    """Where a domain keeps its sample files."""
    return _HERE / name / "sample"
