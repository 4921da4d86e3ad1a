"""Tables that give ids their names: `names.tsv` beside the facts."""

from __future__ import annotations

from graph_schema.reading.builder import GraphBuilder
from graph_schema.reading.delimited import read_rows
from graph_schema.reading.files import InputFile
from graph_schema.reading.report import RowReport

_ID = ("id", "mid", "offset", "entity", "key")
_NAME = ("name", "label", "lemmas")
_TEXT = ("description", "gloss")


def is_name_table(file: InputFile) -> bool:
    """Whether a file is a name table, by its name."""
    return file.stem in ("names", "entity_names", "labels")


def read_names(file: InputFile, rows: RowReport, builder: GraphBuilder, node_type: str) -> None:
    """Name the entities of the facts read before; rows about others are left out.

    The first column that is called id, mid, offset, entity or key holds ids; name or label the name, lemmas
    several names parted by commas. Without such a header the first two columns are id and name.
    """
    first = [cell.strip().lower() for cell in (file.head(1) or [""])[0].split("\t")]
    id_column = next((c for c in _ID if c in first), None)
    name_column = next((c for c in _NAME if c in first), None)
    if id_column is None or name_column is None:
        found = read_rows(file, rows, width=2)
        ids, names, texts = found.columns[0], found.columns[1], [""] * len(found)
    else:
        others = [c for c in first if c != id_column]
        found = read_rows(file, rows, header=[id_column, name_column], blank=others)
        ids, names = found.column(id_column), found.column(name_column)
        text_column = next((c for c in _TEXT if c in first), "")
        texts = list(found.column(text_column))
    used = builder.entities()
    unnamed = len(used.difference(ids))
    for line, id_, name, text in zip(found.lines, ids, names, texts, strict=True):
        if id_ not in used or not name:
            continue
        called = name.split(", ") if name_column == "lemmas" else [name]
        about = {"gloss" if name_column == "lemmas" else "description": text}
        builder.node(
            id_, node_type, called[0], file=file.path, line=line, aliases=called[1:], properties=about
        )
    if unnamed:
        rows.note(f"{unnamed:,} entities have no name in {file.path.name} and go by their id")
