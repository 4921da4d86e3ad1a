"""What a genealogy holds that a person should be told: counted while it is read, one note for each kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph_schema.reading import InputFile, RowReport

_NAMED = 3


@dataclass
class Tally:
    """Counts things of one file by kind and remembers the first few with their lines."""

    file: InputFile
    rows: RowReport
    _counts: dict[str, int] = field(default_factory=dict)
    _first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, line: int, example: str) -> None:
        """Count one more of a kind; `kind` is a plural that stands before a colon."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        first = self._first.setdefault(kind, [])
        if len(first) < _NAMED:
            first.append(f"{example} (line {line})")

    def tell(self) -> None:
        """Turn the counts into notes."""
        for kind, count in self._counts.items():
            examples = "; ".join(self._first[kind])
            self.rows.note(f"{self.file.path.name}: {kind}: {count:,}, such as {examples}")
