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
    surely_names,
    text_fault,
)


@dataclass
class Cleaner:
    """Brings names and texts into form NFC and rejects rows whose are none."""

    rows: RowReport
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
            out[name] = []
            for i, (line, value) in enumerate(zip(lines, values, strict=True)):
                clean = self._value(file, line, value)
                if clean is None and value is not None:
                    bad.add(i)
                out[name].append(clean)
        return out

    def properties(
        self, file: Path | str, line: int | None, properties: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Properties of one row that say something."""
        clean = {name: self._value(file, line, value) for name, value in properties.items()}
        return {name: value for name, value in clean.items() if value not in (None, "", [])}

    def texts(self, file: Path | str, line: int | None, texts: Iterable[str]) -> list[str]:
        """Texts in form NFC, without those that are none."""
        clean = [self._text(file, line, text) for text in texts]
        return [text for text in clean if text is not None]

    def note(self) -> None:
        """Tell of names with characters that nobody sees."""
        if self._invisible:
            some = min(self._invisible)
            self.rows.note(
                "names with a character that nobody sees, others than those without it: "
                f"{len(self._invisible)}, such as {some!a}"
            )

    def _value(self, file: Path | str, line: int | None, value: Value) -> Value:
        if isinstance(value, str):
            return self._text(file, line, value)
        return self.texts(file, line, value) if isinstance(value, list) else value

    def _text(self, file: Path | str, line: int | None, text: str) -> str | None:
        if text.isascii() and text.isprintable() and len(text) <= LONGEST_TEXT:
            return text
        clean = normal(text)
        fault = text_fault(clean)
        if fault is None:
            return clean
        self.rows.reject(file, line, *fault)
        return None
