"""What literals say of nodes: one name by a stated rule, aliases, a description, properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal

from graph_schema.domains.triples.rdf_names import RDF, RDFS, SKOS, XSD

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
_LANGUAGES = frozenset({f"{RDF}langString", f"{XSD}string"})


@dataclass(frozen=True, slots=True)
class Described:
    """What the literals of one node say. `name` is None where none names it; `left` counts texts left out."""

    name: str | None
    aliases: tuple[str, ...]
    properties: dict[str, str]
    left: int


def described(
    literals: Iterable[tuple[str, Literal]], keys: Mapping[str, str], language: str | None
) -> Described:
    """What the literals of one node say, whatever their order.

    Its name is the first by: predicate (see `NAMES`), language (see `language_rank`), letters. Of a property
    that has texts in several languages only those of the best language stay.

    Args:
        literals: (predicate, literal) of each, text of names without blanks at the ends.
        keys: Property of each predicate that neither names nor describes.
        language: The language asked for, or None.
    """
    named: list[tuple[int, int, str]] = []
    also: set[str] = set()
    values: dict[str, set[Literal]] = {}
    for predicate, literal in literals:
        if predicate in NAMES:
            rank = language_rank(literal.language, language)
            named.append((NAMES[predicate], rank, one_line(literal.value)))
        elif predicate in ALIASES:
            also.add(one_line(literal.value))
        else:
            key = DESCRIPTION if predicate in DESCRIPTIONS else keys[predicate]
            values.setdefault(key, set()).add(literal)
    name = min(named)[2] if named else None
    chosen = {key: _best(texts, language) for key, texts in values.items()}
    return Described(
        name,
        tuple(sorted((also | {label for _, _, label in named}) - {name})),
        {key: " | ".join(sorted({text.value for text in texts})) for key, texts in chosen.items()},
        sum(len(texts) - len(chosen[key]) for key, texts in values.items()),
    )


def language_rank(tag: str | None, asked: str | None) -> int:
    """0 for the asked language, 1 for English, 2 for none, 3 for any other; "de" is "de-AT" too."""
    if tag is None:
        return 2
    if asked is not None and _is(tag, asked):
        return 0
    return 1 if _is(tag, "en") else _ANY


def one_line(text: str) -> str:
    """A name as it is shown: line ends and runs of blanks are one blank."""
    return " ".join(text.split())


def _is(tag: str, language: str) -> bool:
    return f"{tag.lower()}-".startswith(f"{language.lower()}-")


def _best(texts: set[Literal], asked: str | None) -> list[Literal]:
    """The texts in the best language there is, and all values that are no text."""

    def order(text: Literal) -> tuple[int, str]:
        rank = language_rank(text.language, asked)
        return rank, (text.language or "").split("-")[0].lower() if rank == _ANY else ""

    spoken = [text for text in texts if text.datatype.value in _LANGUAGES]
    best = min(map(order, spoken), default=None)
    return [text for text in texts if text.datatype.value not in _LANGUAGES or order(text) == best]
