"""Decides whether a person's statement only reads: an allow-list, on tokens, before any server sees it.

The servers are no help here: ArcadeDB accepts writes in a read transaction, and Neo4j reads files, lists
users and ends other people's transactions in one. So a statement passes only if

* every bare word where a clause or an operator can stand is a reading clause or an operator;
* no bare word anywhere is one that writes or administrates;
* every function and procedure it calls is on a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from graph_schema.errors import QueryRefused
from kgplatform.store.console.bounds import excess
from kgplatform.store.console.tokens import Token, normal_text, place, tokens
from kgplatform.store.console.words import CLAUSES, FORBIDDEN, FUNCTIONS, NAMESPACES, OPERATORS, PROCEDURES

MAX_LENGTH = 20_000
MAX_DEPTH = 60
MAX_BRACES = 12
"""Subqueries in one another: the time to plan them grows fast."""
MAX_CLAUSES = 200
MAX_OPERATORS = 600
"""Words, signs and brackets that join operands: Neo4j reads a chain of thousands for minutes, unstoppably."""

MAX_CONDITIONS = 200
MAX_EXCLUSIVE = 8
"""Each XOR is planned as both of its sides, twice."""

_OPENING, _CLOSING = "([{", ")]}"


def check_reads_only(statement: str) -> str:
    """The statement with normal line ends and no semicolon, if it cannot do anything but read.

    Raises:
        QueryRefused: says which word, where, and what is allowed.
    """
    if len(statement) > MAX_LENGTH:
        raise QueryRefused(
            f"a statement of {len(statement)} characters",
            wanted=f"at most {MAX_LENGTH}",
            hint="pass long lists as parameters",
        )
    text = normal_text(statement)
    found = tokens(text)
    while found and found[-1].text == ";" and found[-1].kind == "sign":
        text = text[: found.pop().at]  # ArcadeDB takes no semicolon
    if not found:
        raise QueryRefused("an empty statement", wanted="a statement that reads")
    _check_depth(text, found)
    _check_count(text, found, "clauses", MAX_CLAUSES, _is_clause)
    _check_count(text, found, "operators", MAX_OPERATORS, _joins)
    _check_count(text, found, "AND, OR, XOR and NOT", MAX_CONDITIONS, _is_word("AND OR XOR NOT"))
    _check_count(text, found, "XOR", MAX_EXCLUSIVE, _is_word("XOR"))
    for i, token in enumerate(found):
        if token.kind == "sign" and token.text == ";":
            raise _refusal(text, token, "one statement at a time")
        if token.kind == "parameter" and _after_call(found, i):
            raise _refusal(text, token, "a procedure by its name")
        if token.kind in ("word", "name") and not _is_property(found, i):
            _check_name(text, found, i)
    too_much = excess(found)
    if too_much is not None:
        raise _refusal(text, too_much.token, too_much.wanted)
    return text


def _check_name(text: str, found: list[Token], i: int) -> None:
    token, upper = found[i], found[i].text.upper()
    before = found[i - 1] if i else None
    if _after_call(found, i):
        _check_procedure(text, found, i)
    elif _called(found, i):
        _check_function(text, found, i)
    if token.kind == "name":
        return
    if upper in FORBIDDEN:
        raise _refusal(text, token, "a statement that only reads; a name spelled like that goes in backticks")
    if before is None:
        allowed = upper in CLAUSES
    elif (before.kind == "sign" and before.text not in _CLOSING) or _is_keyword(found, i - 1):
        allowed = True
    else:
        allowed = upper in CLAUSES or upper in OPERATORS
    if not allowed:
        raise _refusal(text, token, f"one of {', '.join(sorted(CLAUSES))}, or an operator")


def _after_call(found: list[Token], i: int) -> bool:
    return i > 0 and found[i - 1].kind == "word" and found[i - 1].text.upper() == "CALL"


def _check_procedure(text: str, found: list[Token], i: int) -> None:
    name = _dotted(found, i).lower()
    if name not in PROCEDURES:
        raise _refusal(text, found[i], f"one of the procedures {', '.join(sorted(PROCEDURES))}")


def _check_function(text: str, found: list[Token], i: int) -> None:
    if found[i].kind == "word" and found[i].text.upper() in CLAUSES | OPERATORS - {"ALL", "ANY"}:
        return  # a clause before a pattern or a bracketed expression
    parts = _dotted(found, i).lower().split(".")
    if (parts[0] not in FUNCTIONS) if len(parts) == 1 else (parts[0] not in NAMESPACES):
        raise _refusal(text, found[i], "a function of openCypher that only computes")


def _called(found: list[Token], i: int) -> bool:
    """Whether the dotted name that begins here is followed by an opening bracket of arguments."""
    return _is_sign(found, _end_of_dotted(found, i), "(")


def _dotted(found: list[Token], i: int) -> str:
    return "".join(token.text for token in found[i : _end_of_dotted(found, i)])


def _end_of_dotted(found: list[Token], i: int) -> int:
    end = i + 1
    while end + 1 < len(found) and found[end].text == "." and found[end + 1].kind in ("word", "name"):
        end += 2
    return end


def _is_property(found: list[Token], i: int) -> bool:
    """Whether this is a property, a label, a type, or a key of a map: names that are never executed."""
    if _is_sign(found, i - 1, "."):
        return not (_called(found, i) and found[_start_of_dotted(found, i)].kind not in ("word", "name"))
    if _is_sign(found, i - 1, ":"):
        return not _called(found, i) or _is_hint(found, i)
    if _is_sign(found, i - 1, "|") and not _called(
        found, i
    ):  # a further type; nothing but FOREACH has clauses behind this sign
        while _is_sign(found, i - 1, "|") and i >= 2:
            i -= 2
        return found[i].kind in ("word", "name") and _is_sign(found, i - 1, ":")
    return _is_sign(found, i - 1, "{,") and _is_sign(found, i + 1, ":")


def _is_hint(found: list[Token], i: int) -> bool:
    """Whether this is the label of `USING INDEX x:Label(property)`."""
    words = [token.text.upper() for token in found[max(0, i - 5) : i - 1] if token.kind == "word"]
    return words[-3:-1] == ["USING", "INDEX"]


def _start_of_dotted(found: list[Token], i: int) -> int:
    while i >= 2 and _is_sign(found, i - 1, "."):
        i -= 2
    return i


def _is_sign(found: list[Token], i: int, signs: str) -> bool:
    return 0 <= i < len(found) and found[i].kind == "sign" and found[i].text in signs


def _is_keyword(found: list[Token], i: int) -> bool:
    """Whether the word there is a clause or operator, so that an operand or a clause may follow it."""
    token = found[i]
    if token.kind != "word" or _is_property(found, i):
        return False
    upper = token.text.upper()
    return upper in CLAUSES or (upper in OPERATORS and upper not in ("NULL", "END"))


def _check_depth(text: str, found: list[Token]) -> None:
    depth: Counter[str] = Counter()
    for token in found:
        if token.kind != "sign":
            continue
        if token.text in _OPENING:
            depth[token.text] += 1
        elif token.text in _CLOSING:
            depth[_OPENING[_CLOSING.index(token.text)]] -= 1
        if depth.total() > MAX_DEPTH:
            raise _refusal(text, token, f"brackets nested at most {MAX_DEPTH} deep")
        if depth["{"] > MAX_BRACES:
            raise _refusal(text, token, f"braces nested at most {MAX_BRACES} deep")


def _check_count(
    text: str, found: list[Token], what: str, most: int, counts: Callable[[Token], bool]
) -> None:
    tokens = [token for token in found if counts(token)]
    if len(tokens) > most:
        raise _refusal(text, tokens[most], f"a statement of at most {most} {what}")


def _is_clause(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() in CLAUSES


def _is_word(words: str) -> Callable[[Token], bool]:
    wanted = words.split()
    return lambda token: token.kind == "word" and token.text.upper() in wanted


def _joins(token: Token) -> bool:
    if token.kind == "sign":
        return token.text not in ",:;)]}"
    return token.kind == "word" and token.text.upper() in OPERATORS


def _refusal(text: str, token: Token, wanted: str) -> QueryRefused:
    return QueryRefused(f"{token.text!r} at {place(text, token.at)}", wanted=wanted)
