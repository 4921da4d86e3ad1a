"""What the columns of a table are, by the names in its header.

Known are our own names; subject, predicate, object; those of Neo4j's bulk import (`:START_ID`, `:TYPE`,
`mass:float`), KGX, KGTK and PrimeKG; and any two that differ by a number or letter alone (`drug_a`,
`drug_b`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from graph_schema.reserved import RESERVED_PROPERTIES
from graph_schema.schema import PropertyType

ROLES = ("head", "relation", "tail")
_PAIRS = (
    ("head", "tail"),
    ("head_id", "tail_id"),
    ("subject", "object"),
    ("subject_id", "object_id"),
    ("subj", "obj"),
    ("source", "target"),
    ("source_id", "target_id"),
    ("src", "dst"),
    ("from", "to"),
    ("from_id", "to_id"),
    ("start", "end"),
    ("node1", "node2"),
    ("entity1", "entity2"),
    ("x_id", "y_id"),
    ("h", "t"),
    ("s", "o"),
)
_MARKS = (("1", "2"), ("a", "b"), ("x", "y"))
_RELATIONS = (
    "predicate",
    "relation",
    "edge_label",
    "edge_type",
    "relationship",
    "relationship_type",
    "relation_type",
    "rel_type",
    "edge",
    "rel",
    "pred",
    "r",
    "p",
    "interaction_type",
    "interaction",
    "property",
    "type",
    "label",
)
_NO_RELATION = frozenset({"weight", "score", "count", "value", "date", "year", "time", "id", "probability"})
_SOURCES = ("sources", "source", "provided_by", "primary_knowledge_source", "knowledge_source")
_IDS = ("id", "mid", "offset", "entity", "key", "curie", "node_id", "entity_id")
_NAMES = ("name", "label", "lemmas", "entity_name", "node_name")
_KINDS = ("category", "categories", "labels", "node_type", "type", "kind")
_TYPED = re.compile(r"(?P<name>[^:]*):(?P<kind>[a-z_]+)(?P<many>\[\])?(?:\(.*\))?(?:\{.*\})?\Z")
_TYPES: dict[str, PropertyType] = {
    **dict.fromkeys(("int", "long", "short", "byte", "integer"), "integer"),
    **dict.fromkeys(("float", "double"), "float"),
    **dict.fromkeys(("boolean", "bool"), "boolean"),
    **dict.fromkeys(("string", "char", "text"), "string"),
    **dict.fromkeys(
        ("point", "date", "localtime", "time", "localdatetime", "datetime", "duration"), "string"
    ),
}


@dataclass(frozen=True, slots=True)
class Property:
    """A column that becomes a property: its name there, and what its fields hold (None: as they stand)."""

    name: str
    type: PropertyType | None = None


@dataclass(frozen=True, slots=True)
class EdgeColumns:
    """Columns of a table of facts, by their names in the header.

    `names` and `kinds` are of head and tail. `guessed`: told by the form of the names alone.
    """

    head: str
    relation: str
    tail: str
    names: tuple[str | None, str | None] = (None, None)
    kinds: tuple[str | None, str | None] = (None, None)
    sources: str | None = None
    split: str | None = None
    properties: dict[str, Property] = field(default_factory=dict)
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class NodeColumns:
    """Columns of a table of nodes, by their names in the header."""

    id: str
    name: str | None = None
    kind: str | None = None
    aliases: str | None = None
    properties: dict[str, Property] = field(default_factory=dict)


def edge_columns(names: Sequence[str]) -> EdgeColumns | None:
    """What columns of these names are in a table of facts; None where they are no header of one.

    Args:
        names: In lower case.
    """
    typed = _bulk(names)
    if {"start_id", "end_id"} <= typed.keys():
        left = [
            n for n in names if n not in {typed[k] for k in ("start_id", "end_id", "ignore") if k in typed}
        ]
        relation = typed.get("type") or next((r for r in _RELATIONS if r in left), None)
        if relation is None:
            return None
        left.remove(relation)
        return EdgeColumns(typed["start_id"], relation, typed["end_id"], properties=_properties(left))
    for head, tail, known in _pairs(names):
        chosen = _relation(names, head, tail, known)
        if chosen is None:
            continue
        relation, guessed = chosen
        own = (_beside(names, head, _NAMES), _beside(names, tail, _NAMES))
        kinds = (_beside(names, head, _KINDS), _beside(names, tail, _KINDS))
        used = {head, tail, relation, *own, *kinds}
        sources = next((s for s in _SOURCES if s in names and s not in used), None)
        split = "split" if "split" in names else None
        left = [n for n in names if n not in used | {sources, split}]
        return EdgeColumns(head, relation, tail, own, kinds, sources, split, _properties(left), guessed)
    return None


def node_columns(names: Sequence[str]) -> NodeColumns | None:
    """What columns of these names are in a table of nodes; None where they are no header of one.

    Args:
        names: In lower case.
    """
    typed = _bulk(names)
    if edge_columns(names) is not None:
        return None
    id_ = typed.get("id") or next((n for n in _IDS if n in names), None)
    name = next((n for n in (*_NAMES, "name:string", "label:string") if n in names and n != id_), None)
    kind = typed.get("label") or next((n for n in _KINDS if n in names and n != name), None)
    if id_ is None or (name is None and kind is None):
        return None
    aliases = next((n for n in ("aliases", "synonym", "synonyms") if n in names), None)
    left = [n for n in names if n not in {id_, name, kind, aliases, typed.get("ignore")}]
    return NodeColumns(id_, name, kind, aliases, _properties(left))


def _bulk(names: Sequence[str]) -> dict[str, str]:
    """Columns of Neo4j's bulk import by what they are: id, label, start_id, end_id, type, ignore."""
    found: dict[str, str] = {}
    for name in names:
        match = _TYPED.match(name)
        if match and match["kind"] in ("id", "label", "start_id", "end_id", "type", "ignore"):
            found.setdefault(match["kind"], name)
    return found


def _properties(names: Sequence[str]) -> dict[str, Property]:
    """Properties by column; of two that would have one name the second gets a _ after it."""
    found: dict[str, Property] = {}
    for column in names:
        own = _property(column)
        while any(own.name == other.name for other in found.values()):
            own = Property(own.name + "_", own.type)
        found[column] = own
    return found


def _property(column: str) -> Property:
    match = _TYPED.match(column)
    kind = _TYPES.get(match["kind"]) if match else None
    name = column
    if match and kind is not None:
        name = match["name"]
        kind = "strings" if match["many"] else kind
    return Property(property_name(name or "value"), kind)


def property_name(name: str) -> str:
    """The property that a column or key of that name becomes: with _ after a name that is reserved."""
    return name + "_" if name in RESERVED_PROPERTIES else name


def _pairs(names: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """(head, tail) columns that may be the ends, likeliest first, and whether their names are known words."""
    have = set(names)
    is_node = "id" in have and not have.isdisjoint(_NAMES)
    for head, tail in _PAIRS:
        weak = head in ("start", "from") and is_node  # a gene from here to there, a marriage from then on
        if head in have and tail in have and (head != "s" or "p" in have) and not weak:
            yield head, tail, len(head) > 1
    heads = [n for n in names if any(n == head for head, _ in _PAIRS)]
    tails = [n for n in names if any(n == tail for _, tail in _PAIRS)]
    if len(heads) == len(tails) == 1 and not is_node:
        yield heads[0], tails[0], True
    for name in names:
        for one, other in _MARKS:
            stem = name.removesuffix(one)
            if name.endswith(one) and len(stem.strip("_ ")) > 2 and stem + other in have:
                yield name, stem + other, False


def _relation(names: Sequence[str], head: str, tail: str, known: bool) -> tuple[str, bool] | None:
    """The column of relations, and whether it is a guess."""
    left = [n for n in names if n not in (head, tail)]
    word = next((r for r in _RELATIONS if r in left), None)
    if word is not None:
        return word, not known
    stray = [n for n in left if n not in _NO_RELATION]
    return (stray[0], True) if len(left) == len(stray) == 1 and not known else None


def _beside(names: Sequence[str], end: str, words: Sequence[str]) -> str | None:
    """The column that says this of an end: `x_name` beside `x_id`, `node1;label` beside `node1`."""
    stem = end.removesuffix("_id")
    return next((n for word in words for n in (f"{stem}_{word}", f"{stem};{word}") if n in names), None)
