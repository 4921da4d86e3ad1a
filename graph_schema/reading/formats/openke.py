"""Facts in numbers as OpenKE splits them: `train2id.txt` with head, tail and relation."""

from __future__ import annotations

from collections.abc import Sequence

from graph_schema.errors import InputError
from graph_schema.reading.files import InputFile
from graph_schema.reading.numbered import check_count, is_number
from graph_schema.reading.report import RowReport
from graph_schema.reading.text import shown
from graph_schema.reading.triples import Triples

SUFFIXES = frozenset({".txt"})
EXAMPLE = "train2id.txt", "3\n0 1 0\n1 2 0\n2 0 1\n"


def recognises(file: InputFile) -> bool:
    """See `Format`: by what names of OpenKE's splits end in."""
    return file.stem.endswith("2id")


def read(file: InputFile, rows: RowReport, _columns: Sequence[str] | None = None) -> Triples:
    """Rows of head, tail and relation as numbers, after a line that says how many."""
    lines = [(i, line.split()) for i, line in enumerate(file.text().split("\n"), 1) if line.strip()]
    if len(lines[0][1]) == 1 and is_number(lines[0][1][0]):
        check_count(file, lines[0][1][0], len(lines) - 1)
        lines = lines[1:]
    sound: list[tuple[int, list[str]]] = []
    for line, fields in lines:
        if len(fields) == 3:
            sound.append((line, fields))
        else:
            rows.reject(file.path, line, shown(" ".join(fields)), "the numbers of head, tail and relation")
    if not sound:
        raise InputError("no sound row", wanted="at least one sound row", file=file.path)
    heads, relations, tails = ([fields[i] for _, fields in sound] for i in (0, 2, 1))
    return Triples(file, [line for line, _ in sound], heads, relations, tails, numbered=True)
