"""Folders as papers publish them: lists and dictionaries of entities and relations beside the facts.

A list has one name a line (RED-GNN), a dictionary a number and a name in either order (`entities.dict` of
RotatE; `entity2id.txt` of OpenKE, which begins with how many there are). Facts may be written in numbers
then, in OpenKE's `train2id.txt` as head, tail and relation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from graph_schema.reading.builder import GraphBuilder
from graph_schema.reading.files import InputFile
from graph_schema.reading.formats import TABLES, format_of, load_format
from graph_schema.reading.nodes import is_node_table
from graph_schema.reading.numbered import check_count, is_number
from graph_schema.reading.report import RowReport
from graph_schema.reading.selecting import InputFiles
from graph_schema.reading.text import field_fault, shown
from graph_schema.reading.triples import Triples

_ENTITIES = frozenset({"entities", "entity", "ents", "entity2id", "entities2id", "ent2id", "entity_ids"})
_RELATIONS = frozenset(
    {"relations", "relation", "rels", "relation2id", "relations2id", "rel2id", "relation_ids"}
)

Names = Mapping[str, str]
"""Names by the number that stands for them."""


@dataclass(frozen=True)
class Layout:
    """The files of one import by what they are, and what numbers mean in each folder."""

    facts: tuple[InputFile, ...]
    nodes: tuple[InputFile, ...]
    lists: tuple[InputFile, ...]
    columns: Sequence[str] | None
    _read: dict[Path, dict[str, str] | list[str]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, files: InputFiles) -> Layout:
        """Told by names and first lines."""
        lists = tuple(f for f in files.files if _is_list(f))
        left = [f for f in files.files if f not in lists]
        nodes = tuple(f for f in left if format_of(f) == TABLES and is_node_table(f))
        return cls(tuple(f for f in left if f not in nodes), nodes, lists, files.columns)

    def triples(self, file: InputFile, rows: RowReport) -> Triples:
        """The facts of a file by their names, read as its form says.

        Raises:
            InputError: also where a number is in no dictionary.
        """
        entities, relations = (self._names(file, rows, kind) for kind in (True, False))
        found = load_format(format_of(file)).read(file, rows, self.columns)
        if not entities or not relations or not _are_numbers(found, entities, relations):
            return found
        bad: set[int] = set()
        for i, row in enumerate(zip(found.heads, found.relations, found.tails, strict=True)):
            tables = zip(row, (entities, relations, entities), strict=True)
            unknown = next((number for number, names in tables if number not in names), None)
            if unknown is not None:
                found_it = f"the number {shown(unknown)}"
                rows.reject(file.path, found.lines[i], found_it, "one of the dictionaries")
                bad.add(i)
        sound = found.without(bad)
        heads, tails = ([entities[n] for n in column] for column in (sound.heads, sound.tails))
        return replace(sound, heads=heads, relations=[relations[n] for n in sound.relations], tails=tails)

    def note_unused(self, rows: RowReport, builder: GraphBuilder) -> None:
        """Tell of entities that a list names and no fact does."""
        for file in self.lists:
            if file.stem not in _ENTITIES:
                continue
            read = self._list(file, rows)
            names = set(read.values()) if isinstance(read, dict) else set(read)
            unused = len(names - builder.entities())
            if unused:
                rows.note(f"entities of {file.path.name} in no fact, left out: {unused:,}")

    def _list(self, file: InputFile, rows: RowReport) -> dict[str, str] | list[str]:
        if file.path not in self._read:
            self._read[file.path] = _read_list(file, rows)
        return self._read[file.path]

    def _names(self, file: InputFile, rows: RowReport, entities: bool) -> Names:
        """The dictionary beside a file; empty where there is none. Of several the first by name counts."""
        stems = _ENTITIES if entities else _RELATIONS
        beside = [f for f in self.lists if f.path.parent == file.path.parent and f.stem in stems]
        found = [(f, read) for f in beside if isinstance(read := self._list(f, rows), dict)]
        for other, _ in found[1:]:
            rows.note(f"{other.path.name} was left aside: {found[0][0].path.name} is the dictionary")
        return found[0][1] if found else {}


def _is_list(file: InputFile) -> bool:
    """Whether a file lists entities or relations, by its name and first lines."""
    if file.stem not in _ENTITIES | _RELATIONS:
        return False
    lines = [line.split() if "\t" not in line else line.split("\t") for line in file.head() if line.strip()]
    widths = {len(fields) for fields in lines}
    if widths <= {1}:
        return True
    pairs = [f for f in lines if len(f) == 2]
    return widths <= {1, 2} and any(all(is_number(f[i]) for f in pairs) for i in (0, 1))


def _read_list(file: InputFile, rows: RowReport) -> dict[str, str] | list[str]:
    """Names by number; or names alone. Raises: InputError: a number of rows at the top that is wrong."""
    lines = [(i, line.strip()) for i, line in enumerate(file.text().split("\n"), 1) if line.strip()]
    pairs = [(i, line.split("\t") if "\t" in line else line.rsplit(None, 1)) for i, line in lines]
    if pairs and len(pairs[0][1]) == 1 and is_number(lines[0][1]) and any(len(p) == 2 for _, p in pairs):
        check_count(file, lines[0][1], len(lines) - 1)
        pairs = pairs[1:]
    if all(len(pair) == 1 for _, pair in pairs):
        return [pair[0] for _, pair in pairs]
    number = 0 if all(is_number(p[0]) for _, p in pairs) else 1
    out: dict[str, str] = {}
    for line, pair in pairs:
        if len(pair) != 2 or not is_number(pair[number]):
            rows.reject(file.path, line, shown(" ".join(pair)), "a number and a name")
        elif (fault := field_fault(pair[1 - number])) is not None:
            rows.reject(file.path, line, *fault)
        elif pair[number].strip() in out:
            rows.reject(file.path, line, f"the number {pair[number].strip()} again", "each number once")
        else:
            out[pair[number].strip()] = pair[1 - number].strip()
    return out


def _are_numbers(found: Triples, entities: Names, relations: Names) -> bool:
    """Whether facts are written in the numbers of dictionaries, and not in their names."""
    if found.numbered:
        return True
    numbers = all(map(is_number, {*found.heads, *found.relations, *found.tails}))
    return (
        numbers
        and not set(found.heads) <= set(entities.values())
        and any(r in relations for r in found.relations)
    )
