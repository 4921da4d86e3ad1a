"""Files of every form, damaged in known ways and at random, and what should become of each."""

from __future__ import annotations

import gzip
import random
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from measuring.forms import FORMS, Form

Outcome = Literal["same", "error", "left out", "either"]
"""Of an import: what the sound files give; an error; rows left out and counted; an error or a graph."""

RANDOM = 16
"""Random damages of each form."""


@dataclass(frozen=True)
class Damaged:
    """Files of a form, damaged. Args: skip: import them with `--skip-rejected`."""

    form: Form
    what: str
    files: dict[str, bytes]
    wanted: Outcome
    skip: bool = False


def damaged(seed: int) -> Iterator[Damaged]:
    """All of them, in a fixed order. Args: seed: decides the random ones."""
    draw = random.Random(seed)
    for form in FORMS:
        sound = {name: text.encode() for name, text in form.files.items()}
        name = form.turns[0]
        for what, change in _SAME.items():
            yield Damaged(form, what, {n: change(b) for n, b in sound.items()}, "same")
        yield Damaged(form, "compressed", {f"{n}.gz": gzip.compress(b) for n, b in sound.items()}, "same")
        for what, change in _ERRORS.items():
            yield Damaged(form, what, {**sound, name: change(sound[name])}, _wanted(form, what))
        for what, change in _PACKED.items():
            files = {n: b for n, b in sound.items() if n != name}
            yield Damaged(form, what, {**files, f"{name}.gz": change(sound[name])}, "error")
        spoiled = form.files[form.spoils].replace("Zoë", "Zo\x07").encode()
        broken = _broken(form).encode()
        for skip in (False, True):
            wanted: Outcome = "left out" if skip else "error"
            yield Damaged(form, "no text", {**sound, form.spoils: spoiled}, wanted, skip)
            yield Damaged(form, "a row", {**sound, form.broken[0]: broken}, wanted, skip)
        for i in range(RANDOM):
            any_file = draw.choice(sorted(sound))
            files = {**sound, any_file: _at_random(sound[any_file], draw)}
            yield Damaged(form, f"random {i}", files, "either", skip=bool(i % 2))


_SAME: dict[str, Callable[[bytes], bytes]] = {
    "byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "Windows line ends": lambda raw: raw.replace(b"\n", b"\r\n"),
    "no last line end": lambda raw: raw.rstrip(b"\n"),
    "blank lines after": lambda raw: raw + b"\n\n",
    "decomposed": lambda raw: unicodedata.normalize("NFD", raw.decode()).encode(),
}
_ERRORS: dict[str, Callable[[bytes], bytes]] = {
    "UTF-16": lambda raw: raw.decode().encode("utf-16"),
    "a wrong byte": lambda raw: raw[:-4] + b"\xff\xfe" + raw[-4:],
    "NUL": lambda raw: raw[: len(raw) // 2] + b"\0" + raw[len(raw) // 2 :],
    "nothing but blanks": lambda raw: b" \n \n" if raw else raw,
    "a zip archive": lambda raw: b"PK\x03\x04" + raw,
}
_PACKED: dict[str, Callable[[bytes], bytes]] = {
    "cut gzip": lambda raw: gzip.compress(raw)[:-9],
    "no gzip": lambda raw: raw,
    "damaged gzip": lambda raw: gzip.compress(raw)[:12] + b"\xff\xff\xff" + gzip.compress(raw)[15:],
    "a bomb": lambda raw: gzip.compress(b"\n" * 300_000_000 + raw),
    "deflated": zlib.compress,
}


def _wanted(form: Form, what: str) -> Outcome:
    """GEDCOM may be UTF-16 by its mark, and without CHAR what is no UTF-8 is ANSEL."""
    if form.name == "GEDCOM" and what in ("UTF-16", "a wrong byte"):
        return "same" if what == "UTF-16" else "either"
    return "error"


def _broken(form: Form) -> str:
    name, row, before = form.broken
    text = form.files[name]
    at = text.index(before)
    rest = text[text.index("\n", at) + 1 :] if form.replaces else text[at:]
    return text[:at] + row + rest


def _at_random(raw: bytes, draw: random.Random) -> bytes:
    """Something deleted, doubled, put in, overwritten, or everything after a place cut off."""
    first, last = sorted(draw.sample(range(len(raw) + 1), 2))
    noise = draw.choice(
        [draw.randbytes(8), b"\t", b"\n", b'"', b"@", b"<", b"\\", b"\xc3", "\u2028".encode()]
    )
    return draw.choice(
        [
            raw[:first] + raw[last:],
            raw[:last] + raw[first:],
            raw[:first] + noise + raw[first:],
            raw[:first] + noise * max(1, last - first) + raw[last:],
            raw[:last],
        ]
    )
