"""Drugs that are in no graph, described in a line each and added to a pulled graph; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from graph_schema.errors import InputError, MissingExtra, UnknownName
from graph_schema.schema import GraphSchema
from graph_schema.triples import TripleSet
from graph_schema.wording import display_of, in_words
from kgplatform.graphs.naming import entities_called
from kgplatform.graphs.pulling import PulledGraph


@dataclass(frozen=True, slots=True)
class Added:
    """Somebody who is not in the graph: a name, a structure, and facts with who is there.

    `facts` are (relation, id of the other); `notes` say what was understood otherwise than it was written.
    """

    name: str
    smiles: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def read_added(graph: PulledGraph, text: str) -> Added:
    """From a line "NAME; smiles=…; inhibits=CYP2C9, CYP3A4; targets=…".

    A key is a relation that leads from the graph's target's kind to another, by its name or its words: of
    HAS_ENZYME "has enzyme", "enzyme" and "enzymes" do. One that the graph has no fact of is told by what it
    implies, and of several by what the other end has most facts of: who inhibits an enzyme has that enzyme.

    Raises:
        InputError: no name, or that of somebody in the graph; a part that is no key and value; a SMILES that
            is none.
        UnknownName: no such key; nobody is called so where the key leads.
        MissingExtra: a structure, and RDKit is not installed.
    """
    name, *parts = (part.strip() for part in text.split(";"))
    if not name or "=" in name:
        raise InputError(
            f"a drug without a name: {text!r}",
            wanted='its name first, as in "NAME; smiles=…; inhibits=CYP2C9"',
        )
    if entities_called(graph, name):
        raise InputError(
            f"{name!r}, which is in graph {graph.name!r} already",
            wanted="a name of its own for a drug that is added",
            hint="Leave the description out to ask about the one that is there",
        )
    smiles, facts, notes = "", list[tuple[str, str]](), list[str]()
    for part in filter(None, parts):
        key, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or not value:
            raise InputError(f"{part!r} of the drug {name!r}", wanted="KEY=VALUE, such as inhibits=CYP2C9")
        if key.casefold() == "smiles":
            smiles = _structure(value)
            continue
        said, able = _relation(graph, key)
        for one in filter(str.strip, value.split(",")):
            other = _other(graph, able[0], one)
            relation = _commonest(graph, able, other)
            facts.append((relation, other))
            if relation != said:
                notes.append(f"{said} is told as {relation}: graph {graph.name!r} has no facts of {said}")
    return Added(name, smiles, tuple(dict.fromkeys(facts)), tuple(dict.fromkeys(notes)))


def added_keys(graph: PulledGraph) -> tuple[str, ...]:
    """The keys that `read_added` takes for relations of a graph, those to the commonest kind first.

    Raises:
        InputError: see `asked_kind`.
    """
    kind, schema = asked_kind(graph), graph.schema
    able = [t for t in schema.relation_types if kind in t.head and kind not in t.tail]
    there = {t.name for t in able if t.name in graph.relation_types and t.name in graph.vocabulary.relations}
    fit = [t for t in able if t.name in there or there & set(t.implies)]
    tails = [t.tail for t in fit]
    fit.sort(key=lambda t: -tails.count(t.tail))
    return tuple(min(_called(schema, t.name), key=len) for t in fit)


def with_added(graph: PulledGraph, added: Sequence[Added]) -> PulledGraph:
    """The same graph with these behind all others, so that numbers of entities and facts stay what they are.

    Raises:
        InputError: two are called the same.
    """
    vocabulary, names = graph.vocabulary, [one.name for one in added]
    if len(set(names)) < len(names):
        raise InputError(f"drugs to add called {names}", wanted="a name of its own for each")
    structures = {**vocabulary.structures, **{one.name: one.smiles for one in added if one.smiles}}
    wider = replace(vocabulary, entities=(*vocabulary.entities, *names), structures=structures)
    rows = [(one.name, relation, other) for one in added for relation, other in one.facts]
    fresh = wider.encode(*(list(column) for column in zip(*rows, strict=True))) if rows else None
    known, valid, test = (part.triples for part in (graph.known, graph.valid, graph.test))
    if fresh is not None:
        known = TripleSet.of(wider, np.concatenate([known, fresh])).triples
    kind = graph.type_names.index(asked_kind(graph))
    other = replace(graph, arrays=None)
    other.__dict__.update(  # cached properties, set before their first use
        vocabulary=wider,
        _parts=(known, valid, test),
        entity_types=np.concatenate([graph.entity_types, np.full(len(names), kind)]),
        names=graph.names | {name: name for name in names},
        called=graph.called | {name.casefold(): [name] for name in names},
    )
    return other


def asked_kind(graph: PulledGraph) -> str:
    """The kind of entity of which the graph's target tells pairs. Raises: InputError: it is not known."""
    kind = graph.schema.relation_type(graph.type_of(graph.targets[0]))
    if kind is None or len(kind.head) != 1 or kind.head != kind.tail:
        raise InputError(
            f"the target {graph.targets[0]!r} of graph {graph.name!r}",
            wanted="a target between two of one kind, such as drugs",
        )
    return kind.head[0]


def _structure(smiles: str) -> str:
    from trainers.analogues.structures import can_read_structures, is_structure

    if not can_read_structures():
        raise MissingExtra("chem", "A drug described by its structure", "rdkit")
    if not is_structure(smiles):
        raise InputError(
            f"the structure {smiles!r}", wanted="a SMILES that RDKit reads, such as CC(=O)Oc1ccccc1C(=O)O"
        )
    return smiles


def _commonest(graph: PulledGraph, relations: Sequence[str], other: str) -> str:
    """The relation of which somebody has most facts as tail; the first of those level."""
    triples, vocabulary = graph.known.triples, graph.vocabulary
    here = triples[triples[:, 2] == vocabulary.entity(other), 1]
    return max(relations, key=lambda name: int((here == vocabulary.relation(name)).sum()))


def _relation(graph: PulledGraph, key: str) -> tuple[str, list[str]]:
    """The relation of a key, and those of the graph that may tell it. Raises: UnknownName."""
    kind, schema = asked_kind(graph), graph.schema
    able = {t.name: t for t in schema.relation_types if kind in t.head and kind not in t.tail}
    there = {name for name in able if name in graph.relation_types and name in graph.vocabulary.relations}
    wanted = _bare(key)
    found = [name for name in able if wanted in _called(schema, name)]
    for name in found:
        if name in there:
            return name, [name]
    for name in found:
        implied = [other for other in able[name].implies if other in there]
        if implied:
            return name, implied
    raise UnknownName("key", key, ["smiles", *added_keys(graph)])


def _called(schema: GraphSchema, relation: str) -> set[str]:
    """What a key may be to mean a relation."""
    words = {relation, in_words(relation), display_of(schema, relation)}
    return {_bare(one) for one in words}


def _bare(text: str) -> str:
    """Without case, joints and what only makes a sentence of it."""
    words = [word for word in in_words(text.strip()).split() if word not in ("has", "the", "of", "is")]
    return " ".join(words).removesuffix("s")


def _other(graph: PulledGraph, relation: str, text: str) -> str:
    """Id of who is meant by a value. Raises: UnknownName, InputError: several are."""
    text, (_, able) = text.strip(), graph.allowed(relation)
    ids = graph.vocabulary.entity_ids
    named = [one for one in entities_called(graph, text) if able[ids[one]]]
    if len(named) == 1:
        return named[0]
    kinds = graph.schema.relation_type(graph.type_of(relation))
    what = " or ".join(kinds.tail) if kinds else "entity"
    if not named:
        entities = graph.vocabulary.entities
        raise UnknownName(what, text, [graph.names[entities[i]] for i in np.flatnonzero(able).tolist()])
    raise InputError(
        f"{len(named)} called {text!r} in graph {graph.name!r}",
        wanted=f"the id of one {what}: {', '.join(repr(one) for one in sorted(named)[:10])}",
    )
