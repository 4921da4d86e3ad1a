"""Small genealogies as text, and what is read from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graph_schema.domains.family import importer
from graph_schema.reading import InputFile, InputFiles, RowReport

HEAD = "0 HEAD\n1 GEDC\n2 VERS 5.5.1\n1 CHAR UTF-8\n"


@dataclass(frozen=True)
class Read:
    """Nodes by id, facts, notes and rows that were left out."""

    nodes: dict[str, dict[str, object]]
    facts: set[tuple[str, str, str]]
    rows: RowReport

    def note(self, words: str) -> str:
        """The one note with these words."""
        (note,) = [note for note in self.rows.notes if words in note]
        return note


def read_tree(
    folder: Path, content: str | bytes, *, head: str = HEAD, skip: bool = False, scope: str = ""
) -> Read:
    """Read what stands between head and trailer; bytes are the whole file."""
    path = folder / "tree.ged"
    path.write_bytes(content if isinstance(content, bytes) else f"{head}{content}0 TRLR\n".encode())
    rows = RowReport(skip=skip)
    data = importer.read(InputFiles((InputFile(path, scope=scope),)), rows)
    facts = {(f["head"], f["relation"], f["tail"]) for f in data.facts.to_pylist()}
    return Read({n["id"]: n for n in data.nodes.to_pylist()}, facts, rows)


def person(id_: str, name: str, *lines: str) -> str:
    """A person; further lines with their levels."""
    return "".join(f"{line}\n" for line in (f"0 @{id_}@ INDI", f"1 NAME {name}", *lines))


def family(id_: str, *lines: str) -> str:
    """A family, as HUSB I1, WIFE I2, CHIL I3 without level and @, or lines with both."""
    parts = [line if line[0].isdigit() else f"1 {line[:4]} @{line[5:]}@" for line in lines]
    return "".join(f"{line}\n" for line in (f"0 @{id_}@ FAM", *parts))


def born(year: str) -> str:
    """The lines of a birth."""
    return f"1 BIRT\n2 DATE {year}"


def died(year: str) -> str:
    """The lines of a death."""
    return f"1 DEAT\n2 DATE {year}"
