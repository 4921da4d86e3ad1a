"""The two tables that say what numbers of drugs and types stand for, beside the facts or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport, read_rows
from graph_schema.reading.text import shown
from graph_schema.reading.triples import first_fields

TYPE = "INTERACTS_WITH"
DRUGS, TEMPLATES = "drugs", "relations"
_HEADERS = {DRUGS: ("id", "drugbank_id", "name"), TEMPLATES: ("id", "template")}
_TOLD_BY = {DRUGS: {"id", "drugbank_id"}, TEMPLATES: {"id", "template"}}


@dataclass(frozen=True, slots=True)
class Table:
    """What the numbers of one table stand for, each with its line."""

    file: InputFile
    meaning: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Accessions by numbers of drugs, relations by numbers of types."""

    drugs: Mapping[str, str]
    relations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InteractionTables:
    """The tables of one import, of each kind in the order of the files."""

    drugs: tuple[Table, ...]
    templates: tuple[Table, ...]

    @classmethod
    def read(cls, files: InputFiles, rows: RowReport, builder: GraphBuilder) -> InteractionTables:
        """Declare the drugs and relations of all tables.

        Raises:
            InputError: also where two tables of relations differ: their names are those of the whole graph.
        """
        drugs = [_read_drugs(file, rows, builder) for file in files.files if table_of(file) == DRUGS]
        templates = [
            _read_templates(file, rows, builder) for file in files.files if table_of(file) == TEMPLATES
        ]
        _agreed(templates)
        return cls(tuple(drugs), tuple(templates))

    def of(self, facts: InputFile) -> Numbers:
        """What the numbers of a file stand for: by the tables in its folder, else by those of the import.

        Raises:
            InputError: there is none, or those that would do contradict each other.
        """
        missing = [kind for kind, tables in ((DRUGS, self.drugs), (TEMPLATES, self.templates)) if not tables]
        if missing:
            _ask_for(missing, facts)
        accession = _agreed(_nearest(self.drugs, facts.path.parent))
        known = _agreed(_nearest(self.templates, facts.path.parent))
        return Numbers(accession, {number: f"{TYPE}:{number}" for number in known})


def table_of(file: InputFile) -> str | None:
    """Which of the two tables a file is, by its name and header; None: neither."""
    told_by = _TOLD_BY.get(file.stem)
    return file.stem if told_by is not None and told_by <= set(first_fields(file)) else None


def _ask_for(missing: Sequence[str], facts: InputFile) -> NoReturn:
    """Raises: InputError: facts are in numbers, and these tables are nowhere in the import."""
    folder = facts.path.parent.name
    wanted = " and ".join(f"{kind} (header: {', '.join(_HEADERS[kind])})" for kind in missing)
    raise InputError(
        f"drugs and interactions by number, and no table {' and no table '.join(missing)}",
        wanted=f"{wanted} to say what the numbers stand for",
        file=facts.path,
        hint=f"Put {'it' if len(missing) == 1 else 'them'} into this folder, or give the paths in the same "
        f"import: kgp import {folder} {' '.join(f'{kind}.tsv' for kind in missing)}; "
        "--domain triples reads the numbers as they are",
    )


def _nearest(tables: Sequence[Table], folder: Path) -> Sequence[Table]:
    return [table for table in tables if table.file.path.parent == folder] or tables


def _agreed(tables: Sequence[Table]) -> dict[str, str]:
    """What numbers stand for by all of these tables. Raises: InputError: two say different things."""
    found: dict[str, tuple[str, Table]] = {}
    for table in tables:
        for number, (text, line) in table.meaning.items():
            known, other = found.setdefault(number, (text, table))
            if known != text:
                place = f"{other.file.path}:{other.meaning[number][1]}"
                raise InputError(
                    f"the number {number!r} for {shown(text)}, and for {shown(known)} in {place}",
                    wanted="one meaning of each number",
                    file=table.file.path,
                    line=line,
                    hint="Leave out the table that is not of these facts",
                )
    return {number: text for number, (text, _) in found.items()}


def _read_drugs(file: InputFile, rows: RowReport, builder: GraphBuilder) -> Table:
    header = _HEADERS[DRUGS]
    found = read_rows(file, rows, header=header, blank=set(first_fields(file)) - _TOLD_BY[DRUGS])
    accession: dict[str, tuple[str, int]] = {}
    others = found.others(*header)
    columns = (found.column(c) for c in header)
    for i, (line, number, id_, name) in enumerate(zip(found.lines, *columns, strict=True)):
        if number in accession:
            rows.reject(file.path, line, f"the number {number!r} again", "each number once")
            continue
        accession[number] = id_, line
        builder.node(
            id_,
            "Drug",
            name or id_,
            file=file.path,
            line=line,
            properties={key: values[i] for key, values in others.items()},
            keep_name=True,
        )
    return Table(file, accession)


def _read_templates(file: InputFile, rows: RowReport, builder: GraphBuilder) -> Table:
    found = read_rows(file, rows, header=_HEADERS[TEMPLATES])
    known: dict[str, tuple[str, int]] = {}
    for line, number, text in zip(found.lines, found.column("id"), found.column("template"), strict=True):
        if "#Drug1" not in text or "#Drug2" not in text:
            rows.reject(file.path, line, f"the template {text!r}", "a sentence with #Drug1 and #Drug2")
            continue
        if number in known:
            rows.reject(file.path, line, f"the number {number!r} again", "each number once")
            continue
        sentence = text.replace("{", "").replace("}", "")
        sentence = sentence.replace("#Drug1", "{head}").replace("#Drug2", "{tail}")
        builder.relation(f"{TYPE}:{number}", TYPE, text, sentence)
        known[number] = text, line
    return Table(file, known)
