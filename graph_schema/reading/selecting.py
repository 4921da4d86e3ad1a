"""The files a person gave: folders expanded, splits told by name, what is no data left aside with a note."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from graph_schema.errors import InputError
from graph_schema.reading.files import InputFile, kind_of
from graph_schema.reading.formats import suffixes
from graph_schema.tables import SPLITS

_SPLITS = {
    "facts": "facts",
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
}
_PROSE = frozenset({"readme", "license", "licence", "copying", "changelog", "citation"})


@dataclass(frozen=True, slots=True)
class KnownGraph:
    """What a graph knows from earlier imports that decides how further files are read.

    Attributes:
        first_scope: Whose local ids stand in it as they are; None: nobody's yet.
        relations: Descriptions of its relations by name; of RDF the IRI that the name stands for.
    """

    first_scope: str | None = None
    relations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InputFiles:
    """The files of one import, known splits before held-out ones, else by path; and how to read them.

    `columns` says what each column of triple files is: head, relation, tail, names of properties, `_` for
    what is left out; None: by the header, else head, relation, tail. `notes` say what was left aside,
    `first_scope` of which scope local ids stay as they are, `language` in which language names are wanted,
    `relations` is that of `KnownGraph`.
    """

    files: tuple[InputFile, ...]
    columns: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    first_scope: str | None = None
    language: str | None = None
    relations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        paths: Iterable[Path | str],
        *,
        columns: Sequence[str] | None = None,
        source: str | None = None,
        known: KnownGraph | None = None,
        language: str | None = None,
        own: Collection[str] = (),
    ) -> InputFiles:
        """These paths, folders replaced by the data files in them.

        Args:
            paths: Files and folders.
            columns: See the class.
            source: Scope of ids that are local to a file; None: the file's stem; of several files that
                share it all but the first by path have their folder's name before it.
            known: The graph they go into; None: a new one, in which the first file's ids stay as they are.
            language: Of the names wanted, such as "de", where files have them in several.
            own: Endings or whole names of files that domains read beside those of `formats`, which are
                found in folders then; see `own_files` of `graph_schema.domains`.

        Raises:
            InputError: a path is no file and no folder, a folder holds no data file, a split has nothing to
                learn from, the columns make no sense.
        """
        chosen: dict[Path, Path] = {}
        notes: list[str] = []
        for given in map(Path, paths):
            if kind_of(given) == "a folder":
                inside, left = _data_files(given, own)
                chosen.update({p.resolve(): p for p in inside})
                notes += left
            else:
                chosen[given.resolve()] = given
        if not chosen:
            raise InputError("no path", wanted="at least one file or folder")
        ordered = [chosen[path] for path in sorted(chosen)]
        splits: dict[Path, set[str | None]] = {}
        for path in ordered:
            splits.setdefault(path.parent, set()).add(_split(path))
        for folder, names in splits.items():
            _check_splits(folder, names)
        scopes = _scopes(ordered, source)
        graph = known or KnownGraph()
        first = graph.first_scope if graph.first_scope is not None else scopes[ordered[0]]
        local: set[str] = set()
        files = [
            InputFile(
                p,
                _split(p) if _is_split(splits[p.parent]) else None,
                "" if scopes[p] == first else scopes[p],
                local,
            )
            for p in ordered
        ]
        files.sort(key=lambda file: SPLITS.index(file.split) if file.split is not None else -1)
        return cls(tuple(files), _checked_columns(columns), tuple(notes), first, language, graph.relations)

    def has_local_ids(self) -> bool:
        """Whether ids that are local to a file were read."""
        return any(file.local for file in self.files)

    def named(self, stem: str) -> InputFile | None:
        """The first file of that stem, or None."""
        return next((f for f in self.files if f.stem == stem), None)

    def folders(self) -> tuple[InputFiles, ...]:
        """The files of each folder apart, in the order the folders were first met."""
        groups: dict[Path, list[InputFile]] = {}
        for file in self.files:
            groups.setdefault(file.path.parent, []).append(file)
        return tuple(replace(self, files=tuple(group)) for group in groups.values())


def _data_files(folder: Path, own: Collection[str]) -> tuple[list[Path], list[str]]:
    """The data files of a folder, and what is said of those left aside."""
    try:
        entries = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as fault:
        raise InputError(
            f"a folder that cannot be read ({fault.strerror})", wanted="read permission", file=folder
        ) from None
    known = suffixes() | frozenset(own)
    named = [p for p in entries if _is_data(p, known)]
    notes = [
        f"{p.name} was left aside: no data file by its name"
        for p in entries
        if p.is_file() and p not in named
    ]
    notes += [f"{p.name}/ was left aside: a folder inside a folder" for p in entries if p.is_dir()]
    readable = [p for p in named if not p.is_dir()]
    for path in readable:
        kind_of(path)
    full = [p for p in readable if p.stat().st_size > 0]
    if full:
        notes += [f"{p.name} was left aside: it is empty" for p in readable if p not in full]
    if not readable:
        inside = [p.name + ("/" if p.is_dir() else "") for p in entries]
        raise InputError(
            f"a folder without data files (in it: {', '.join(inside[:8])})" if inside else "an empty folder",
            wanted=f"files ending in {', '.join(sorted(e for e in known if e[0] == '.'))}, all also with .gz",
            file=folder,
            hint="Name the file or the inner folder itself" if inside else None,
        )
    return full or readable, notes


def _scopes(files: Sequence[Path], source: str | None) -> dict[Path, str]:
    """The scope of each file's local ids. Args: files: sorted; the first of a stem has it for itself."""
    scopes: dict[Path, str] = {}
    for path in files:
        stem = InputFile(path).stem
        own = f"{path.resolve().parent.name}/{stem}" if stem in scopes.values() else stem
        scopes[path] = own if source is None else source if len(files) == 1 else f"{source}/{own}"
    return scopes


def _check_splits(folder: Path, splits: set[str | None]) -> None:
    held_out = [name for name in ("valid", "test") if name in splits]
    if len(held_out) > 1 and not splits & {"facts", "train"} and None not in splits:
        raise InputError(
            f"files for {' and '.join(held_out)} and none for train",
            wanted="a file of facts to learn from beside them, such as train.tsv",
            file=folder,
            hint="To read them as facts like any other, give them other names",
        )


def _is_data(path: Path, known: Collection[str]) -> bool:
    file = InputFile(path)
    return file.name in known or (file.suffix in known and file.stem not in _PROSE)


def _split(path: Path) -> str | None:
    return _SPLITS.get(InputFile(path).stem.removesuffix("2id"))


def _is_split(splits: set[str | None]) -> bool:
    """Whether names of files in one folder tell a split: something to learn from, and something else."""
    return bool(splits & {"facts", "train"}) and len(splits - {None}) > 1


def _checked_columns(columns: Sequence[str] | None) -> tuple[str, ...] | None:
    if columns is None:
        return None
    names = tuple(c.strip().lower() for c in columns)
    roles = [n for n in names if n in ("head", "relation", "tail")]
    others = [n for n in names if n not in roles and n != "_"]
    if sorted(roles) != ["head", "relation", "tail"] or "" in names or len(set(others)) < len(others):
        raise InputError(
            f"columns {','.join(columns)!r}",
            wanted="head, relation and tail, each once, in the order of the file; further columns by a name "
            "of their own, or _ for one to leave out",
            hint="For example --columns head,tail,relation or --columns relation,head,tail,weight,_",
        )
    return names
