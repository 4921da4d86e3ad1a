"""Rows as readers collect them: nodes, facts and relations, each with where it first stood."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graph_schema.schema import RelationType

Value = str | int | float | bool | list[str] | None


@dataclass(slots=True)
class NodeRow:
    """A declared node and where it was declared."""

    type: str
    name: str
    aliases: tuple[str, ...]
    properties: dict[str, Value]
    file: Path | str
    line: int | None


@dataclass(slots=True)
class FactRow:
    """A fact and where it first stood."""

    type: str
    split: str | None
    sources: tuple[str, ...]
    properties: dict[str, Value]
    file: Path | str
    line: int | None
    imported_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation as it will stand in the graph, with its type in the schema (None in an open one)."""

    name: str
    type: str
    description: str = ""
    template: str | None = None
    declared: RelationType | None = None
