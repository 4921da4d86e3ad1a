"""Lines of a GEDCOM file as records with their parts, as far as they say something of people and families."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from graph_schema.domains.family.gedcom_tally import Tally
from graph_schema.domains.family.gedcom_text import Line, read_lines
from graph_schema.reading import InputFile, RowReport
from graph_schema.reading.text import field_fault, shown

HALF_POINTERS = "pointers that lack an @, read as if it stood there"

_SHAPE = "lines such as '1 NAME Anna /Berg/', from '0 HEAD' to '0 TRLR'"
_DEEPEST = 99
_LINE = re.compile(
    r"\s*([0-9]{1,9})\s+(?:@([^@]*)@\s*|@([^@\s]+)\s+)?([A-Z0-9_]*[A-Z_][A-Z0-9_]*)(?:\s(.*))?\Z"
)

_READ = {
    "HEAD": "SOUR",
    "INDI": "NAME SEX BIRT DEAT CHR BAPM BURI FAMC FAMS ADOP ALIA _AKA",
    "FAM": "HUSB WIFE CHIL MARR",
    "NAME": "TYPE GIVN SURN NICK ROMN FONE TRAN _AKA _MARNM",
    "BIRT": "DATE FAMC",
    "DEAT": "DATE",
    "CHR": "DATE",
    "BAPM": "DATE",
    "BURI": "DATE",
    "MARR": "DATE",
    "CHIL": "_FREL _MREL",
    "FAMC": "PEDI STAT ADOP _FREL _MREL",
    "ADOP": "FAMC",
}
"""What is read of each record; the rest is passed over."""

_PARTS = {tag: frozenset(parts.split()) for tag, parts in _READ.items()}

_TERSE = "SEX DATE TIME HUSB WIFE CHIL FAMC FAMS PEDI CHAR VERS FORM TYPE QUAY LANG RESN"
"""Tags whose value no program wraps."""
_NO_PROSE = frozenset(_TERSE.split())
_PROSE = frozenset({"NOTE", "SNOTE", "TEXT", "CONT", "CONC"})


@dataclass(slots=True)
class Record:
    """A record and what stands below it. `line` is 1-based; `xref` is without its @, "" for none."""

    line: int
    tag: str
    value: str = ""
    xref: str = ""
    parts: list[Record] = field(default_factory=list)

    def all(self, *tags: str) -> list[Record]:
        """The parts with one of these tags, in their order."""
        return [part for part in self.parts if part.tag in tags]

    def text(self, tag: str) -> str:
        """The value of the first part of that tag, without blanks around it; "" for none."""
        return next((part.value.strip() for part in self.parts if part.tag == tag), "")

    def content(self) -> str:
        """All of it as text that sorts, without line numbers."""
        inner = "".join(f"\x02{part.content()}\x03" for part in self.parts)
        return f"{self.tag}\x01{self.value.strip()}{inner}"


def read_records(file: InputFile, rows: RowReport, tally: Tally) -> Iterator[Record]:
    """The records of level 0, each when it is complete.

    Raises:
        InputError: see `read_lines`; or, unless rows are skipped, a line cannot be read.
    """
    reader = _Reader(file, rows, tally)
    for line in read_lines(file, rows):
        done = reader.take(line)
        if done is not None:
            yield done
    if reader.path:
        yield reader.path[0]


@dataclass
class _Reader:
    """The records that are still open, from level 0 down, and how many of them are read from."""

    file: InputFile
    rows: RowReport
    tally: Tally
    path: list[Record] = field(default_factory=list)
    kept: int = 0
    prose: bool = False
    """Whether a line without a level may go on with the last one."""
    left_out: int | None = None
    """Level of the line left out last, while what stands below it is passed over."""

    def take(self, line: Line) -> Record | None:
        """Take a line in; gives the record of level 0 that it ends, if any."""
        match = _LINE.match(line.text)
        level = int(match.group(1)) if match else len(self.path)
        if match is None or (level > len(self.path) and match.group(4) not in ("CONT", "CONC")):
            if self.left_out is not None and (match is None or level > self.left_out):
                return None
            if line.fault is None and self.prose:
                kind = "lines without a level, which go on with the line before"
                self.tally.add(kind, line.number, shown(line.text.strip()))
                self._go_on(line, "\n" + line.text.strip())
                return None
        if self.left_out is not None and level > self.left_out:
            return None
        self.left_out = None
        fault = line.fault or self._fault(line, match, level)
        if fault is not None or match is None:
            self._leave_out(line, level if match else None, *(fault or self._unreadable(line)))
            return None if level or not match else self._opened(level, None)
        tag, value = match.group(4), match.group(5) or ""
        if tag in ("CONT", "CONC"):
            del self.path[level:]
            self.prose = self.path[-1].tag not in _NO_PROSE
            self._go_on(line, value if tag == "CONC" else "\n" + value)
            return None
        self.prose = tag in _PROSE or (tag not in _NO_PROSE and value.strip()[:1] not in ("", "@"))
        if match.group(3):
            self.tally.add(HALF_POINTERS, line.number, f"@{match.group(3)}")
        xref = (match.group(2) or match.group(3) or "").strip()
        return self._opened(level, Record(line.number, tag, value, xref))

    def _opened(self, level: int, record: Record | None) -> Record | None:
        done = self.path[0] if level == 0 and self.path else None
        del self.path[level:]
        self.kept = min(self.kept, level)
        if record is not None:
            self.path.append(record)
            if self.kept == level and (level == 0 or record.tag in _PARTS.get(self.path[-2].tag, ())):
                self.kept += 1
                if level:
                    self.path[-2].parts.append(record)
        return done

    def _go_on(self, line: Line, more: str) -> None:
        if self.kept < len(self.path):
            return
        last = self.path[-1]
        fault = self._text_fault(last.value + more)
        if fault is not None:
            self._leave_out(line, None, *fault)
        else:
            last.value += more

    def _fault(
        self, line: Line, match: re.Match[str] | None, level: int
    ) -> tuple[str, str, str | None] | None:
        if match is None:
            return self._unreadable(line)
        tag, value = match.group(4), match.group(5) or ""
        if level > _DEEPEST:
            return f"{shown(line.text.strip())} (level {level:,})", f"a level of at most {_DEEPEST}", None
        goes_on = tag in ("CONT", "CONC")
        if (level == 0 or not self.path) if goes_on else level > len(self.path):
            found = f"{shown(line.text.strip())} (an illegal level {level} after {len(self.path) - 1})"
            return found, _SHAPE, None
        if goes_on:
            return None
        read = tag in _PARTS.get(self.path[level - 1].tag, ()) if level else tag in _PARTS
        if read and self.kept >= level:
            return self._text_fault(value) or self._text_fault(match.group(2) or match.group(3) or "")
        return None

    def _unreadable(self, line: Line) -> tuple[str, str, str | None]:
        return f"{shown(line.text.strip())} (no level and tag)", _SHAPE, None

    def _text_fault(self, text: str) -> tuple[str, str, str | None] | None:
        fault = field_fault(text.replace("\n", " ")) if text.strip() else None
        return (*fault, None) if fault else None

    def _leave_out(self, line: Line, level: int | None, found: str, wanted: str, hint: str | None) -> None:
        self.rows.reject(self.file.path, line.number, found, wanted, hint)
        self.left_out = level
