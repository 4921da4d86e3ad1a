"""Facts as columns, in the order a header, a person, or custom gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from graph_schema.errors import InputError
from graph_schema.reading.delimited import Rows, cells, read_rows
from graph_schema.reading.files import InputFile
from graph_schema.reading.headers import ROLES, EdgeColumns, edge_columns
from graph_schema.reading.report import RowReport
from graph_schema.reading.rows import Value
from graph_schema.reading.text import shown
from graph_schema.reading.typed import typed_values

T = TypeVar("T")

LEFT_OUT = "_"
"""What a person calls a column that is to be left out."""

_COMMENTS = 500
"""Lines at the top among which a header is looked for."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+Z?)?\Z")
_NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?\Z")
_SPLITS = {
    "facts": "facts",
    "train": "train",
    "valid": "valid",
    "validation": "valid",
    "dev": "valid",
    "test": "test",
}


@dataclass(frozen=True, slots=True)
class Ends:
    """What a table says of the heads, or tails, beside their ids: names and kinds, "" where it does not."""

    names: Sequence[str] | None = None
    kinds: Sequence[str] | None = None

    def some(self, choose: Callable[[Sequence[str]], list[str]]) -> Ends:
        """The same of some of them."""
        return Ends(choose(self.names) if self.names else None, choose(self.kinds) if self.kinds else None)


@dataclass(frozen=True, slots=True)
class Triples:
    """Equally long columns; `lines[i]` is the line of fact i, `properties` further columns by name."""

    file: InputFile
    lines: Sequence[int]
    heads: Sequence[str]
    relations: Sequence[str]
    tails: Sequence[str]
    properties: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    sources: Sequence[Sequence[str]] | None = None
    """Names of sources of each fact."""

    splits: Sequence[str | None] | None = None
    """Split of each fact, where a column says it."""

    about: tuple[Ends, Ends] = (Ends(), Ends())
    """Of heads and of tails."""

    numbered: bool = False
    """Whether ends and relations are numbers of the dictionaries beside the file."""

    def without(self, bad: set[int]) -> Triples:
        """The same without some facts. Args: bad: their places."""
        kept = [i for i in range(len(self.lines)) if i not in bad]

        def some(column: Sequence[T]) -> list[T]:
            return [column[i] for i in kept]

        return Triples(
            self.file,
            some(self.lines),
            some(self.heads),
            some(self.relations),
            some(self.tails),
            {name: some(values) for name, values in self.properties.items()},
            some(self.sources) if self.sources is not None else None,
            some(self.splits) if self.splits is not None else None,
            (self.about[0].some(some), self.about[1].some(some)),
            self.numbered,
        )


def read_triples(file: InputFile, rows: RowReport, columns: Sequence[str] | None = None) -> Triples:
    """The facts of a file.

    Args:
        file: Delimited text.
        rows: Decides on bad rows.
        columns: What each column is: head, relation, tail, names of properties, `_` for what is left out;
            None: by the header, else head, relation, tail and perhaps a weight or a date.

    Raises:
        InputError: as `read_rows`; or the columns do not look like head, relation, tail.
    """
    names = first_fields(file)
    shape = edge_columns(names)
    if shape is not None and not (shape.guessed and _recur(file, names, shape)):
        return _told_by_header(file, rows, names, shape, columns)
    if columns is not None:
        return _told(file, read_rows(file, rows, width=len(columns)), columns)
    _refuse_half_header(file, names)
    _refuse_json(file)
    found = read_rows(file, rows, width=_width(file, names))
    _refuse_swapped(file, found.columns)
    _note_strange_first_row(file, rows, found)
    if len(found.columns) == 3:
        return _told(file, found, ROLES)
    bad: set[int] = set()
    fourth = _fourth(file, rows, found, bad)
    return _told(file, found, [*ROLES, fourth]).without(bad)


def glimpse(file: InputFile, columns: Sequence[str] | None = None) -> set[str]:
    """Names of relations in the first 2,000 lines, without complaint; none where columns are not three."""
    names = first_fields(file)
    shape = edge_columns(names)
    lines = [line for line in file.head(2000) if line.strip()]
    while lines and lines[0].startswith("# "):
        lines.pop(0)
    fields = [cells(file, line, len(columns) if columns else None) for line in lines]
    fields = [f for f in fields if not f[0].startswith("#") or len(f) == len(columns or ROLES)]
    if shape is not None and not columns:
        order = ["relation" if n == shape.relation else "" for n in names]
        fields = [f for f in fields if tuple(c.lower() for c in f) != names]
    else:
        order = list(columns or ROLES)
    if any(len(f) != len(order) for f in fields):
        return set()
    return {f[order.index("relation")] for f in fields}


def first_fields(file: InputFile) -> tuple[str, ...]:
    """Fields of the first line in lower case, comments at the top passed over; () where there is none."""
    for line in file.head(_COMMENTS):
        bare = line.lstrip("# ") if line.startswith("#") else line
        names = tuple(cell.lower() for cell in cells(file, bare))
        if line.strip() and (not line.startswith("#") or edge_columns(names) is not None):
            return names
    return ()


def _told_by_header(
    file: InputFile,
    rows: RowReport,
    names: tuple[str, ...],
    shape: EdgeColumns,
    columns: Sequence[str] | None,
) -> Triples:
    ends = {shape.head, shape.relation, shape.tail}
    found = read_rows(file, rows, header=list(names), blank=[n for n in names if n not in ends])
    if columns is not None:
        if len(columns) != len(names):
            raise InputError(
                f"--columns {','.join(columns)} and a header of {len(names)} columns",
                wanted="one name for each column of the file",
                file=file.path,
                line=1,
                hint="Use _ for a column to leave out, or leave --columns away: the header says what each is",
            )
        return _told(file, found, columns)
    bad: set[int] = set()
    properties = {
        p.name: typed_values(file, rows, found.lines, column, found.column(column), p.type, bad)
        for column, p in shape.properties.items()
    }
    renamed = [p.name for column, p in shape.properties.items() if p.name.rstrip("_") != p.name != column]
    if renamed:
        rows.note(f"{file.path.name}: columns of reserved or equal names became {', '.join(renamed)}")
    about = tuple(
        Ends(found.column(name) if name else None, found.column(kind) if kind else None)
        for name, kind in zip(shape.names, shape.kinds, strict=True)
    )
    heads, tails = _told_apart(file, rows, (found.column(shape.head), found.column(shape.tail)), about)
    splits = _splits(file, rows, found, shape.split, bad) if shape.split else None
    triples = Triples(
        file,
        found.lines,
        heads,
        found.column(shape.relation),
        tails,
        properties,
        [parted(cell) for cell in found.column(shape.sources)] if shape.sources else None,
        splits,
        (about[0], about[1]),
    )
    return triples.without(bad) if bad else triples


def parted(cell: str) -> list[str]:
    """Names of sources, parted by |."""
    return [s.strip() for s in cell.split("|") if s.strip()]


def _told(file: InputFile, found: Rows, columns: Sequence[str]) -> Triples:
    by_name = dict(zip(columns, found.columns, strict=True))
    extra = {n: c for n, c in by_name.items() if n not in (*ROLES, LEFT_OUT)}
    return Triples(file, found.lines, by_name["head"], by_name["relation"], by_name["tail"], extra)


def _told_apart(
    file: InputFile, rows: RowReport, ends: tuple[Sequence[str], Sequence[str]], about: Sequence[Ends]
) -> tuple[Sequence[str], Sequence[str]]:
    """Ids of heads and of tails, with the kind before those that stand for several kinds."""
    of: dict[str, set[str]] = {}
    for ids, own in zip(ends, about, strict=True):
        for id_, kind in zip(ids, own.kinds or (), strict=False):
            if kind:
                of.setdefault(id_, set()).add(kind)
    several = {id_ for id_, kinds in of.items() if len(kinds) > 1}
    if not several:
        return ends
    rows.note(
        f"{file.path.name}: ids that stand for several kinds, which were put before them: {len(several)}, "
        f"such as {min(several)!r}"
    )
    told = [
        [f"{kind}::{id_}" if id_ in several and kind else id_ for id_, kind in zip(ids, kinds, strict=True)]
        for ids, kinds in ((ids, own.kinds or [""] * len(ids)) for ids, own in zip(ends, about, strict=True))
    ]
    return told[0], told[1]


def _splits(file: InputFile, rows: RowReport, found: Rows, column: str, bad: set[int]) -> list[str | None]:
    out: list[str | None] = []
    for i, (line, value) in enumerate(zip(found.lines, found.column(column), strict=True)):
        if value and value.lower() not in _SPLITS and i not in bad:
            rows.reject(file.path, line, f"the split {shown(value)}", "facts, train, valid or test")
            bad.add(i)
        out.append(_SPLITS.get(value.lower()))
    return out


def _width(file: InputFile, names: Sequence[str]) -> int:
    """Number of columns of a file without a header: three, or four."""
    if len(names) <= 4:
        return 4 if len(names) == 4 else 3
    raise InputError(
        f"{len(names)} columns ({', '.join(map(shown, names[:8]))})",
        wanted="head, relation and tail, perhaps with a weight or a date; or a header that names them",
        file=file.path,
        line=1,
        hint="Say what each column is, for example --columns head,relation,tail,weight,_ (_ is left out)",
    )


def _fourth(file: InputFile, rows: RowReport, found: Rows, bad: set[int]) -> str:
    """Name of the fourth column, by what most of it holds. Args: bad: takes the places of other rows."""
    values = found.columns[3]
    wanted = {"date": ("a date, such as 2014-01-31", _DATE), "weight": ("a number", _NUMBER)}
    fits = {name: [pattern.match(v) is not None for v in values] for name, (_, pattern) in wanted.items()}
    best = max(wanted, key=lambda name: (sum(fits[name]), name))
    if sum(fits[best]) * 2 < len(values):
        strange = fits[best].index(False)
        raise InputError(
            f"4 columns, the last of them neither numbers nor dates ({shown(values[strange])})",
            wanted="head, relation and tail, perhaps with a weight or a date; or a header that names them",
            file=file.path,
            line=found.lines[strange],
            hint="Say what each column is, for example --columns head,relation,tail,_ (_ is left out)",
        )
    for i, fit in enumerate(fits[best]):
        if not fit:
            rows.reject(file.path, found.lines[i], f"{shown(values[i])} in column 4", wanted[best][0])
            bad.add(i)
    return best


def _recur(file: InputFile, names: tuple[str, ...], shape: EdgeColumns) -> bool:
    """Whether words of a first row stand among its ends again: then they are no header."""
    rows = [tuple(cells(file, line.lower())) for line in file.head(2000) if not line.startswith("#")]
    ends = [names.index(end) for end in (shape.head, shape.tail)]
    return any(
        i < len(row) and row[i] in (shape.head, shape.tail) for row in rows if row != names for i in ends
    )


def _note_strange_first_row(file: InputFile, rows: RowReport, found: Rows) -> None:
    """Ask about a first row of words of its own, where relations come again in the others."""
    columns = found.columns[:3]
    first, relations = [column[0] for column in columns], columns[1][1:]
    if len(set(relations)) == len(relations) or len(set(first)) < 3:
        return
    if not any(word in islice(column, 1, None) for word in first for column in columns):
        words = ", ".join(map(shown, first))
        rows.note(
            f"{file.path.name}: the words of the first row ({words}) stand nowhere else; it was read as a "
            "fact. If it is a header, take it out"
        )


def _refuse_json(file: InputFile) -> None:
    first = next((line.strip() for line in file.head() if line.strip()), "")
    if re.match(r"\[\s*[\[{\"]|\[\s*\Z|\{\s*\"|\{\s*\Z", first):
        raise InputError(
            f"JSON ({shown(first)})",
            wanted="rows of a table",
            file=file.path,
            line=1,
            hint="Write one object a line into a file that ends in .jsonl",
        )


def _refuse_half_header(file: InputFile, names: tuple[str, ...]) -> None:
    words = {"head": {"head", "subject", "source", "from"}, "tail": {"tail", "object", "target", "to"}}
    words["relation"] = {"relation", "predicate", "edge"}
    known = [role for role, some in words.items() if any(n in some for n in names)]
    if len(known) == 2:
        raise InputError(
            f"the header {', '.join(map(shown, names[:8]))}",
            wanted="columns named head, relation and tail, or rows without a header",
            file=file.path,
            line=1,
            hint="Rename the columns; if this is a fact, give --columns head,relation,tail",
        )


def _refuse_swapped(file: InputFile, columns: Sequence[Sequence[str]]) -> None:
    """Refuse columns whose second is plainly no relation: it shares entities with one, the third none."""
    values = [set(column) for column in columns[:3]]
    more = [LEFT_OUT] * (len(columns) - 3)
    for other, entity in ((2, 0), (0, 2)):
        shared = len(values[1] & values[entity])
        apart = not values[other] & (values[1] | values[entity])
        if apart and shared * 5 > len(values[1]) and len(values[other]) * 2 < len(values[1]):
            order = ["head", "tail", "relation"] if other == 2 else ["relation", "head", "tail"]
            raise InputError(
                f"relations in column {other + 1} ({len(values[other])} names, such as "
                f"{shown(min(values[other]))}) and entities in column 2",
                wanted="head, relation, tail in this order",
                file=file.path,
                hint=f"Say --columns {','.join(order + more)}, or --columns "
                f"{','.join([*ROLES, *more])} if it is right as it is",
            )
