"""People of a genealogy: names, sex as recorded, and the years of a life."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph_schema.domains.family.gedcom_dates import Span, UnreadableDateError, read_date
from graph_schema.domains.family.gedcom_records import Record
from graph_schema.domains.family.gedcom_tally import Tally
from graph_schema.domains.family.gedcom_tree import PersonRecord

_SEXES = {"MALE": "M", "FEMALE": "F"} | {letter: letter for letter in "MFXUN"}
_OF_BIRTH = ("birth", "maiden")
_OTHERS = frozenset({"married", "aka", "immigrant", "professional", "religious"})


def person_of(record: Record, id_: str, tally: Tally) -> PersonRecord:
    """The person of an INDI record."""
    name, *aliases = names_of(record) or [id_]
    sex = record.text("SEX")
    birth, birth_date = event_span(record.all("BIRT"), tally)
    death, death_date = event_span(record.all("DEAT"), tally)
    if birth == Span():
        birth = Span(None, event_span(record.all("CHR", "BAPM"), tally)[0].latest)
    if death == Span():
        death = Span(None, event_span(record.all("BURI"), tally)[0].latest)
    return PersonRecord(
        id=id_,
        name=name,
        line=record.line,
        aliases=tuple(aliases),
        sex=_SEXES.get(sex.upper(), sex) or None,
        birth=birth,
        death=death,
        birth_date=birth_date,
        death_date=death_date,
    )


def event_span(events: Iterable[Record], tally: Tally) -> tuple[Span, str | None]:
    """When the first of these events that has a date was, and the words for it where they say more.

    GEDCOM puts first what is preferred. An event whose date names no year counts only for want of another.
    """
    words: str | None = None
    for date in (part for event in events for part in event.all("DATE")):
        text = " ".join(date.value.split())
        try:
            span = read_date(text)
        except UnreadableDateError as fault:
            tally.add(str(fault), date.line, repr(text))
            span = Span()
        if span != Span():
            return span, None if text == str(span.year) else text
        words = words or text or None
    return Span(), words


def names_of(record: Record) -> list[str]:
    """The names of an INDI record, the one to show first, each once; none where it has none.

    That is the first NAME of TYPE birth, else the first that is not a later name, else the first.
    """
    names = [(part.text("TYPE").lower(), _name(part)) for part in record.all("NAME")]
    named = [(kind, name) for kind, name in names if name]
    first = [name for _, name in sorted(named, key=lambda one: _rank(one[0]))]
    also: list[str] = []
    for part in record.all("NAME"):
        also += [_tidy(other.value) for other in part.all("NICK", "ROMN", "FONE", "TRAN", "_AKA")]
        also += [_tidy(other.value) for other in part.all("_MARNM") if len(other.value.split()) > 1]
    also += [_tidy(part.value) for part in record.all("ALIA", "_AKA") if not part.value.startswith("@")]
    return [name for name in dict.fromkeys([*first, *also]) if name]


def _rank(kind: str) -> int:
    return 0 if kind in _OF_BIRTH else 2 if kind in _OTHERS else 1


def _name(part: Record) -> str:
    return _tidy(part.value) or _tidy(f"{part.text('GIVN')} {part.text('SURN')}")


def _tidy(name: str) -> str:
    """A name without the slashes around the surname, and with single blanks."""
    return " ".join(name.replace("/", " ").replace("@@", "@").split())


def fill_in_sexes(
    people: dict[str, PersonRecord], roles: dict[str, set[str]], silent: Sequence[str], tally: Tally
) -> None:
    """Give people without a SEX line the sex of their role, where all their families give them the same.

    Args:
        people: By id.
        roles: HUSB and WIFE by id.
        silent: Ids of people without a SEX line.
        tally: Counts them.
    """
    for id_ in silent:
        said = roles.get(id_, set())
        if len(said) == 1:
            (role,) = said
            people[id_].sex = "M" if role == "HUSB" else "F"
            kind = "people without SEX, taken as M or F by their role (HUSB, WIFE)"
            tally.add(kind, people[id_].line, f"@{id_}@")
