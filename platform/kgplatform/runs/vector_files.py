"""Vectors as files that other tools write and read: `.npz`, `.safetensors`, and the text of word2vec."""

from __future__ import annotations

import json
import secrets
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from graph_schema.arrays import Floats32
from graph_schema.errors import InputError, UsageError

_IDS, _VECTORS = ("ids", "entities"), ("vectors", "embeddings", "weight")
"""What arrays are called; ours first."""


@dataclass(frozen=True)
class VectorFile:
    """What stands in a file.

    Attributes:
        file: Which.
        ids: (N,) what the rows are called.
        vectors: (N, D) finite numbers.
        lines: (N,) of a text, the line of each row; None elsewhere.
    """

    file: Path
    ids: tuple[str, ...]
    vectors: Floats32
    lines: tuple[int, ...] | None = None

    def place(self, row: int) -> str:
        """Where a row stands, and what it is called."""
        return f"{f'line {self.lines[row]}' if self.lines else f'row {row + 1}'} ({self.ids[row]!r})"


_Content = tuple[Sequence[str], npt.NDArray[Any], tuple[int, ...] | None]


def check_target(file: Path) -> None:
    """Refuse a file that vectors cannot be written to.

    Raises:
        UsageError: its suffix says no format.
        InputError: there is no folder for it, or it is a folder.
    """
    _format(file)
    if file.is_dir():
        raise InputError("a folder", wanted="the name of a file", file=file, hint="Name one in it")
    if not file.parent.is_dir():
        raise InputError(
            f"no folder {str(file.parent)!r}",
            wanted="a folder that there is",
            file=file,
            hint="Make it first",
        )


def write_vectors(file: Path, ids: Sequence[str], vectors: Floats32, about: Mapping[str, str]) -> None:
    """Write vectors, whole or not at all.

    Args:
        file: Its suffix says the format.
        ids: (N,) of the entities.
        vectors: (N, D).
        about: What else to say of them; the formats that have no place for it leave it out.

    Raises:
        UsageError: its suffix says no format.
        InputError: the file cannot be written, or an id cannot stand in it.
    """
    check_target(file)
    write = _format(file).write
    if write is _to_text:
        _check_words(file, ids)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        write(fresh, ids, vectors, about)
        fresh.replace(file)
    except OSError as error:
        raise InputError(
            f"a file that cannot be written ({error.strerror})", wanted="one in a folder of yours", file=file
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


def read_vectors(file: Path) -> VectorFile:
    """Vectors as somebody wrote them.

    Raises:
        UsageError: its suffix says no format.
        InputError: there is no such file, or something in it is not what was wanted; names row or line.
    """
    read = _format(file).read
    if not file.is_file():
        raise InputError("a folder" if file.is_dir() else "no file", wanted="a file of vectors", file=file)
    try:
        ids, values, lines = read(file)
    except OSError as error:
        raise InputError(
            f"a file that cannot be read ({error})", wanted="a file of vectors", file=file
        ) from error
    if values.ndim != 2 or values.dtype.kind not in "fiu":
        raise InputError(
            f"vectors of shape {values.shape} and type {values.dtype}",
            wanted="(N, D) real numbers, a row for each entity",
            file=file,
            hint="Complex ones: `vectors.view('float32')`" if values.dtype.kind == "c" else None,
        )
    if len(ids) != len(values):
        raise InputError(f"{len(ids)} ids for {len(values)} rows", wanted="an id for each row", file=file)
    if not values.size:
        raise InputError(f"vectors of shape {values.shape}", wanted="some rows of some numbers", file=file)
    with np.errstate(over="ignore"):  # told below
        found = VectorFile(file, tuple(ids), np.ascontiguousarray(values, dtype=np.float32), lines)
    strange = np.flatnonzero(~np.isfinite(found.vectors).all(axis=1))
    if len(strange):
        raise InputError(
            f"a number that is not finite as a 32-bit float in {found.place(int(strange[0]))}",
            wanted="finite numbers only",
            file=file,
        )
    return found


def _to_npz(file: Path, ids: Sequence[str], vectors: Floats32, about: Mapping[str, str]) -> None:
    del about
    with file.open("wb") as opened:
        np.savez(opened, ids=np.array(ids, dtype=np.str_), vectors=vectors)


def _from_npz(file: Path) -> _Content:
    try:
        with file.open("rb") as opened:
            arrays = np.load(opened, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise InputError("one array without names", wanted="arrays `ids` and `vectors`", file=file)
            ids = arrays[_one_of(_IDS, arrays.files, file)]
            vectors = arrays[_one_of(_VECTORS, arrays.files, file)]
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InputError(
            f"what numpy cannot read without pickle ({error})",
            wanted="an .npz of arrays of text and numbers",
            file=file,
            hint="Objects: `ids.astype(str)`",
        ) from error
    if ids.ndim != 1 or ids.dtype.kind not in "Uiu":
        raise InputError(
            f"ids of shape {ids.shape} and type {ids.dtype}", wanted="(N,) text or whole numbers", file=file
        )
    return [str(id_) for id_ in ids.tolist()], vectors, None


def _to_safetensors(file: Path, ids: Sequence[str], vectors: Floats32, about: Mapping[str, str]) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save

    said = {"ids": json.dumps(list(ids), ensure_ascii=False), **about}
    try:
        file.write_bytes(save({"vectors": np.ascontiguousarray(vectors)}, said))
    except SafetensorError as error:
        raise InputError(f"{len(ids)} ids ({error})", wanted="fewer or shorter ones, or .npz") from error


def _from_safetensors(file: Path) -> _Content:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "numpy") as opened:
            about: dict[str, str] = opened.metadata() or {}
            vectors = opened.get_tensor(_one_of(_VECTORS, list(opened.keys()), file))
    except (SafetensorError, TypeError) as error:  # the latter of types that numpy has not
        raise InputError(
            f"what cannot be read ({error})", wanted="a .safetensors of 32-bit floats", file=file
        ) from error
    try:
        ids: Any = json.loads(about.get("ids", ""))
    except json.JSONDecodeError:
        ids = None
    if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
        raise InputError(
            f"metadata of {', '.join(sorted(about)) or 'nothing'}",
            wanted="`ids` there, the JSON list of the rows' ids",
            file=file,
        )
    return ids, vectors, None


def _to_text(file: Path, ids: Sequence[str], vectors: Floats32, about: Mapping[str, str]) -> None:
    del about
    form = " ".join(["%s"] + ["%.9g"] * vectors.shape[1]) + "\n"  # 9 digits give a 32-bit float back
    with file.open("w", encoding="utf-8", newline="\n") as opened:
        opened.write(f"{len(ids)} {vectors.shape[1]}\n")
        for id_, row in zip(ids, vectors, strict=True):
            opened.write(form % (id_, *row.tolist()))


def _check_words(file: Path, ids: Sequence[str]) -> None:
    """Raises: InputError: an id cannot stand in a text."""
    strange = next((id_ for id_ in ids if id_.split() != [id_]), None)
    if strange is not None:
        raise InputError(
            f"id {strange!r}, which is empty or has white space in it",
            wanted=f"ids without, since {file.suffix} parts columns by spaces",
            file=file,
            hint="Write .npz or .safetensors",
        )


def _from_text(file: Path) -> _Content:
    ids: list[str] = []
    lines: list[int] = []
    rows: list[Floats32] = []
    with file.open("rb") as opened:  # bytes: ids may hold what else ends a line of text or parts words
        first = opened.readline()
        try:
            count, width = map(int, first.split())
        except ValueError:
            raise InputError(
                _start(first),
                wanted="`N D` in the first line: how many rows there are, and how many numbers in each",
                file=file,
                line=1,
            ) from None
        for line, content in enumerate(opened, 2):
            label, *numbers = content.split() or [b""]
            if not label:
                continue
            try:
                id_ = label.decode("utf-8")
                row = np.array([float(number) for number in numbers])
            except ValueError as error:  # UnicodeDecodeError is one
                raise InputError(
                    f"{_start(content)} ({error})", wanted="an id and numbers, in UTF-8", file=file, line=line
                ) from None
            if len(row) != width:
                raise InputError(
                    f"{len(row)} numbers after {id_!r}",
                    wanted=f"{width}, as the first line says",
                    file=file,
                    line=line,
                )
            ids.append(id_)
            lines.append(line)
            with np.errstate(over="ignore"):  # told by who calls
                rows.append(row.astype(np.float32))
    if len(rows) != count:
        raise InputError(f"{len(rows)} rows", wanted=f"{count}, as the first line says", file=file)
    return ids, np.array(rows, dtype=np.float32).reshape(len(rows), width), tuple(lines)


def _start(content: bytes) -> str:
    """How a line begins."""
    text = content.strip().decode("utf-8", "replace")
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _one_of(names: Sequence[str], there: Collection[str], file: Path) -> str:
    """The one of some names that is there. Raises: InputError: none is, or several."""
    found = [name for name in names if name in there]
    if len(found) != 1:
        raise InputError(
            f"arrays {', '.join(map(repr, sorted(there))) or 'none'}",
            wanted=f"exactly one of {', '.join(map(repr, names))}",
            file=file,
        )
    return found[0]


@dataclass(frozen=True, slots=True)
class _Format:
    write: Callable[[Path, Sequence[str], Floats32, Mapping[str, str]], None]
    read: Callable[[Path], _Content]


_TEXT = _Format(_to_text, _from_text)
_FORMATS = {
    ".npz": _Format(_to_npz, _from_npz),
    ".safetensors": _Format(_to_safetensors, _from_safetensors),
    ".txt": _TEXT,
    ".vec": _TEXT,
}


def _format(file: Path) -> _Format:
    """The format that a file's suffix says. Raises: UsageError: none."""
    if file.suffix.lower() not in _FORMATS:
        raise UsageError(f"suffix {file.suffix!r} of {str(file)!r}; wanted one of {', '.join(_FORMATS)}")
    return _FORMATS[file.suffix.lower()]
