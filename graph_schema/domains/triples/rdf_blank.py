"""Ids of RDF's blank nodes: the same in every reading of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable

import pyoxigraph

Term = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple
Key = Callable[[object], str]


def blank_ids(
    quads: Iterable[pyoxigraph.Quad], labels: Container[str], scoped: Callable[[str], str]
) -> dict[str, str]:
    """The id of each blank node by its label in `quads`.

    A node that its file labels goes by that label. An anonymous one, for which the parser draws a label, goes
    by a hash of all that is said about it and of it, so that no fact elsewhere matters to it. Two that cannot
    be told apart by that get one id: what they say together, one of them says.

    Args:
        quads: The statements of one file.
        labels: Labels that stand in the file.
        scoped: Makes `_:label` an id.
    """
    about: dict[str, list[tuple[str, Term]]] = {}
    of: dict[str, list[tuple[Term, str]]] = {}
    ids: dict[str, str] = {}
    for quad in quads:
        for term in (quad.subject, quad.object, quad.graph_name):
            if isinstance(term, pyoxigraph.BlankNode):
                if term.value in labels:
                    ids[term.value] = scoped(f"_:{term.value}")
                else:
                    about.setdefault(term.value, [])
        if isinstance(quad.subject, pyoxigraph.BlankNode) and quad.subject.value in about:
            about[quad.subject.value].append((quad.predicate.value, quad.object))
        if isinstance(quad.object, pyoxigraph.BlankNode) and quad.object.value in about:
            of.setdefault(quad.object.value, []).append((quad.subject, quad.predicate.value))
    ids.update(_anonymous_ids(about, of, ids))
    return ids


def _anonymous_ids(
    about: dict[str, list[tuple[str, Term]]],
    of: dict[str, list[tuple[Term, str]]],
    labelled: dict[str, str],
) -> dict[str, str]:
    order = _outermost_first(about, of)
    inner: dict[str, str] = {}
    for label in reversed(order):
        inner[label] = _hash(f"{p} {_key(o, labelled, inner)}" for p, o in about[label])
    ids: dict[str, str] = {}
    for label in order:
        outer = (f"{_key(s, labelled, ids)} {p}" for s, p in of.get(label, ()))
        ids[label] = f"_:anonymous-{_hash([inner[label], *outer])}"
    return ids


def _outermost_first(
    about: dict[str, list[tuple[str, Term]]], of: dict[str, list[tuple[Term, str]]]
) -> list[str]:
    """Anonymous nodes, each after those around it: every syntax nests them, so that they form a forest."""

    def is_anonymous(term: Term) -> bool:
        return isinstance(term, pyoxigraph.BlankNode) and term.value in about

    roots = [label for label in about if not any(is_anonymous(subject) for subject, _ in of.get(label, ()))]
    order: dict[str, None] = {}
    waiting = [*about, *roots]
    while waiting:
        label = waiting.pop()
        if label not in order:
            order[label] = None
            waiting += [
                o.value for _, o in about[label] if isinstance(o, pyoxigraph.BlankNode) and is_anonymous(o)
            ]
    return list(order)


def _key(term: object, labelled: dict[str, str], anonymous: dict[str, str]) -> str:
    if isinstance(term, pyoxigraph.BlankNode):
        return labelled.get(term.value) or anonymous.get(term.value, "[]")
    if isinstance(term, pyoxigraph.Triple):
        parts = (_key(part, labelled, anonymous) for part in (term.subject, term.predicate, term.object))
        return f"<<{' '.join(parts)}>>"
    return str(term)


def _hash(parts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(parts)).encode(), digest_size=8).hexdigest()
