"""Bytes of a GEDCOM file as lines of sound text, one for one, whatever its character set and line ends."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import ged4py  # noqa: F401  # registers the codec "gedcom", which is ANSEL

from graph_schema.errors import InputError
from graph_schema.reading import InputFile, RowReport
from graph_schema.reading.files import UTF16_MARKS
from graph_schema.reading.text import shown

_UTF8_MARK = b"\xef\xbb\xbf"
_BARE_UTF16 = {b"0\0": "utf-16-le", b"\0" + b"0": "utf-16-be"}
"""How a file in UTF-16 without a mark starts."""

_UTF8_NAMES = frozenset({"UTF-8", "UTF8", "UNICODE", "UTF-16", "UTF16"})
_CODECS = {
    "ANSEL": "gedcom",
    "ASCII": "ascii",
    "US-ASCII": "ascii",
    "ANSI": "cp1252",
    "WINDOWS": "cp1252",
    "IBM WINDOWS": "cp1252",
    "IBM_WINDOWS": "cp1252",
    "LATIN1": "latin-1",
    "IBMPC": "cp437",
    "IBM-PC": "cp437",
    "IBM": "cp437",
    "OEM": "cp437",
    "MSDOS": "cp850",
    "MS-DOS": "cp850",
    "IBM DOS": "cp850",
    "MACINTOSH": "mac-roman",
}
_CODE_PAGE = re.compile(r"(?:WINDOWS[- ]?|CP)(125\d|437|85\d)\Z|ISO[- ]?8859[- ](\d{1,2})\Z")
_STATED = frozenset({"gedcom", "ascii"})
"""Codecs that the standard means by its names; the others are what programs mean by theirs."""

_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_HEADER_END = re.compile(rb"[\r\n][ \t]*0[ \t]")
_HEADER = 1 << 16
_CUT_CHARACTER = re.compile(
    rb"([\xc2-\xf4][\x80-\xbf]{0,2})((?:\r\n|\n|\r)[ \t]*\d+[ \t]+CONC )([\x80-\xbf]{1,3})"
)
"""A character of several bytes that a CONC cuts in two, as programs do that count bytes."""

_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")
_HEAD = re.compile(r"\s*0\s+HEAD\s*\Z")
_TRAILER = re.compile(r"\s*0\s+TRLR\b")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, in NFC; `fault` is (found, wanted, hint) where it is no text."""

    number: int
    text: str
    fault: tuple[str, str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class _Encoded:
    """Bytes without mark and how to decode each line; `name` is what people call the character set."""

    raw: bytes
    codec: str
    name: str
    errors: str = "strict"


def read_lines(file: InputFile, rows: RowReport) -> Iterator[Line]:
    """The lines of a file that are not blank.

    Raises:
        InputError: the file is no GEDCOM or in no known character set; or, unless rows are skipped, it was
            cut before its '0 TRLR'.
    """
    content = file.content()
    last: Line | None = None
    complete = False
    for line in _decoded(_encoded(file, rows, content)):
        if complete and not line.text.strip("\x1a\0 "):
            continue
        if last is None:
            if not _HEAD.match(line.text):
                raise InputError(
                    f"the first line {shown(line.text.strip())}",
                    wanted="'0 HEAD'",
                    file=file.path,
                    line=line.number,
                )
        else:
            yield last
        last = line
        complete = complete or _TRAILER.match(line.text) is not None
    if last is None:
        raise InputError("nothing but blanks", wanted="'0 HEAD'", file=file.path, line=1)
    if not complete:
        found, hint = "a file that ends without '0 TRLR'", "It may have been cut; export it again"
        rows.reject(file.path, last.number, found, "a complete GEDCOM file", hint)
    if complete or content.endswith((b"\n", b"\r", b"\n\0", b"\r\0")):
        yield last


def _decoded(encoded: _Encoded) -> Iterator[Line]:
    for number, match in enumerate(_LINE.finditer(encoded.raw), 1):
        raw = match.group(1)
        if not raw.strip():
            continue
        fault: tuple[str, str, str | None] | None = None
        try:
            text = raw.decode(encoded.codec, encoded.errors)
        except UnicodeDecodeError as error:
            text = raw.decode(encoded.codec, "replace")
            found = f"byte 0x{raw[error.start]:02x}, which is no {encoded.name}"
            fault = (found, f"text as CHAR says ({encoded.name})", "Export it as UTF-8, or mend its CHAR")
        text = unicodedata.normalize("NFC", text).replace("\t", " ").lstrip("\ufeff")
        bad = _NO_TEXT.search(text)
        if bad and fault is None:
            what = (
                "a NUL character" if bad.group() == "\0" else f"half a character (U+{ord(bad.group()):04X})"
            )
            fault = (what, "text", None)
        yield Line(number, text, fault)


def _encoded(file: InputFile, rows: RowReport, content: bytes) -> _Encoded:
    codec = "utf-16" if content.startswith(UTF16_MARKS) else _BARE_UTF16.get(content[:2])
    if codec is not None:
        try:
            text = content.decode(codec, "surrogatepass")
        except UnicodeDecodeError:
            raise InputError(
                "UTF-16 text that ends in half a character",
                wanted="a complete GEDCOM file",
                file=file.path,
                hint="It may have been cut; export it again",
            ) from None
        return _Encoded(text.encode("utf-8", "surrogatepass"), "utf-8", "UTF-16", "surrogatepass")
    marked = content.startswith(_UTF8_MARK)
    raw = content.removeprefix(_UTF8_MARK)
    if raw.isascii():
        return _Encoded(raw, "ascii", "ASCII")
    char, version = _declared(raw)
    is_utf8 = _is_utf8(raw)
    if not is_utf8 and (marked or char is None or char in _UTF8_NAMES):
        joined = _CUT_CHARACTER.sub(rb"\1\3\2", raw)
        raw, is_utf8 = (joined, True) if _is_utf8(joined) else (raw, False)
    if marked or is_utf8 or char in _UTF8_NAMES or (char is None and version == "7"):
        if char is not None and char not in _UTF8_NAMES:
            rows.note(f"{file.path.name}: CHAR says {char}, but the text is UTF-8 and was read as that")
        return _Encoded(raw, "utf-8", "UTF-8")
    if char is None:
        rows.note(f"{file.path.name}: without CHAR, and no UTF-8; read as ANSEL, the standard's own set")
        return _Encoded(raw, "gedcom", "ANSEL")
    codec = _codec(char)
    if codec is None:
        raise InputError(
            f"CHAR {shown(char)}",
            wanted="UTF-8, UNICODE, ANSEL, ASCII or ANSI",
            file=file.path,
            hint="Export it as UTF-8",
        )
    if codec not in _STATED:
        rows.note(f"{file.path.name}: CHAR {char}, which the standard does not know, was read as {codec}")
    return _Encoded(raw, codec, char)


def _declared(raw: bytes) -> tuple[str | None, str]:
    """What the header says of the character set (CHAR) and the first digit of the version (GEDC.VERS)."""
    end = _HEADER_END.search(raw, 1)
    header = raw[: min(end.start() if end else len(raw), _HEADER)].decode("latin-1")
    char, version, inside = None, "", ""
    for line in header.splitlines():
        level, tag, value = (*line.split(maxsplit=2), "", "", "")[:3]
        if level == "1":
            inside = tag
            if tag == "CHAR" and value.strip():
                char = " ".join(value.upper().split())
        elif level == "2" and (inside, tag) == ("GEDC", "VERS"):
            version = value[:1]
    return char, version


def _codec(char: str) -> str | None:
    page = _CODE_PAGE.match(char)
    if page is None:
        return _CODECS.get(char)
    name = f"cp{page.group(1)}" if page.group(1) else f"iso8859-{int(page.group(2))}"
    try:
        b"".decode(name)
    except LookupError:
        return None
    return name


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
