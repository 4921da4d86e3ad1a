"""Dates of GEDCOM as the years they may mean, from the earliest to the latest."""

from __future__ import annotations

import re
from dataclasses import dataclass

TOLERANCE = 5
"""Years that a date given as about, estimated or calculated may be off, either way."""

_MONTHS = "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER"
_FIRST_YEAR = {"HEBREW": -3761, "FRENCH_R": 1791}
"""What to add to a year of a calendar that starts in autumn, for our year in which it starts."""

_BEFORE_JANUARY = {"HEBREW": "TSH CSH", "FRENCH_R": "VEND BRUM FRIM"}
_AROUND_JANUARY = {"HEBREW": "KSL TVT SHV", "FRENCH_R": "NIVO"}
_AFTER_JANUARY = {
    "HEBREW": "ADR ADS NSN IYR SVN TMZ AAV ELL",
    "FRENCH_R": "PLUV VENT GERM FLOR PRAI MESS THER FRUC COMP",
}
_YEARS = {"HEBREW": range(3762, 6761), "FRENCH_R": range(1, 101)}
_LONGEST = 100
_UNREADABLE = "dates that cannot be read, left out"

_CALENDAR = re.compile(r"@#D\s*([A-Z _]+?)\s*@\s*|(GREGORIAN|JULIAN|HEBREW|FRENCH_R|ROMAN|_[A-Z_]+)\s+")
_BETWEEN = re.compile(r"(?:BET|BETWEEN)\b\.?\s*(.+?)\s*(?:\bAND\b|&)\s*(.+)")
_BETWEEN_YEARS = re.compile(r"(?:(?:BET|BETWEEN)\b\.?\s*)?([0-9]{3,4})\s*(?:-|–|\bTO\b)\s*([0-9]{3,4})\Z")
_PERIOD = re.compile(r"FROM\b\.?\s*(.+?)\s*\bTO\b\s*(.+)")
_BOUND = re.compile(r"(?:(BEF|BEFORE|TO)|(AFT|AFTER|FROM)|(ABT|ABOUT|CIRCA|CA|C|EST|CAL)|INT)\b\.?\s*(.+)")
_DATE = re.compile(
    r"(?:(?:([0-9]{1,2})[\s.-]*)?([A-Z]{3,9})[\s.,-]+(?:[0-9]{1,2},\s*)?)?"
    r"([0-9]{1,4})(?:\s*/\s*([0-9]{1,4}))?(\s*B\.?\s?C\.?(?:\s?E\.?)?)?\Z"
)
_NUMBERS = re.compile(
    r"(?:[0-9]{1,2}([./-])[0-9]{1,2}\1|[0-9]{1,2}/)([0-9]{4})\Z|([0-9]{4})-[0-9]{1,2}-[0-9]{1,2}\Z"
)


class UnreadableDateError(ValueError):
    """Words that name no date; the message says why, as a plural that can be counted."""


@dataclass(frozen=True, slots=True)
class Span:
    """The years a date may mean, both ends included; None: no bound. Years before Christ are negative.

    `year` is the one year to show, where the date names one or says about which it was.
    """

    earliest: int | None = None
    latest: int | None = None
    year: int | None = None

    def __str__(self) -> str:
        if self.earliest == self.latest:
            return "some year" if self.earliest is None else str(self.earliest)
        if self.earliest is None or self.latest is None:
            return f"{self.latest} or before" if self.earliest is None else f"{self.earliest} or later"
        return f"{self.earliest} to {self.latest}"


def read_date(value: str) -> Span:
    """The years that a DATE may mean; a phrase alone names none.

    Raises:
        UnreadableDateError: it is neither a date nor a phrase, or of a calendar that is not known.

    >>> read_date("BET 1850 AND 11 FEB 1861/62")
    Span(earliest=1850, latest=1862, year=None)
    >>> read_date("ABT 1700")
    Span(earliest=1695, latest=1705, year=1700)
    """
    said = " ".join(value.split("(", 1)[0].upper().split())
    if len(said) > _LONGEST:
        raise UnreadableDateError(_UNREADABLE)
    return _span_of(said, "GREGORIAN") if said not in ("", "INT") else Span()


def _span_of(said: str, calendar: str) -> Span:
    prefix = _CALENDAR.match(said)
    if prefix is not None:
        calendar = (prefix.group(1) or prefix.group(2)).replace(" ", "_")
        said = said[prefix.end() :]
    two = _BETWEEN.fullmatch(said) or _BETWEEN_YEARS.fullmatch(said) or _PERIOD.fullmatch(said)
    if two is not None:
        return _between(_span_of(two.group(1), calendar), _span_of(two.group(2), calendar))
    bound = _BOUND.fullmatch(said)
    if bound is None:
        return _date(said.strip(), calendar)
    inner = _span_of(bound.group(4), calendar)
    if bound.group(1):
        return Span(None, inner.latest)
    if bound.group(2):
        return Span(inner.earliest, None)
    if bound.group(3):
        return _around(inner)
    return inner


def _between(one: Span, other: Span) -> Span:
    if one.latest is not None and other.earliest is not None and one.latest > other.earliest:
        one, other = other, one
    return _span(one.earliest, other.latest)


def _around(inner: Span) -> Span:
    earliest = None if inner.earliest is None else inner.earliest - TOLERANCE
    latest = None if inner.latest is None else inner.latest + TOLERANCE
    return Span(earliest, latest, inner.year)


def _span(earliest: int | None, latest: int | None) -> Span:
    one = earliest is not None and earliest == latest and earliest > 0
    return Span(earliest, latest, earliest if one else None)


def _date(said: str, calendar: str) -> Span:
    if calendar not in ("GREGORIAN", "JULIAN", *_FIRST_YEAR):
        raise UnreadableDateError("dates of a calendar that is not read, left out")
    numbers = _NUMBERS.fullmatch(said)
    if numbers is not None and calendar in ("GREGORIAN", "JULIAN"):
        year = int(numbers.group(2) or numbers.group(3))
        said = str(year)
    match = _DATE.fullmatch(said.removesuffix("?").strip())
    if match is None or (match.group(1) and int(match.group(1)) > 31):
        raise UnreadableDateError(_UNREADABLE)
    month, year = match.group(2), int(match.group(3))
    if calendar in _FIRST_YEAR:
        found = _converted(calendar, month, year)
        if found is None or match.group(4) or match.group(5):
            raise UnreadableDateError(_UNREADABLE)
    elif month is not None and not any(name.startswith(month) for name in _MONTHS.split()):
        raise UnreadableDateError(_UNREADABLE)
    elif match.group(5):
        found = _span(-year, -year)
    elif year < 100:  # of which century?
        raise UnreadableDateError(_UNREADABLE)
    else:
        found = _dual(year, match.group(3), match.group(4))
    return _around(found) if said.endswith("?") else found


def _dual(year: int, first: str, second: str | None) -> Span:
    """1731/32 is 1732 as years count since they start in January; 1850/55 is any of them."""
    if second is None:
        return _span(year, year)
    other = int(first[: -len(second)] + second if len(second) < len(first) else second)
    if other < year:
        other += 10 ** len(second)
    return _span(other, other) if other - year <= 1 else _span(year, other)


def _converted(calendar: str, month: str | None, year: int) -> Span | None:
    """The years of ours in which that month, or that year, lies; None where there is none such."""
    before, around, after = (
        months[calendar].split() for months in (_BEFORE_JANUARY, _AROUND_JANUARY, _AFTER_JANUARY)
    )
    if year not in _YEARS[calendar] or (month is not None and month not in (*before, *around, *after)):
        return None
    start = year + _FIRST_YEAR[calendar]
    return _span(start + (month in after), start + (month not in before))
