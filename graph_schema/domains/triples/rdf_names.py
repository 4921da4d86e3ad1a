"""Short names for predicates, and the vocabularies that describe data rather than a field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"

STRUCTURE = (RDF, RDFS, OWL, SKOS, XSD)
"""What these name (owl:Class, rdf:nil, skos:Concept, xsd:string) is part of no field's knowledge."""


def short_names(predicates: Iterable[str], allowed: Callable[[str], bool]) -> dict[str, str]:
    """A name for each IRI: the shortest of three that is allowed and belongs to no other of them.

    These are the last part (`part`), the last two (`one.org/part`), and the whole IRI.

    Args:
        predicates: All IRIs that are to have a name; their order does not matter.
        allowed: Whether a name can be had; the whole IRI is taken in any case.
    """
    wanted = {iri: (_end(iri, 1), _end(iri, 2)) for iri in set(predicates)}
    often = Counter(name for names in wanted.values() for name in set(names))
    return {
        iri: next((name for name in names if name and often[name] == 1 and allowed(name)), iri)
        for iri, names in wanted.items()
    }


def _end(iri: str, parts: int) -> str:
    """The last parts of an IRI, which `/` and `#` divide, as they stand there; "" where there are fewer."""
    bare = iri.rstrip("/#")
    cut = len(bare)
    for _ in range(parts):
        cut = max(bare.rfind("/", 0, cut), bare.rfind("#", 0, cut))
        if cut < 0:
            return bare if parts == 1 else ""
    return bare[cut + 1 :]
