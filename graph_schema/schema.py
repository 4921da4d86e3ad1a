"""What may stand in a graph of a domain: node types, relation types, properties, sources."""

from __future__ import annotations

import hashlib
import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graph_schema.reserved import RESERVED_LABELS, RESERVED_PROPERTIES, RESERVED_RELATIONS

_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")

PropertyType = Literal["string", "integer", "float", "boolean", "strings"]


class Frozen(BaseModel):
    """Base of everything that crosses a file or process boundary: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PropertySpec(Frozen):
    """One property of a node or relation type."""

    name: str
    type: PropertyType = "string"
    description: str = ""


class Source(Frozen):
    """Where facts come from. `url` is named only where the page was read."""

    name: str
    licence: str
    version: str | None = None
    url: str | None = None
    description: str = ""


class NodeType(Frozen):
    """A label of entities, such as `Drug`."""

    name: str
    description: str = ""
    properties: tuple[PropertySpec, ...] = ()


class RelationType(Frozen):
    """A relationship type, such as `INTERACTS_WITH`, with the node types of its two ends.

    `template` says a fact as a sentence, with `{head}` and `{tail}`, `question` asks why it holds. `display`
    is the relation in words, as between two names; else its name in lower case with blanks. `symmetric` facts
    are stored once and read in both directions. `many` types hold several relations, told apart by the
    `relation` property. `implies` names relations that say less: where a fact of this one joins two
    entities, theirs add nothing. `inverse_of` names relations of which one says the same fact read from its
    other end (a mother's is SON or DAUGHTER); said of one of the two it holds for both. Facts that mirror
    each other are held out together.
    """

    name: str
    head: tuple[str, ...]
    tail: tuple[str, ...]
    description: str = ""
    display: str | None = None
    template: str | None = None
    question: str | None = None
    symmetric: bool = False
    many: bool = False
    implies: tuple[str, ...] = ()
    inverse_of: tuple[str, ...] = ()
    properties: tuple[PropertySpec, ...] = ()


class GraphSchema(Frozen):
    """A domain: the types its graphs hold, their sources, and what is predicted in them.

    An `open` schema accepts any relation name a file brings, between its (single) node type; a closed one
    accepts only `relation_types`. `aliases` maps relation names as files spell them (lower case) to ours.
    Of several graphs, one whose domain has the lowest `place` is shown first.
    """

    domain: str
    title: str
    description: str
    licence: str
    version: str = "1"
    disclaimer: str | None = None
    open: bool = False
    place: int = 100
    target: str | None = Field(default=None, description="the relation promoted and predicted by default")
    node_types: tuple[NodeType, ...]
    relation_types: tuple[RelationType, ...] = ()
    sources: tuple[Source, ...] = ()
    aliases: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_usable(self) -> Self:
        labels = [t.name for t in self.node_types]
        relations = [t.name for t in self.relation_types]
        for kind, names, reserved in (
            ("node type", labels, RESERVED_LABELS),
            ("relation type", relations, RESERVED_RELATIONS),
        ):
            for name in names:
                if name in reserved:
                    raise ValueError(f"{kind} {name!r} is reserved; reserved are {sorted(reserved)}")
                if not _LABEL.match(name):
                    raise ValueError(f"{kind} {name!r}: wanted letters, digits and _, a letter first")
            if len(set(names)) != len(names):
                raise ValueError(f"{kind} named twice in {names}")
        for node_type in self.node_types:
            for spec in node_type.properties:
                if spec.name in RESERVED_PROPERTIES:
                    raise ValueError(f"property {spec.name!r} of {node_type.name!r} is reserved")
        for relation in self.relation_types:
            for end in (*relation.head, *relation.tail):
                if end not in labels:
                    raise ValueError(f"relation {relation.name!r} ends at {end!r}; node types are {labels}")
            for other in relation.implies:
                if other not in relations or other == relation.name:
                    raise ValueError(
                        f"relation {relation.name!r} implies {other!r}; wanted another relation type"
                    )
            for other in relation.inverse_of:
                if other not in relations:
                    raise ValueError(
                        f"relation {relation.name!r} is inverse of {other!r}; relation types are {relations}"
                    )
        for alias, name in self.aliases.items():
            if name not in relations:
                raise ValueError(f"alias {alias!r} means {name!r}; relation types are {relations}")
        if self.target is not None and not self.open and self.target not in relations:
            raise ValueError(f"target {self.target!r}; relation types are {relations}")
        if self.open and len(self.node_types) != 1:
            raise ValueError("an open schema has exactly one node type")
        return self

    def node_type(self, name: str) -> NodeType | None:
        """The node type of that name, or None."""
        return next((t for t in self.node_types if t.name == name), None)

    def relation_type(self, name: str) -> RelationType | None:
        """The relation type of that name (case and aliases considered), or None."""
        wanted = self.aliases.get(name.lower(), name).lower()
        return next((t for t in self.relation_types if t.name.lower() == wanted), None)

    def fingerprint(self) -> str:
        """SHA-256 of the schema, as hexadecimal digits."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
