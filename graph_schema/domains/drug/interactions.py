"""A folder of drug-drug interactions: numbered triples in splits, which two tables put into words."""

from __future__ import annotations

from collections.abc import Sequence

from graph_schema.domains.drug.interaction_files import InteractionFiles
from graph_schema.domains.drug.interaction_tables import InteractionTables, Numbers
from graph_schema.reading import GraphBuilder, InputFile, RowReport, Rows, read_rows

SOURCE = "DrugBank interactions"
_ROLES = ("head", "relation", "tail")
_ORDER = ("head", "tail", "relation")


def read_interactions(
    files: InteractionFiles,
    tables: InteractionTables,
    rows: RowReport,
    builder: GraphBuilder,
    columns: Sequence[str] | None = None,
) -> None:
    """Drugs by DrugBank accession; each template is a relation `INTERACTS_WITH:<id>` of its own.

    Triples are head, tail, relation unless the person said otherwise: the head stands for #Drug1. A pair may
    interact in several ways, and in different splits; such pairs are counted in a note. Lists of drugs and
    parts of a split are left aside with a note.
    """
    order = list(columns or _ORDER)
    pairs: dict[str, set[tuple[str, str]]] = {}
    said: dict[str, set[tuple[str, ...]]] = {file.split or "": set() for file in files.parts}
    for file in files.facts:
        numbers = tables.of(file)
        found = read_rows(file, rows, width=3)
        if (file.split or "") in said:
            said[file.split or ""].update(zip(*found.columns, strict=True))
        in_order = [found.columns[order.index(role)] for role in _ROLES]
        sound = _sound(file, rows, found.lines, in_order, numbers)
        heads = [numbers.drugs[in_order[0][i]] for i in sound]
        tails = [numbers.drugs[in_order[2][i]] for i in sound]
        builder.add(
            file.path,
            [found.lines[i] for i in sound],
            heads,
            [numbers.relations[in_order[1][i]] for i in sound],
            tails,
            split=file.split,
            sources=[SOURCE],
        )
        pairs.setdefault(file.split or "", set()).update(zip(heads, tails, strict=True))
    _note_shared_pairs(rows, pairs)
    for file in files.parts:
        _leave_aside(read_rows(file, rows, width=3), rows, said[file.split or ""])
    for file in files.lists:
        rows.note(f"{file.path.name} was left aside: it lists drugs and holds no facts")


def _sound(
    file: InputFile, rows: RowReport, lines: Sequence[int], columns: Sequence[Sequence[str]], numbers: Numbers
) -> list[int]:
    """Positions of the rows whose numbers are all known; the others are rejected."""
    sound: list[int] = []
    for i, (head, relation, tail) in enumerate(zip(*columns, strict=True)):
        if head not in numbers.drugs or tail not in numbers.drugs:
            number = tail if head in numbers.drugs else head
            rows.reject(file.path, lines[i], f"the drug number {number!r}", "a number of the table of drugs")
        elif relation not in numbers.relations:
            rows.reject(
                file.path,
                lines[i],
                f"the relation number {relation!r}",
                "a number of the table of relations",
                "Columns are head, tail, relation; --columns says otherwise",
            )
        else:
            sound.append(i)
    return sound


def _note_shared_pairs(rows: RowReport, pairs: dict[str, set[tuple[str, str]]]) -> None:
    train = pairs.get("train", set())
    turned = {(tail, head) for head, tail in train}
    for split in ("valid", "test"):
        same, reverse = len(pairs.get(split, set()) & train), len(pairs.get(split, set()) & turned)
        if same or reverse:
            rows.note(
                f"{same} pairs of {split} are in train too with another interaction, {reverse} the other way "
                "round; they are kept: leave them out of a benchmark"
            )


def _leave_aside(part: Rows, rows: RowReport, said: set[tuple[str, ...]]) -> None:
    """Note that a file says again what its split says; rows that the split lacks are rejected."""
    file = part.file
    others = [i for i, row in enumerate(zip(*part.columns, strict=True)) if row not in said]
    for i in others:
        rows.reject(
            file.path,
            part.lines[i],
            f"a row that is not in {file.split}, in a file that would be left aside as a part of it "
            f"({len(others):,} of {len(part):,} rows are not)",
            f"rows of {file.split}, said again",
            f"Add them to the file of {file.split}, or leave this one out and name the others one by one",
        )
    which = f"of its {len(part):,} rows {len(part) - len(others):,}" if others else f"its {len(part):,} rows"
    rows.note(f"{file.path.name} was left aside: {which} are in {file.split} too")
