"""Ids of RDF's blank nodes: the same in every reading of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable

from pyoxigraph import BlankNode, Quad, Triple

Arc = tuple[str, str, bool]
"""(predicate, other end, whether that is the label of an anonymous node) of a statement about a node."""


def blank_ids(quads: Iterable[Quad], labels: Container[str], scoped: Callable[[str], str]) -> dict[str, str]:
    """The id of each blank node by its label in `quads`.

    A node that its file labels goes by that label. An anonymous one, for which the parser draws a label, goes
    by a hash of all that is said about it and of it, so that no fact elsewhere matters to it. Two that cannot
    be told apart by that get one id: what they say together, one of them says.

    Args:
        quads: The statements of one file.
        labels: Labels that stand in the file.
        scoped: Makes `_:label` an id.
    """
    about: dict[str, list[Arc]] = {}
    of: dict[str, list[Arc]] = {}
    ids: dict[str, str] = {}

    def is_anonymous(term: object) -> bool:
        return isinstance(term, BlankNode) and term.value not in labels

    def text(term: object) -> str:
        if isinstance(term, BlankNode):
            return term.value if is_anonymous(term) else scoped(f"_:{term.value}")
        if isinstance(term, Triple):
            parts = (term.subject, term.predicate, term.object)
            return " ".join("[]" if is_anonymous(part) else text(part) for part in parts)
        return str(term)

    for quad in quads:
        head, tail, graph = quad.subject, quad.object, quad.graph_name
        for term in (head, tail, graph):
            if isinstance(term, BlankNode):
                if is_anonymous(term):
                    about.setdefault(term.value, [])
                else:
                    ids[term.value] = text(term)
        inward, outward = is_anonymous(tail), is_anonymous(head)
        if outward:
            about[text(head)].append((quad.predicate.value, text(tail), inward))
        if inward:
            of.setdefault(text(tail), []).append((quad.predicate.value, text(head), outward))
    ids.update(_anonymous_ids(about, of))
    return ids


def _anonymous_ids(about: dict[str, list[Arc]], of: dict[str, list[Arc]]) -> dict[str, str]:
    order = _outermost_first(about, of)
    inner: dict[str, str] = {}
    for label in reversed(order):
        inner[label] = _hash(_texts(about[label], inner))
    ids: dict[str, str] = {}
    for label in order:
        ids[label] = f"_:anonymous-{_hash([inner[label], *_texts(of.get(label, ()), ids)])}"
    return ids


def _outermost_first(about: dict[str, list[Arc]], of: dict[str, list[Arc]]) -> list[str]:
    """Anonymous nodes, each after those around it: every syntax nests them, so that they form a forest."""
    roots = [label for label in about if not any(anonymous for _, _, anonymous in of.get(label, ()))]
    order: dict[str, None] = {}
    waiting = [*about, *roots]
    while waiting:
        label = waiting.pop()
        if label not in order:
            order[label] = None
            waiting += [other for _, other, anonymous in about[label] if anonymous]
    return list(order)


def _texts(arcs: Iterable[Arc], known: dict[str, str]) -> list[str]:
    return [
        f"{predicate} {known.get(other, '[]') if anonymous else other}"
        for predicate, other, anonymous in arcs
    ]


def _hash(parts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(parts)).encode(), digest_size=8).hexdigest()
