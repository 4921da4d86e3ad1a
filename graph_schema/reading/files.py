"""One file: its bytes unpacked and decoded, with exact complaints."""

from __future__ import annotations

import gzip
import io
import stat
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from graph_schema.errors import InputError
from graph_schema.reading.text import normal

_UNPACKED = 200
"""Times its own size that a gzip file may unpack to, and 16 MB."""

_CHUNK = 1 << 20
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
    local: set[str] = field(default_factory=set, compare=False, repr=False)
    """Takes its scope once an id is scoped; shared by the files of one import."""

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
        self.local.add(self.scope)
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
        r"""The content as text, NFC, with `\n` line ends. Raises: InputError with the line of a fault."""
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
        return normal(text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n"))

    def head(self, lines: int = 20) -> list[str]:
        """The first lines, cheaply and without complaint: what cannot be read is left out."""
        try:
            with self.path.open("rb") as file:
                packed = file.read(2) == _GZIP
            with gzip.open(self.path) if packed else self.path.open("rb") as stream:
                chunk = stream.read(_HEAD)
        except (OSError, EOFError, zlib.error):
            return []
        text = chunk.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
        found = (text if "\n" in text else text.replace("\r", "\n")).split("\n")
        return found[: min(lines, len(found) - (len(chunk) == _HEAD))]  # the last one may be cut

    def _decompressed(self, raw: bytes) -> bytes:
        try:
            plain = _unpacked(raw, self.path)
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


def kind_of(path: Path) -> str:
    """Says "a file" or "a folder". Raises: InputError: it is neither, or not there."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise InputError("a link that leads nowhere", wanted="a file or a folder", file=path) from None
        raise InputError("no such file", wanted="a file or a folder", file=path) from None
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        shown_path = str(path)[:60].encode("utf-8", "backslashreplace").decode()
        found = f"a path that leads nowhere ({why}): {shown_path}…"
        raise InputError(found, wanted="a file or a folder") from None
    if stat.S_ISDIR(mode):
        return "a folder"
    if not stat.S_ISREG(mode):
        raise InputError("no regular file (a pipe, socket or device)", wanted="a file or a folder", file=path)
    return "a file"


def _bytes_of(path: Path) -> bytes:
    if kind_of(path) == "a folder":
        raise InputError("a folder", wanted="a file", file=path)
    try:
        return path.read_bytes()
    except PermissionError:
        raise InputError(
            "a file that may not be read", wanted="read permission", file=path, hint="See chmod"
        ) from None
    except OSError as fault:
        raise InputError(
            f"a file that cannot be read ({fault.strerror})", wanted="a file", file=path
        ) from None


def _unpacked(raw: bytes, path: Path) -> bytes:
    """Raises: InputError: it would take more than `_UNPACKED` times its size; what gzip raises."""
    most = _UNPACKED * len(raw) + 16 * _CHUNK
    parts: list[bytes] = []
    size = 0
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
        while part := stream.read(_CHUNK):
            size += len(part)
            if size > most:
                raise InputError(
                    f"a gzip file that unpacks to more than {_UNPACKED} times its size",
                    wanted="a file of facts",
                    file=path,
                    hint="If it is sound, unpack it first: gunzip",
                )
            parts.append(part)
    return b"".join(parts)
