"""What becomes of a bad row: the import stops at it, or counts it and goes on, as the person asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graph_schema.errors import InputError


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that was left out, and why. `line` is 1-based, None where the fault has no line."""

    file: str
    line: int | None
    found: str
    wanted: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: found {self.found}; wanted {self.wanted}"


@dataclass(slots=True)
class RowReport:
    """Decides on bad rows and remembers them.

    Args:
        skip: Leave bad rows out and count them, instead of stopping at the first.
        keep: How many of them are remembered one by one.
        source: Name under which all files are imported; None: each by its stem.
    """

    skip: bool = False
    keep: int = 20
    source: str | None = None
    count: int = 0
    first: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def reject(
        self, file: Path | str, line: int | None, found: str, wanted: str, hint: str | None = None
    ) -> None:
        """Leave a row out.

        Raises:
            InputError: always, unless rows are to be skipped.
        """
        if not self.skip:
            raise InputError(found, wanted=wanted, file=file, line=line, hint=hint)
        self.count += 1
        if len(self.first) < self.keep:
            self.first.append(Rejected(str(file), line, found, wanted))

    def note(self, text: str) -> None:
        """Remember something a person should be told, once."""
        if text not in self.notes:
            self.notes.append(text)
