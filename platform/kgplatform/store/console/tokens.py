"""A Cypher statement as tokens: just enough of the language to tell words from text that looks like them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from graph_schema.errors import QueryRefused

Kind = Literal["word", "name", "string", "number", "parameter", "sign"]
"""A word is bare; a name stands in backticks."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text (of names: without backticks) and where it begins."""

    kind: Kind
    text: str
    at: int


_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | `(?P<name>(?:[^`]|``)*)`
  | (?P<parameter>\$(?:[^\W\d]\w*|\d+|`(?:[^`]|``)*`)(?!\w))
  | (?P<number>(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+
      |(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)(?!\w))
  | (?P<word>\w+)
  | (?P<sign>[-+*/%^=<>!~.,:;|&()\[\]{}?#@])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u+([0-9a-fA-F]{0,4})")


def place(statement: str, at: int) -> str:
    """Where an offset is, for people: line and column, both from 1."""
    line = statement.count("\n", 0, at) + 1
    return f"line {line}, column {at - statement.rfind(chr(10), 0, at)}"


def normal_text(statement: str) -> str:
    """The statement with every line end as a newline: servers differ in what else ends a comment.

    Raises:
        QueryRefused: it has control or half characters, or escapes that could stand for a quote.
    """
    text = statement.replace("\r\n", "\n").replace("\r", "\n")
    for at, char in enumerate(text):
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
            raise QueryRefused(
                f"the control character U+{ord(char):04X} at {place(text, at)}", wanted="printable text"
            )
    return text


def tokens(text: str) -> list[Token]:
    """The tokens of a normal text, without blanks and comments.

    Raises:
        QueryRefused: a quote, backtick or comment is not closed, or a character has no place in Cypher.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or (text.startswith("/*", at) and match.lastgroup != "blank"):
            raise QueryRefused(
                f"{text[at : at + 20]!r} at {place(text, at)}",
                wanted="Cypher, with quotes and comments closed and numbers apart from words",
            )
        kind = match.lastgroup
        _check_escapes(text, match, string=kind == "string")  # in comments too: an escape can end them
        if kind != "blank":
            body = match.group(kind or 0)
            found.append(Token(_KINDS[kind or ""], body.replace("``", "`") if kind == "name" else body, at))
        at = match.end()
    return found


_KINDS: dict[str, Kind] = {
    "word": "word",
    "name": "name",
    "string": "string",
    "number": "number",
    "parameter": "parameter",
    "sign": "sign",
}


def _check_escapes(text: str, match: re.Match[str], *, string: bool) -> None:
    r"""Neo4j turns `\u0027` into a quote before it looks for quotes: only harmless escapes may pass."""
    for escape in _ESCAPE.finditer(match.group()):
        digits = escape.group(1)
        char = chr(int(digits, 16)) if len(digits) == 4 else ""
        if not string or not (char.isalnum() or char == " "):
            raise QueryRefused(
                f"{escape.group()} at {place(text, match.start() + escape.start())}",
                wanted="the character itself, or a parameter",
            )
