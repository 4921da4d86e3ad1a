"""What may be a name, which names are the same, and how a value is quoted in messages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST_NAME = 10_000
"""Characters a name may have at most."""

LONGEST_TEXT = 1_000_000
"""Characters any other value may have at most."""

# Control characters, line separators, marks that turn the writing direction, halves of characters.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
CONTROL_IN_TEXT = re.compile(CONTROL.pattern.replace(r"\x00-\x1f", r"\x00-\x08\x0b-\x1f"))
INVISIBLE = re.compile(r"[\u00ad\u180e\u200b\u200e\u200f\u2060]")
"""Characters that a name may have and nobody sees."""


def normal(value: str) -> str:
    """The value in Unicode's form NFC: é is one character, however it was written."""
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def field_fault(value: str) -> tuple[str, str] | None:
    """(found, wanted) of what is wrong with a name, or None."""
    if not value.strip():
        return "a blank field", "a name"
    control = CONTROL.search(value.strip(" \r"))
    if control:
        return _no_text(control, value)
    if len(value) > LONGEST_NAME:
        return f"a name of {len(value):,} characters", f"at most {LONGEST_NAME:,} characters"
    return None


def text_fault(value: str) -> tuple[str, str] | None:
    """(found, wanted) of what is wrong with a text of one or more lines, which may be blank; or None."""
    control = CONTROL_IN_TEXT.search(value.replace("\r\n", "\n").strip(" \r"))
    if control:
        return _no_text(control, value)
    if len(value) > LONGEST_TEXT:
        return f"a text of {len(value):,} characters", f"at most {LONGEST_TEXT:,} characters"
    return None


def surely_names(values: Sequence[str]) -> bool:
    """Whether all are names in form NFC that nobody need look at one by one."""
    joined = " ".join(values)
    return (
        joined.isascii()
        and joined.isprintable()
        and (len(joined) <= LONGEST_NAME or max(map(len, values)) <= LONGEST_NAME)
        and all(map(str.strip, values))
    )


def shown(value: str) -> str:
    """A value as quoted in messages: escaped, and cut when long."""
    return repr(value if len(value) <= 60 else value[:57] + "…")


def _no_text(control: re.Match[str], value: str) -> tuple[str, str]:
    code = ord(control.group())
    what = "half a character (lone surrogate)" if 0xD800 <= code <= 0xDFFF else "the control character"
    return f"{what} U+{code:04X} in {shown(value)}", "printable text"
