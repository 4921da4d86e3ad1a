"""Pointers of a genealogy: to whom they lead, and what is wrong with those that lead nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph_schema.domains.family.gedcom_records import HALF_POINTERS, Record
from graph_schema.domains.family.gedcom_tally import Tally
from graph_schema.reading import InputFile, RowReport

_WANTED = {"INDI": "the id of a person (INDI)", "FAM": "the id of a family (FAM)"}
_SHOWN = 60


@dataclass(frozen=True)
class Pointers:
    """Follows the pointers of one file. `tags` are the records of each id."""

    file: InputFile
    rows: RowReport
    tally: Tally
    tags: Mapping[str, set[str]]

    def target(self, part: Record, tag: str) -> str | None:
        """The id of the record of that tag (INDI, FAM); None where nobody is known, or it is rejected.

        Raises:
            InputError: unless rows are skipped, there is no such record.
        """
        value = part.value.strip()
        id_ = value.strip("@").strip()
        if not id_ or value.upper() == "@VOID@":
            return None
        tags = self.tags.get(id_, set())
        if tag in tags:
            if value != f"@{id_}@":
                self.tally.add(HALF_POINTERS, part.line, value)
            return id_
        what = f"which is a {min(tags)} record" if tags else "whom nobody declares"
        if not tags and tag == "FAM":
            what = "which nobody declares"
        self.rows.reject(self.file.path, part.line, f"{part.tag} {value[:_SHOWN]}, {what}", _WANTED[tag])
        return None
