"""What a genealogy says: people, who is whose child and in what way, couples."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph_schema.domains.family.gedcom_dates import Span


@dataclass(slots=True)
class PersonRecord:
    """A person of a file, by the file's own id, and the line where the record starts."""

    id: str
    name: str
    line: int
    aliases: tuple[str, ...] = ()
    sex: str | None = None
    """As recorded, M and F among others; None: no SEX line says it and no role does."""
    birth: Span = field(default_factory=Span)
    death: Span = field(default_factory=Span)
    birth_date: str | None = None
    """As the file words it, where it says more than the year."""
    death_date: str | None = None


@dataclass(slots=True)
class Couple:
    """Two people of one family. `wedding` is when they married."""

    line: int
    wedding: Span


@dataclass
class FamilyTree:
    """People by id and what joins them."""

    people: dict[str, PersonRecord] = field(default_factory=dict)
    parents: dict[tuple[str, str], int] = field(default_factory=dict)
    """(parent, child) by birth, with the line."""
    raised: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(child, relation, parent) that is not by birth, such as (I3, ADOPTED_BY, I5), with the line."""
    couples: dict[tuple[str, str], Couple] = field(default_factory=dict)
    """By their two ids, the one that sorts first first."""
    source: str | None = None
    """The system or collection the file says it comes from."""
