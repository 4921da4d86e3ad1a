"""From what people call things to what a graph calls them."""

from __future__ import annotations

from graph_schema.errors import InputError, UnknownName
from kgplatform.graphs.pulling import PulledGraph


def find_entity(graph: PulledGraph, text: str) -> str:
    """Id of the entity called that: by key, id, unique name, or unique alias where no name fits.

    Case does not matter, unless only one of several is called exactly that.

    Raises:
        UnknownName: nothing is called that; names what is near.
        InputError: several are; lists their ids.
    """
    named = entities_called(graph, text)
    if len(named) > 1:
        raise InputError(
            f"{len(named)} entities called {text!r} in graph {graph.name!r}",
            wanted=f"the id of one: {', '.join(repr(e) for e in sorted(named)[:10])}",
        )
    if not named:
        raise UnknownName("entity", text, [*graph.names.values(), *graph.vocabulary.entity_ids])
    return named[0]


def entities_called(graph: PulledGraph, text: str) -> list[str]:
    """Ids of the entities that a text may mean, see `find_entity`: one, several or none."""
    for name in (text, text.removeprefix(graph.name + "/")):
        if name in graph.vocabulary.entity_ids:
            return [name]
    named = graph.called.get(text.casefold(), [])
    exactly = [e for e in named if graph.names[e] == text]
    return exactly if len(exactly) == 1 else named


def find_relations(graph: PulledGraph, text: str | None) -> list[str]:
    """Relations called that: one, or all of a type; None are the graph's `targets`.

    Case does not matter where nothing is called exactly that. Raises: UnknownName.
    """
    known, wanted = graph.relation_types, text
    if not wanted:
        return list(graph.targets)
    if wanted in known:
        return [wanted]
    kind = graph.schema.relation_type(wanted)
    name = kind.name if kind else wanted
    found = (
        [r for r in known if r == name]
        or [r for r in known if r.casefold() == name.casefold()]
        or [r for r, t in known.items() if t == name]
        or [r for r, t in known.items() if t.casefold() == name.casefold()]
    )
    if not found:
        raise UnknownName("relation", wanted, known)
    return sorted(found)


def find_relation(graph: PulledGraph, text: str) -> str:
    """The one relation called that. Raises: UnknownName; InputError: it is a type of several."""
    names = find_relations(graph, text)
    if len(names) > 1:
        raise InputError(f"{text!r}, a type of {len(names)} relations", wanted=f"one of {names[:5]}")
    return names[0]
