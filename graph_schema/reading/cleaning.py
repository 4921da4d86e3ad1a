"""Text on its way into a graph: in form NFC; what is no text is rejected with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graph_schema.reading.report import RowReport
from graph_schema.reading.rows import Value
from graph_schema.reading.text import (
    INVISIBLE,
    LONGEST_TEXT,
    field_fault,
    normal,
    shown,
    surely_names,
    text_fault,
)
from graph_schema.reading.typed import READ, WANTED
from graph_schema.schema import PropertyType


@dataclass
class Cleaner:
    """Brings names and texts into form NFC and rejects rows whose are none."""

    rows: RowReport
    types: Mapping[str, PropertyType]
    """Of declared properties."""

    _invisible: set[str] = field(default_factory=set)

    def names(self, file: Path | str, line: int | None, names: Sequence[str]) -> list[str] | None:
        """The names of one row; None where one is none and rows are skipped."""
        if surely_names(names):
            return list(names)
        clean = [normal(name) for name in names]
        for name in clean:
            fault = field_fault(name)
            if fault is not None:
                self.rows.reject(file, line, *fault)
                return None
            if INVISIBLE.search(name):
                self._invisible.add(name)
        return clean

    def triples(
        self,
        file: Path | str,
        lines: Sequence[int] | Sequence[None],
        *columns: Sequence[str],
    ) -> tuple[Sequence[str], Sequence[str], Sequence[str], Iterable[int]]:
        """Heads, relations and tails in form NFC, and the places of sound rows."""
        heads, relations, tails = columns
        count = range(len(heads))
        if not heads or all(map(surely_names, columns)):
            return heads, relations, tails, count
        clean: dict[str, str] = {}
        faults: dict[str, tuple[str, str]] = {}
        for name in {*heads, *relations, *tails}:
            clean[name] = normal(name)
            fault = field_fault(clean[name])
            if fault is not None:
                faults[name] = fault
            elif INVISIBLE.search(name):
                self._invisible.add(clean[name])
        sound = list(count)
        if faults:
            sound = []
            for i, row in enumerate(zip(*columns, strict=True)):
                fault = next((faults[name] for name in row if name in faults), None)
                if fault is None:
                    sound.append(i)
                else:
                    self.rows.reject(file, lines[i], *fault)
        heads, relations, tails = ([clean[name] for name in column] for column in columns)
        return heads, relations, tails, sound

    def columns(
        self,
        file: Path | str,
        lines: Sequence[int] | Sequence[None],
        columns: Mapping[str, Sequence[Value]],
        bad: set[int],
    ) -> dict[str, list[Value]]:
        """Properties by column. Args: bad: takes the places of rows without text, where they are skipped."""
        out: dict[str, list[Value]] = {}
        for name, values in columns.items():
            out[name] = [None] * len(values)
            for i, (line, value) in enumerate(zip(lines, values, strict=True)):
                out[name][i], fault = self._value(name, value)
                if fault is not None and i not in bad:
                    self.rows.reject(file, line, *fault)
                    bad.add(i)
        return out

    def sources(
        self,
        file: Path | str,
        lines: Sequence[int] | Sequence[None],
        every: tuple[str, ...],
        each: Sequence[Sequence[str]] | None,
        bad: set[int],
    ) -> Sequence[tuple[str, ...]]:
        """Names of the sources of each row: those of all, and its own. Args: bad: as in `columns`."""
        if each is None:
            return [every] * len(lines)
        out: list[tuple[str, ...]] = []
        for i, (line, names) in enumerate(zip(lines, each, strict=True)):
            clean = [normal(name) for name in names]
            fault = next((f for f in map(field_fault, clean) if f is not None), None)
            if fault is not None and i not in bad:
                self.rows.reject(file, line, *fault)
                bad.add(i)
            out.append((*every, *clean))
        return out

    def properties(
        self, file: Path | str, line: int | None, properties: Mapping[str, Value]
    ) -> dict[str, Value] | None:
        """Properties of one row that say something; None where one is not what it should be."""
        clean: dict[str, Value] = {}
        for name, value in properties.items():
            clean[name], fault = self._value(name, value)
            if fault is not None:
                self.rows.reject(file, line, *fault)
                return None
        return {name: value for name, value in clean.items() if value not in (None, "", [])}

    def texts(self, file: Path | str, line: int | None, texts: Iterable[str]) -> list[str] | None:
        """Texts of one row in form NFC; None where one is none."""
        clean, fault = self._list(list(texts))
        if fault is not None:
            self.rows.reject(file, line, *fault)
        return None if fault is not None else clean

    def note(self) -> None:
        """Tell of names with characters that nobody sees."""
        if self._invisible:
            some = min(self._invisible)
            self.rows.note(
                "names with a character that nobody sees, others than those without it: "
                f"{len(self._invisible)}, such as {some!a}"
            )

    def _value(self, name: str, value: Value) -> tuple[Value, tuple[str, str] | None]:
        """A property as it is kept, and (found, wanted) where it is not what it should be."""
        if isinstance(value, list):
            return self._list(value)
        if not isinstance(value, str):
            return value, None
        declared = self.types.get(name, "string")
        if declared in ("string", "strings") or not value:
            return _text(value)
        try:
            return READ[declared](value), None
        except (ValueError, KeyError):
            return None, (f"{shown(value)} as {name}", WANTED[declared])

    def _list(self, values: list[str]) -> tuple[list[str], tuple[str, str] | None]:
        clean = [_text(value) for value in values]
        return [text for text, _ in clean], next((fault for _, fault in clean if fault is not None), None)


def _text(text: str) -> tuple[str, tuple[str, str] | None]:
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_TEXT:
        return text, None
    clean = normal(text)
    return clean, text_fault(clean)
