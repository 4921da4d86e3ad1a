"""Names on their way into Cypher: quoting, graph names, and what ArcadeDB cannot hold as a type."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from graph_schema.errors import InputError
from graph_schema.reserved import RESERVED_LABELS, RESERVED_RELATIONS

ARCADEDB = "ArcadeDB"
NEO4J = "Neo4j"

_ARCADEDB_FORBIDDEN = "~*,"
_ARCADEDB_TYPE_BYTES = 200  # a type is a file name there, with a suffix of the server's own


def quoted(name: str) -> str:
    """The name as a Cypher symbol, whatever characters it has."""
    return "`" + name.replace("`", "``") + "`"


def check_graph_name(name: str) -> None:
    """Refuse names that cannot begin a key `<graph>/<id>`. Raises: InputError."""
    controls = any(unicodedata.category(c).startswith("C") for c in name)
    if not name or len(name) > 100 or "/" in name or controls or name != name.strip():
        raise InputError(
            f"graph name {name!r}",
            wanted="1 to 100 printable characters without '/' or blanks at the ends",
            hint="give another name, with --as on the command line",
        )


def check_types(product: str, labels: Iterable[str], relationship_types: Iterable[str]) -> None:
    """Refuse types the server cannot hold, before anything is written.

    ArcadeDB has one name space for labels and relationship types, stores each in a file of that name, and
    gives `~`, `*` and `,` meanings of its own.

    Raises:
        InputError: naming the type and why.
    """
    used = set(labels)
    for label in used:
        if label in RESERVED_LABELS or not label:
            raise InputError(f"node type {label!r}", wanted=f"a name other than {sorted(RESERVED_LABELS)}")
    for name in sorted(set(relationship_types)):
        if name in RESERVED_RELATIONS or not name:
            raise InputError(
                f"relation type {name!r}", wanted=f"a name other than {sorted(RESERVED_RELATIONS)}"
            )
        if product != ARCADEDB:
            continue
        if any(c in name for c in _ARCADEDB_FORBIDDEN):
            wanted = f"a name without any of {' '.join(_ARCADEDB_FORBIDDEN)}, which ArcadeDB cannot store"
        elif name in used or name in RESERVED_LABELS:
            wanted = "a name that is no node type as well: ArcadeDB has one name space for both"
        elif len(name.encode()) > _ARCADEDB_TYPE_BYTES:
            wanted = f"at most {_ARCADEDB_TYPE_BYTES} bytes in UTF-8, the most ArcadeDB can store"
        else:
            continue
        raise InputError(
            f"relation type {name!r}", wanted=wanted, hint="rename it in the data, or use a Neo4j store"
        )
