"""Finding entities by what they are called: names, aliases and ids of a graph, searched in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from graph_schema.arrays import Ints
from graph_schema.errors import UnknownName

_MOST = 20_000
"""Places looked at for one search: a letter that stands everywhere must not take a second."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entity found, the text that matched, and how well: 0 the whole of it … 3 somewhere in it."""

    id: str
    name: str
    type: str
    matched: str
    quality: int


class _Matches(NamedTuple):
    """By matching entity, in order: its number, that of the text that matched best, and how well."""

    entity: Ints
    text: Ints
    quality: Ints


class NameIndex:
    """All names, aliases and ids of a graph.

    Args:
        names: Columns as `kgplatform.views.names` gives them.
    """

    def __init__(self, names: Mapping[str, list[Any]]) -> None:
        self._ids, self._names, self._types = names["id"], names["name"], names["type"]
        self._texts: list[str] = []
        owner: list[int] = []
        for i, (id_, name, aliases) in enumerate(zip(self._ids, self._names, names["aliases"], strict=True)):
            for text in dict.fromkeys((name, id_, *aliases)):
                self._texts.append(text)
                owner.append(i)
        self._by_id = {id_: place for place, id_ in enumerate(self._ids)}
        self._owner = np.array(owner, dtype=np.int64)
        self._kinds = sorted(set(self._types))
        place = {kind: i for i, kind in enumerate(self._kinds)}
        self._kind = np.array([place[kind] for kind in self._types], dtype=np.int64)
        self._length = np.array([len(name) for name in self._names], dtype=np.int64)
        folded = [_folded(text) for text in self._texts]
        self._all = "\n" + "\n".join(folded) + "\n"
        lengths = np.array([len(text) + 1 for text in folded], dtype=np.int64)
        self._starts: Ints = 1 + np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._last: tuple[str, _Matches] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._by_id

    def name_of(self, id_: str) -> str:
        """What the entity of an id is called; the id itself where there is none."""
        return self._names[self._by_id[id_]] if id_ in self._by_id else id_

    def search(
        self, text: str, *, types: Collection[str] = (), limit: int = 50
    ) -> tuple[list[Found], Counter[str]]:
        """Entities called so, best first: the whole text, its beginning, that of a word, anywhere in it.

        Args:
            text: What to look for, without regard to case; empty finds everything.
            types: Node types to keep; none for all.
            limit: Entities at most.

        Returns:
            The entities; and how many there are of each node type, before `types` is applied.
        """
        wanted, last = _folded(text.strip()), self._last
        found = last[1] if last is not None and last[0] == wanted else self._matches(wanted)
        self._last = wanted, found
        numbers = np.bincount(self._kind[found.entity], minlength=len(self._kinds))
        counts = Counter({k: int(n) for k, n in zip(self._kinds, numbers, strict=True) if n})
        kept = np.arange(len(found.entity))
        if types:
            wanted_kinds = [i for i, kind in enumerate(self._kinds) if kind in types]
            kept = kept[np.isin(self._kind[found.entity], wanted_kinds)]
        return [self._found(found, int(i)) for i in self._best(found, kept, limit)], counts

    def id_of(self, text: str) -> str:
        """Id of the one entity called so: an id, else a whole name or alias. Raises: UnknownName."""
        if text in self._by_id:
            return text
        found, _ = self.search(text, limit=20)
        exact = [f for f in found if f.quality == 0]
        if len(exact) == 1:
            return exact[0].id
        near = [f"{f.name} ({f.id})" for f in exact or found[:10]]
        raise UnknownName("entity", text, near, hint="give the id of one of them" if near else None)

    def _matches(self, wanted: str) -> _Matches:
        """The best match of each entity."""
        if not wanted:
            entity, text = np.unique(self._owner, return_index=True)
            return _Matches(entity, text, np.full(len(entity), 3))
        places: list[Ints] = []
        quality: list[Ints] = []
        for rank, before in ((1, "\n"), (2, " "), (3, "")):  # the likely first: a cap leaves out the unlikely
            at = np.array(list(islice(self._places(before + wanted), _MOST)), dtype=np.int64) + len(before)
            whole = [rank == 1 and self._all[i + len(wanted)] == "\n" for i in at.tolist()]
            places.append(at)
            quality.append(rank - np.array(whole, dtype=np.int64))
        ranked = np.concatenate(quality)
        order = np.argsort(ranked, kind="stable")
        text = np.searchsorted(self._starts, np.concatenate(places)[order], side="right") - 1
        entity, first = np.unique(self._owner[text], return_index=True)  # the first is the best
        return _Matches(entity, text[first], ranked[order][first])

    def _places(self, wanted: str) -> Iterator[int]:
        at = self._all.find(wanted)
        while at >= 0:
            yield at
            at = self._all.find(wanted, at + 1)

    def _best(self, found: _Matches, kept: Ints, limit: int) -> list[int]:
        """Places among the matches, best first: by quality, then short names before long ones."""
        rough = found.quality[kept] * 2**32 + self._length[found.entity[kept]]
        if 0 < limit < len(kept):
            kept = kept[rough <= np.partition(rough, limit - 1)[limit - 1]]

        def order(i: int) -> tuple[int, int, str, str]:
            e = int(found.entity[i])
            return int(found.quality[i]), len(self._names[e]), self._names[e], self._ids[e]

        return sorted(kept.tolist(), key=order)[:limit] if limit else []

    def _found(self, found: _Matches, i: int) -> Found:
        e = int(found.entity[i])
        text = self._texts[int(found.text[i])]
        return Found(self._ids[e], self._names[e], self._types[e], text, int(found.quality[i]))


def _folded(text: str) -> str:
    return text.casefold().replace("\n", " ")
