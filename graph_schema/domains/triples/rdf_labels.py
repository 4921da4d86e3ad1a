"""What literals say of nodes: one name by a stated rule, aliases, a description, properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph_schema.domains.triples.rdf_names import RDFS, SKOS

_DC = "http://purl.org/dc/elements/1.1/"
_TERMS = "http://purl.org/dc/terms/"
_SCHEMA = ("http://schema.org/", "https://schema.org/")
_OBO = "http://www.geneontology.org/formats/oboInOwl#"

NAMES = {
    f"{SKOS}prefLabel": 0,
    f"{RDFS}label": 1,
    **{f"{schema}name": 2 for schema in _SCHEMA},
    "http://xmlns.com/foaf/0.1/name": 3,
    f"{_TERMS}title": 4,
    f"{_DC}title": 4,
}
"""Predicates that name a node, and their rank: the lowest gives the name, the others aliases."""
ALIASES = frozenset(
    {f"{SKOS}altLabel", f"{_OBO}hasExactSynonym", *(f"{schema}alternateName" for schema in _SCHEMA)}
)
DESCRIPTIONS = frozenset(
    {
        f"{RDFS}comment",
        f"{SKOS}definition",
        f"{_TERMS}description",
        f"{_DC}description",
        *(f"{schema}description" for schema in _SCHEMA),
        "http://purl.obolibrary.org/obo/IAO_0000115",
    }
)
DESCRIPTION = "description"
_ANY = 3

Said = tuple[str, str, str | None]
"""(predicate, text, language) of a literal: "" is no language, None says that it is no text."""


@dataclass(frozen=True, slots=True)
class Described:
    """What the literals of one node say. `name` is None where none names it; `left` counts texts left out."""

    name: str | None
    aliases: tuple[str, ...]
    properties: dict[str, str]
    left: int


def described(texts: Iterable[Said], keys: Mapping[str, str], language: str | None) -> Described:
    """What the literals of one node say, whatever their order.

    Its name is the first by: predicate (see `NAMES`), language (see `language_rank`), letters. Of a property
    that has texts in several languages only those of the best language stay.

    Args:
        texts: The literals.
        keys: Property of each predicate that neither names nor describes.
        language: The language asked for, or None.
    """
    named: list[tuple[int, int, str]] = []
    also: set[str] = set()
    values: dict[str, set[tuple[str, str | None]]] = {}
    for predicate, text, tag in texts:
        if predicate in NAMES:
            named.append((NAMES[predicate], language_rank(tag or "", language), text))
        elif predicate in ALIASES:
            also.add(text)
        else:
            key = DESCRIPTION if predicate in DESCRIPTIONS else keys[predicate]
            values.setdefault(key, set()).add((text, tag))
    name = min(named)[2] if named else None
    chosen = {key: _best(found, language) if len(found) > 1 else found for key, found in values.items()}
    return Described(
        name,
        tuple(sorted((also | {label for _, _, label in named}) - {name})),
        {key: " | ".join(sorted({text for text, _ in found})) for key, found in chosen.items()},
        sum(len(found) - len(chosen[key]) for key, found in values.items()),
    )


def language_rank(tag: str, asked: str | None) -> int:
    """0 for the asked language, 1 for English, 2 for none (""), 3 for any other; "de" is "de-AT" too."""
    if asked is not None and _is(tag, asked):
        return 0
    if not tag:
        return 2
    return 1 if _is(tag, "en") else _ANY


def _is(tag: str, language: str) -> bool:
    return f"{tag.lower()}-".startswith(f"{language.lower()}-")


def _best(texts: set[tuple[str, str | None]], asked: str | None) -> set[tuple[str, str | None]]:
    """The texts in the best language there is, and all values that are no text."""

    def order(tag: str) -> tuple[int, str]:
        rank = language_rank(tag, asked)
        return rank, tag.split("-")[0].lower() if rank == _ANY else ""

    best = min((order(tag) for _, tag in texts if tag is not None), default=None)
    return {(text, tag) for text, tag in texts if tag is None or order(tag) == best}
