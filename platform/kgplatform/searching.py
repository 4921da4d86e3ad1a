"""Finding entities by what they are called: names, aliases and ids of a graph, searched in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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
        self._by_id = frozenset(self._ids)
        self._owner = np.array(owner, dtype=np.int64)
        folded = [_folded(text) for text in self._texts]
        self._all = "\n" + "\n".join(folded) + "\n"
        lengths = np.array([len(text) + 1 for text in folded], dtype=np.int64)
        self._starts: npt.NDArray[np.int64] = 1 + np.concatenate([[0], np.cumsum(lengths)[:-1]])

    def __len__(self) -> int:
        return len(self._ids)

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
        best = self._best(_folded(text.strip()))
        counts = Counter(self._types[i] for i in best)
        kept = [i for i in best if not types or self._types[i] in types]
        kept.sort(key=lambda i: (best[i][0], len(self._names[i]), self._names[i], self._ids[i]))
        found = [
            Found(self._ids[i], self._names[i], self._types[i], self._texts[best[i][1]], best[i][0])
            for i in kept[:limit]
        ]
        return found, counts

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

    def _best(self, wanted: str) -> dict[int, tuple[int, int]]:
        """By entity, the quality of its best match and the number of the text that matched."""
        if not wanted:
            return {i: (3, int(t)) for t, i in reversed(list(enumerate(self._owner.tolist())))}
        best: dict[int, tuple[int, int]] = {}
        for before in ("\n", " ", ""):  # the likely places first, so that a cap leaves out the unlikely
            at = self._all.find(before + wanted)
            for _ in range(_MOST):
                if at < 0:
                    break
                place = at + len(before)
                text = int(np.searchsorted(self._starts, place, side="right")) - 1
                quality = self._quality(place, wanted, before)
                entity = int(self._owner[text])
                if entity not in best or quality < best[entity][0]:
                    best[entity] = quality, text
                at = self._all.find(before + wanted, place)
        return best

    def _quality(self, place: int, wanted: str, before: str) -> int:
        if before == "\n":
            return 0 if self._all[place + len(wanted)] == "\n" else 1
        return 2 if before == " " else 3


def _folded(text: str) -> str:
    return text.casefold().replace("\n", " ")
