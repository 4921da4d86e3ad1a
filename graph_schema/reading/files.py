"""The files a person gave: folders expanded, splits told by name, bytes decoded with exact complaints."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from graph_schema.errors import InputError
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
_READABLE = frozenset(
    {".tsv", ".csv", ".txt", ".tab", ".nt", ".ttl", ".n3", ".rdf", ".jsonl", ".ndjson", ".ged", ".gedcom"}
)
_WORDNET = frozenset({"data.noun", "data.verb", "data.adj", "data.adv"})
_PROSE = frozenset({"readme", "license", "licence", "copying", "changelog", "citation"})
_MAGIC = {b"PK\x03\x04": "a zip archive", b"PAR1": "a Parquet file", b"%PDF": "a PDF", b"BZh": "a bzip2 file"}
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"
_HEAD = 1 << 16


@dataclass(frozen=True)
class InputFile:
    """One file.

    `split` is "facts", "train", "valid", "test" where its name and those beside it say so. `scope` stands
    before ids that mean something in this file alone; see `scoped`.
    """

    path: Path
    split: str | None = None
    scope: str = ""

    @cached_property
    def name(self) -> str:
        """File name in lower case, without `.gz`."""
        return self.path.name.lower().removesuffix(".gz")

    @property
    def stem(self) -> str:
        """Name without its last ending: "train" for `train.tsv.gz`."""
        return Path(self.name).stem

    @property
    def suffix(self) -> str:
        """Last ending of the name, with its dot: ".tsv" for `train.tsv.gz`."""
        return Path(self.name).suffix

    def scoped(self, local: str) -> str:
        """An id for what this file calls so, and no other file: a GEDCOM pointer, a blank node of RDF."""
        return f"{self.scope}:{local}" if self.scope else local

    def content(self) -> bytes:
        """All bytes, decompressed. Raises: InputError if missing, empty, cut, or not what the name says."""
        raw = _bytes_of(self.path)
        if not raw:
            raise InputError("an empty file", wanted="at least one row", file=self.path)
        if raw.startswith(_GZIP):
            raw = self._decompressed(raw)
        elif self.path.suffix.lower() == ".gz":
            raise InputError(
                f"no gzip file (it starts with {raw[:4]!r})",
                wanted="a gzip file, as the name ends in .gz",
                file=self.path,
                hint="Rename it without .gz if it is plain text",
            )
        for magic, what in _MAGIC.items():
            if raw.startswith(magic):
                raise InputError(what, wanted="a text file", file=self.path, hint="Unpack or export it first")
        if not raw.strip():
            raise InputError("nothing but blanks", wanted="at least one row", file=self.path)
        return raw

    def text(self) -> str:
        r"""The content as text with `\n` line ends. Raises: InputError with the line of the first fault."""
        raw = self.content()
        if raw.startswith(UTF16_MARKS):
            raise InputError(
                "UTF-16 text (by its byte order mark)",
                wanted="UTF-8",
                file=self.path,
                line=1,
                hint="Convert it: iconv -f UTF-16 -t UTF-8",
            )
        nul = raw.find(b"\0")
        if nul >= 0:
            raise InputError(
                "a NUL character", wanted="text", file=self.path, line=raw.count(b"\n", 0, nul) + 1
            )
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            offset = fault.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
            line = raw.count(b"\n", 0, offset) + 1
            column = offset - raw.rfind(b"\n", 0, offset)
            raise InputError(
                f"byte 0x{raw[offset]:02x} at byte {column} of the line",
                wanted="UTF-8 text",
                file=self.path,
                line=line,
                hint="Convert it, for example: iconv -f LATIN1 -t UTF-8",
            ) from None
        return text.replace("\r\n", "\n")

    def head(self, lines: int = 20) -> list[str]:
        """The first lines, cheaply and without complaint: what cannot be read is left out."""
        try:
            with self.path.open("rb") as file:
                packed = file.read(2) == _GZIP
            with gzip.open(self.path) if packed else self.path.open("rb") as stream:
                chunk = stream.read(_HEAD)
        except (OSError, EOFError, zlib.error):
            return []
        found = chunk.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").split("\n")
        return found[: min(lines, len(found) - (len(chunk) == _HEAD))]  # the last one may be cut

    def _decompressed(self, raw: bytes) -> bytes:
        try:
            plain = gzip.decompress(raw)
        except EOFError:
            raise InputError(
                "a gzip file that ends too early",
                wanted="a complete gzip file",
                file=self.path,
                hint="Copy or download it again",
            ) from None
        except (gzip.BadGzipFile, zlib.error) as fault:
            raise InputError(
                f"a damaged gzip file ({fault})",
                wanted="a complete gzip file",
                file=self.path,
                hint="Copy or download it again",
            ) from None
        if not plain:
            raise InputError("an empty file", wanted="at least one row", file=self.path)
        return plain


@dataclass(frozen=True)
class InputFiles:
    """The files of one import, known splits before held-out ones, and how a person said to read them.

    `columns` gives the order of the columns of triple files, such as ("head", "tail", "relation"); None: by
    the header, else head, relation, tail. `ignored` are files of a folder that hold no data.
    """

    files: tuple[InputFile, ...]
    columns: tuple[str, ...] | None = None
    ignored: tuple[Path, ...] = ()

    @classmethod
    def of(cls, paths: Iterable[Path | str], *, columns: Sequence[str] | None = None) -> InputFiles:
        """These paths, folders replaced by the data files in them.

        Raises:
            InputError: a path does not exist, a folder holds no data file, the columns make no sense.
        """
        chosen: dict[Path, Path] = {}
        ignored: list[Path] = []
        for given in map(Path, paths):
            if given.is_dir():
                inside, left = _data_files(given)
                chosen.update({p.resolve(): p for p in inside})
                ignored += left
            elif given.exists():
                chosen[given.resolve()] = given
            else:
                raise InputError("no such file", wanted="a file or a folder", file=given)
        if not chosen:
            raise InputError("no path", wanted="at least one file or folder")
        ordered = list(chosen.values())
        splits: dict[Path, set[str | None]] = {}
        for path in ordered:
            splits.setdefault(path.parent, set()).add(_split(path))
        files = [InputFile(p, _split(p) if _is_split(splits[p.parent]) else None) for p in ordered]
        files.sort(key=lambda file: SPLITS.index(file.split) if file.split is not None else -1)
        return cls(tuple(files), _checked_columns(columns), tuple(ignored))

    def named(self, stem: str) -> InputFile | None:
        """The first file of that stem, or None."""
        return next((f for f in self.files if f.stem == stem), None)

    def folders(self) -> tuple[InputFiles, ...]:
        """The files of each folder apart, in the order the folders were first met."""
        groups: dict[Path, list[InputFile]] = {}
        for file in self.files:
            groups.setdefault(file.path.parent, []).append(file)
        return tuple(InputFiles(tuple(group), self.columns) for group in groups.values())


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", wanted="a file", file=path) from None
    except IsADirectoryError:
        raise InputError("a folder", wanted="a file", file=path) from None
    except PermissionError:
        raise InputError(
            "a file that may not be read", wanted="read permission", file=path, hint="See chmod"
        ) from None


def _data_files(folder: Path) -> tuple[list[Path], list[Path]]:
    entries = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    files = [p for p in entries if p.is_file()]
    readable = [p for p in files if _is_data(p)]
    if not readable:
        inside = [p.name + ("/" if p.is_dir() else "") for p in entries]
        raise InputError(
            f"a folder without data files (in it: {', '.join(inside[:8])})" if inside else "an empty folder",
            wanted=f"files ending in {', '.join(sorted(_READABLE))}, each also with .gz",
            file=folder,
            hint="Name the file or the inner folder itself" if inside else None,
        )
    return readable, [p for p in files if p not in readable]


def _is_data(path: Path) -> bool:
    file = InputFile(path)
    return file.name in _WORDNET or (file.suffix in _READABLE and file.stem not in _PROSE)


def _split(path: Path) -> str | None:
    return _SPLITS.get(InputFile(path).stem)


def _is_split(splits: set[str | None]) -> bool:
    """Whether names of files in one folder tell a split: something to learn from, and something else."""
    return bool(splits & {"facts", "train"}) and len(splits - {None}) > 1


def _checked_columns(columns: Sequence[str] | None) -> tuple[str, ...] | None:
    if columns is None:
        return None
    names = tuple(c.strip().lower() for c in columns)
    if sorted(names) != ["head", "relation", "tail"]:
        raise InputError(
            f"columns {','.join(columns)!r}",
            wanted="head, relation and tail, each once, in the order of the file",
            hint="For example --columns head,tail,relation",
        )
    return names
