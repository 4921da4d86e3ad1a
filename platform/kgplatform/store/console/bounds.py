"""What one expression may compute: neither server ends a loop inside one, so it is bounded before it runs.

Bounded is what the text shows: literal ranges, loops over these in one another, values doubled in a loop,
names repeated in lists of lists, and patterns that a regular expression tries in every way. Rows are not:
`UNWIND` and `MATCH` end at their deadline.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from kgplatform.store.console.tokens import Token
from kgplatform.store.console.words import CLAUSES, OPERATORS

MAX_STEPS = 1_000_000
"""Items of a literal range, and steps of loops over such ranges in one another."""

MAX_DOUBLINGS = 16
MAX_COPIES = 100_000
"""Copies of one value that lists and maps in one another come to."""

MAX_QUANTIFIERS = 3
"""Unbounded ones in a regular expression."""

_REPEATED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*[*+?}](?:[^()\\]|\\.)*\)(?:[*+]|\{\d*,)")
_UNBOUNDED = re.compile(r"(?<!\\)(?:[*+](?![+])|\{\d+,\})")
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True)
class Excess:
    """What is too much, where, and how much may be."""

    token: Token
    wanted: str


class Loop(NamedTuple):
    """A loop over a range whose size is known: its size, its bracket, and where its body begins and ends."""

    size: int
    bracket: int
    first: int
    last: int


def excess(found: list[Token]) -> Excess | None:
    """The first thing in a statement that could keep a server from ending it. Args: found: its tokens."""
    closing = _closing(found)
    sizes = dict(_ranges(found, closing))
    loops = list(_loops(found, closing, sizes))
    for i, size in sizes.items():
        around = prod(loop.size for loop in loops if loop.first < i < loop.last)
        if size * around > MAX_STEPS and not (around == 1 and _is(found, i - 1, "UNWIND")):
            return Excess(found[i], f"ranges, and loops over them, of at most {MAX_STEPS:,} steps")
    for loop in loops:
        around = prod(other.size for other in loops if other.first <= loop.bracket < other.last)
        if loop.size * around > MAX_STEPS:
            return Excess(found[loop.first], f"loops in one another of at most {MAX_STEPS:,} steps")
    return _doubling(found, loops) or _copies(found, closing) or _pattern(found)


def _closing(found: list[Token]) -> dict[int, int]:
    """Where each bracket is closed; one that is not, at the end."""
    out, opened = dict[int, int](), list[int]()
    for i, token in enumerate(found):
        if token.kind == "sign" and token.text in _OPENING:
            opened.append(i)
        elif token.kind == "sign" and token.text in _CLOSING and opened:
            out[opened.pop()] = i
    return dict.fromkeys(opened, len(found)) | out


def _ranges(found: list[Token], closing: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Where `range` is called with numbers, and how many items it has."""
    for i in range(len(found) - 1):
        if _is(found, i, "RANGE") and i + 1 in closing and found[i + 1].text == "(":
            parts = "".join(token.text for token in found[i + 2 : closing[i + 1]]).split(",")
            try:
                first, last, *step = map(_number, parts)
            except ValueError:
                continue
            yield i, max(0, (last - first) // (step[0] if step and step[0] else 1) + 1)


def _number(text: str) -> int:
    """Raises: ValueError: it is none."""
    digits = text.replace("_", "")
    return int(digits, 10 if digits.lstrip("-").isdigit() else 0)


def _loops(found: list[Token], closing: dict[int, int], sizes: dict[int, int]) -> Iterator[Loop]:
    """Loops over ranges, written where they are looped over or called something before."""
    named = {
        found[closing[i + 1] + 2].text: size
        for i, size in sizes.items()
        if _is(found, closing[i + 1] + 1, "AS") and closing[i + 1] + 2 < len(found)
    }
    for begin, end in closing.items():
        at = _where_loop(found, begin, end)
        size = None if at is None else sizes.get(at + 1, named.get(found[at + 1].text))
        if at is not None and size is not None:
            yield Loop(size, begin, closing[at + 2] if at + 1 in sizes else at + 1, end)


def _where_loop(found: list[Token], begin: int, end: int) -> int | None:
    """Where the IN of a loop in this bracket is: `[x IN`, `all(x IN` or `reduce(s = …, x IN`."""
    quantifier = any(_is(found, begin - 1, word) for word in ("ALL", "ANY", "NONE", "SINGLE"))
    if (found[begin].text == "[" or quantifier) and _is(found, begin + 2, "IN") and begin + 3 < end:
        return begin + 2
    depth = 0
    for i in range(begin + 1, end - 1) if _is(found, begin - 1, "REDUCE") else ():
        if found[i].kind == "sign":
            depth += (found[i].text in _OPENING) - (found[i].text in _CLOSING)
        if depth == 0 and _is(found, i, "IN"):
            return i
    return None


def _doubling(found: list[Token], loops: list[Loop]) -> Excess | None:
    for loop in loops:
        if loop.size <= MAX_DOUBLINGS or not _is(found, loop.bracket - 1, "REDUCE"):
            continue
        name, body = found[loop.bracket + 1].text, found[loop.first + 1 : loop.last]
        added = [
            token
            for before, token, after in zip(body, body[1:], [*body[2:], found[loop.bracket]], strict=False)
            if token.text == name
            and ("+" in (before.text, after.text) or (before.text in "[," and after.text in ",]"))
        ]
        if len(added) > 1:
            return Excess(added[1], f"a value added to itself at most {MAX_DOUBLINGS} times")
    return None


def _copies(found: list[Token], closing: dict[int, int]) -> Excess | None:
    copies = 1
    for begin, end in closing.items():
        inside = found[begin + 1 : end]
        if found[begin].text == "(" or any(_words(t) & (CLAUSES | {"IN"}) for t in inside):
            continue
        names = Counter(
            token.text
            for i, token in enumerate(inside, begin + 1)
            if token.kind in ("word", "name")
            and not _words(token) & (OPERATORS | {"TRUE", "FALSE"})
            and found[min(i + 1, len(found) - 1)].text not in (":", ".", "(")
        )
        copies *= max(names.values(), default=1)
        if copies > MAX_COPIES:
            return Excess(found[begin], f"lists and maps with at most {MAX_COPIES:,} copies of a value")
    return None


def _words(token: Token) -> set[str]:
    return {token.text.upper()} if token.kind == "word" else set()


def _pattern(found: list[Token]) -> Excess | None:
    for i, token in enumerate(found[2:], 2):
        if token.kind != "string" or [t.text for t in found[i - 2 : i]] != ["=", "~"]:
            continue
        if _REPEATED_REPEAT.search(token.text) or re.search(r"\\+[1-9]", token.text):
            return Excess(token, "a regular expression without repeats of what repeats, or references")
        if len(_UNBOUNDED.findall(token.text)) > MAX_QUANTIFIERS:
            return Excess(token, f"a regular expression with at most {MAX_QUANTIFIERS} unbounded repeats")
    return None


def _is(found: list[Token], i: int, word: str) -> bool:
    return 0 <= i < len(found) and found[i].kind in ("word", "name") and found[i].text.upper() == word
