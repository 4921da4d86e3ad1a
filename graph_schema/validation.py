"""The rules a graph obeys before any of it is written: names, types, ends, identities."""

from __future__ import annotations

import pyarrow as pa

from graph_schema.errors import InputError
from graph_schema.reserved import RESERVED_PROPERTIES, RESERVED_RELATIONS
from graph_schema.schema import GraphSchema, RelationType
from graph_schema.tables import SPLITS, GraphData

LONGEST_RELATION = 200
"""Characters of a relation's name; servers keep it in names of files."""

_RESERVED = {name.lower(): name for name in RESERVED_RELATIONS}
_NODE_KEYS = frozenset({"id", "type", "name", "aliases"})
_FACT_KEYS = frozenset({"head", "relation", "tail", "type", "sources", "imported_from", "split"})


def relation_fault(name: str) -> tuple[str, str] | None:
    """(found, wanted) of what keeps a file's own relation name out of a graph, or None."""
    if name.lower() in _RESERVED:
        return (
            f"the relation name {name!r}",
            f"a name that is not reserved ({', '.join(sorted(_RESERVED.values()))})",
        )
    if len(name) > LONGEST_RELATION:
        return f"a relation name of {len(name):,} characters", f"at most {LONGEST_RELATION} characters"
    return None


def property_fault(name: str) -> tuple[str, str] | None:
    """(found, wanted) of what keeps a property name out, or None."""
    if name in RESERVED_PROPERTIES:
        return (
            f"the property name {name!r}",
            f"one that is not reserved ({', '.join(sorted(RESERVED_PROPERTIES))})",
        )
    return None


def end_fault(relation: RelationType, head: str, tail: str) -> tuple[str, str] | None:
    """(found, wanted) where node types `head` and `tail` are not those of the relation's ends, or None."""
    if head not in relation.head:
        return f"a head of type {head} for {relation.name}", f"a head of type {' or '.join(relation.head)}"
    if tail not in relation.tail:
        return f"a tail of type {tail} for {relation.name}", f"a tail of type {' or '.join(relation.tail)}"
    return None


def check_graph(schema: GraphSchema, data: GraphData) -> None:
    """Check a whole graph against its schema, however it was made.

    Raises:
        InputError: naming the first node, relation or fact that breaks a rule.
    """
    if data.nodes.num_rows == 0 or data.facts.num_rows == 0:
        raise InputError("a graph without facts", wanted="at least one fact")
    _check_columns(data)
    _check_nodes(schema, data.nodes)
    _check_relations(schema, data.relations)
    _check_facts(schema, data)
    _check_symmetric(schema, data.facts)


def _check_columns(data: GraphData) -> None:
    for table, own in ((data.nodes, _NODE_KEYS), (data.facts, _FACT_KEYS)):
        for name in set(table.column_names) - own:
            _raise(property_fault(name))


def _check_nodes(schema: GraphSchema, nodes: pa.Table) -> None:
    for name in nodes["type"].unique().to_pylist():
        if schema.node_type(name) is None:
            raise InputError(f"node type {name!r}", wanted=f"one of {[t.name for t in schema.node_types]}")
    if len(nodes["id"].unique()) != nodes.num_rows:
        twice = next(c["values"] for c in nodes["id"].value_counts().to_pylist() if c["counts"] > 1)
        raise InputError(f"the id {twice!r} twice", wanted="each id once")


def _check_relations(schema: GraphSchema, relations: pa.Table) -> None:
    for name, kind in zip(relations["name"].to_pylist(), relations["type"].to_pylist(), strict=True):
        _raise(relation_fault(name) or relation_fault(kind))
        known = schema.relation_type(kind)
        if known is None and not schema.open:
            raise InputError(
                f"relation type {kind!r}", wanted=f"one of {[t.name for t in schema.relation_types]}"
            )
        if known is not None and name != kind and not known.many:
            raise InputError(f"relation {name!r} of type {kind!r}", wanted=f"{kind!r}, which is one relation")


def _check_facts(schema: GraphSchema, data: GraphData) -> None:
    facts = data.facts
    kinds = dict(zip(data.nodes["id"].to_pylist(), data.nodes["type"].to_pylist(), strict=True))
    for end in ("head", "tail"):
        missing = [id_ for id_ in facts[end].unique().to_pylist() if id_ not in kinds]
        if missing:
            raise InputError(f"a fact whose {end} {missing[0]!r} is no node", wanted="a node of that id")
    named = set(data.relations["name"].to_pylist())
    for name in facts["relation"].unique().to_pylist():
        if name not in named:
            raise InputError(f"a fact of relation {name!r}", wanted="a relation that the graph names")
    columns = [facts[name].to_pylist() for name in ("head", "relation", "tail")]
    if len(set(zip(*columns, strict=True))) != facts.num_rows:
        raise InputError("a fact twice", wanted="each (head, relation, tail) once, in one split")
    for split in facts["split"].unique().to_pylist():
        if split is not None and split not in SPLITS:
            raise InputError(f"split {split!r}", wanted=f"one of {SPLITS}, or none")
    ends = (map(kinds.__getitem__, columns[end]) for end in (0, 2))
    for type_, head, tail in sorted(set(zip(facts["type"].to_pylist(), *ends, strict=True))):
        relation = schema.relation_type(type_)
        if relation is not None:
            _raise(end_fault(relation, head, tail))


def _check_symmetric(schema: GraphSchema, facts: pa.Table) -> None:
    """A symmetric relation stands once for a pair; its named variants have a direction of their own."""
    symmetric = {t.name for t in schema.relation_types if t.symmetric}
    if symmetric.isdisjoint(facts["relation"].unique().to_pylist()):
        return
    columns = (facts[name].to_pylist() for name in ("head", "relation", "tail"))
    for head, relation, tail in zip(*columns, strict=True):
        if relation in symmetric and tail < head:
            raise InputError(
                f"({head!r}, {relation!r}, {tail!r}) of a symmetric relation",
                wanted="the end that sorts first as head, so that the fact stands once",
            )


def _raise(fault: tuple[str, str] | None) -> None:
    if fault is not None:
        raise InputError(fault[0], wanted=fault[1])
