"""Facts held out, for graphs without splits of their own: one draw, at import or when a graph is learned."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions at import time)

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_schema.arrays import Ints, Mask
from graph_schema.errors import InputError, UsageError
from graph_schema.names import Names
from graph_schema.schema import GraphSchema
from graph_schema.tables import GraphData
from graph_schema.triples import TripleSet, Vocabulary
from kgplatform.graphs.mirrors import Fact, Mirrors, undeclared

HELD_OUT = ("valid", "test")
_SEED = "20220425"
_PLACES = 2**48
_AT_A_TIME = 65_536


@dataclass(frozen=True, slots=True)
class Draw:
    """(V,) and (T,) rows held out as valid and as test; (K,) places of facts that could not be spared."""

    valid: Ints
    test: Ints
    kept: Ints


def places(facts: Ints, vocabulary: Vocabulary, mirrors: Mirrors) -> Ints:
    """(N,) a place in [0, 2**48) of each fact, by its names alone: the same in every graph it stands in.

    Facts that mirror each other have the same; see `Mirrors.as_one`.

    Args:
        facts: (N, 3) ids of head, relation and tail.
        vocabulary: Whose names these are.
        mirrors: What is declared.
    """
    names = vocabulary.entities
    entities = names.array if isinstance(names, Names) else pa.array(names, pa.string())
    relations = vocabulary.relations
    families = pa.array([mirrors.family.get(name, name) for name in relations], pa.string())
    always, by_name = (
        np.array([name in mirrors.side and mirrors.side[name] == side for name in relations], dtype=bool)
        for side in (1, None)
    )
    found = np.empty(len(facts), dtype=np.int64)
    for start in range(0, len(facts), _AT_A_TIME):
        heads, which, tails = facts[start : start + _AT_A_TIME].T
        swapped = always[which] | (by_name[which] & (tails < heads))
        first, last = np.where(swapped, tails, heads), np.where(swapped, heads, tails)
        words = [
            some.take(pa.array(ids)) for some, ids in ((entities, first), (families, which), (entities, last))
        ]
        texts = pc.binary_join_element_wise(pa.scalar(_SEED), *words, "\x1f").cast(pa.binary()).to_pylist()
        digests = b"".join([hashlib.blake2b(text, digest_size=16).digest() for text in texts])
        found[start : start + len(texts)] = np.frombuffer(digests, ">u8")[::2] >> 16
    return found


def draw(
    facts: Ints,
    where: Ints,
    share: float,
    *,
    kept: Ints,
    parts: Sequence[str] = HELD_OUT,
    least: int = 1,
    may: Mask | None = None,
) -> Draw:
    """Hold out as valid the facts whose places lie in the first share of all places, as test in the next.

    A fact stays if its ends or its relation would then stand in no other fact: it was learned from, and
    must be given again as `kept` when the graph has grown. Facts of one place go together, or none.

    Args:
        facts: (N, 3) ids of head, relation and tail.
        where: (N,) places.
        share: Of all places, in each part.
        kept: Places of facts that stay whatever their place is.
        parts: Which to draw.
        least: Facts in each part, if they can be spared, even where too few have such a place.
        may: (N,) facts that may be drawn, with those of the same place; None: all.
    """
    free = _without(where if may is None else where[may], kept)
    stock = _Stock(facts, where)
    drawn: dict[str, list[int]] = {name: [] for name in HELD_OUT}
    stay: list[int] = []
    for part in parts:
        first, after = (round((HELD_OUT.index(part) + i) * share * _PLACES) for i in (0, 1))
        drawn[part], could_not = stock.take_all(free[(free >= first) & (free < after)])
        stay += could_not
    if any(len(drawn[part]) < least for part in parts):
        gone = where[[row for rows in drawn.values() for row in rows]]
        others = iter(_without(free, gone).tolist())
        for part in parts:
            while len(drawn[part]) < least and (place := next(others, None)) is not None:
                drawn[part] += stock.take(place)
    valid, test = (np.array(sorted(drawn[name]), dtype=np.int64) for name in HELD_OUT)
    return Draw(valid, test, np.array(stay, dtype=np.int64))


def _without(values: Ints, others: Ints) -> Ints:
    """Values that are not among the others, sorted and each once: of millions quicker than `np.setdiff1d`."""
    ordered, gone = np.sort(values), np.append(np.sort(others), np.iinfo(np.int64).max)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    ordered = ordered[first]
    found: Ints = ordered[gone[np.searchsorted(gone, ordered)] != ordered]
    return found


class _Stock:
    """Facts to take from, as long as every entity and relation keeps one.

    Args:
        facts: (N, 3) ids.
        where: (N,) places.
    """

    def __init__(self, facts: Ints, where: Ints) -> None:
        self._facts = facts
        self._sizes = [int(facts[:, ids].max(initial=-1)) + 1 for ids in ([0, 2], [1])]
        self._entities, self._relations = self._counts(np.arange(len(facts)))
        self._order = np.argsort(where, kind="stable")
        self._ordered = where[self._order]

    def take_all(self, wanted: Ints) -> tuple[list[int], list[int]]:
        """(rows taken, places of which nothing can be spared), as if each were taken in turn.

        At once go those whose ends and relations would stand in another fact even if all were taken, and none
        of those that stand in one fact alone. What is between the two depends on the order.

        Args:
            wanted: (P,) places in the order of taking.
        """
        first, after = (np.searchsorted(self._ordered, wanted, side=s) for s in ("left", "right"))
        many = after - first
        place = np.repeat(np.arange(len(wanted)), many)
        rows = self._order[np.arange(len(place)) + np.repeat(first - (np.cumsum(many) - many), many)]
        alone = self._scarce(rows, self._entities <= 1, self._relations <= 1) & (many[place] == 1)
        rows, place, hopeless = rows[~alone], place[~alone], wanted[place[alone]]
        entities, relations = self._counts(rows)
        doubtful = np.zeros(len(wanted), dtype=bool)
        doubtful[place[self._scarce(rows, self._entities <= entities, self._relations <= relations)]] = True
        sure = rows[~doubtful[place]]
        entities, relations = self._counts(sure)
        self._entities -= entities
        self._relations -= relations
        taken, could_not = sure.tolist(), hopeless.tolist()
        for one in wanted[doubtful].tolist():
            some = self.take(one)
            taken += some
            if not some:
                could_not.append(one)
        return taken, sorted(could_not)

    def _scarce(self, rows: Ints, entities: Mask, relations: Mask) -> Mask:
        """(R,) rows of which an end or the relation is among these. Args: entities: (E,); relations: (m,)."""
        heads, which, tails = self._facts[rows].T
        scarce: Mask = entities[heads] | relations[which] | entities[tails]
        return scarce

    def _counts(self, rows: Ints) -> tuple[Ints, Ints]:
        """(E,) and (m,) in how many of the rows each entity and relation stands."""
        heads, which, tails = self._facts[rows].T
        ends = np.concatenate([heads, tails[heads != tails]])  # a loop is one fact of its entity
        return np.bincount(ends, minlength=self._sizes[0]), np.bincount(which, minlength=self._sizes[1])

    def take(self, place: int) -> list[int]:
        """The rows of a place, which are then gone; none where one of them cannot be spared."""
        first, after = (np.searchsorted(self._ordered, place, side=s) for s in ("left", "right"))
        rows = self._order[first:after]
        ends = np.concatenate([np.unique(self._facts[row, [0, 2]]) for row in rows])
        entities, of_each = np.unique(ends, return_counts=True)
        relations, of_relation = np.unique(self._facts[rows, 1], return_counts=True)
        if (self._entities[entities] <= of_each).any() or (self._relations[relations] <= of_relation).any():
            return []
        self._entities[entities] -= of_each
        self._relations[relations] -= of_relation
        taken: list[int] = rows.tolist()
        return taken


def packed(kept: Ints) -> str:
    """Places as text that a graph's node holds."""
    return base64.b64encode(np.unique(kept).astype(">u8").tobytes()).decode()


def unpacked(text: str) -> Ints:
    """(K,) sorted places. Args: text: as `packed` gives it; empty: none."""
    return np.frombuffer(base64.b64decode(text), ">u8").astype(np.int64)


def with_held_out(
    schema: GraphSchema,
    data: GraphData,
    share: float,
    *,
    kept: Ints,
    stored: Mapping[Fact, str] | None = None,
    target: str | None = None,
) -> tuple[GraphData, list[str]]:
    """The same graph with a share of its facts marked `valid`, as many `test`, and all others `train`.

    Drawn are facts of the target relation, with those that mirror them; of every relation where none is given
    and the schema is open or has no target. See `draw`.

    Args:
        schema: The graph's.
        data: Facts without splits.
        share: Of the facts drawn from, between 0 and 0.5.
        kept: Places of facts that were learned from; see `draw`.
        stored: Splits of facts that stand in the graph already, which they keep.
        target: A relation or type; None: the schema's.

    Returns:
        The graph, and sentences: how many were held out, and what of it can be read off other facts.

    Raises:
        UsageError: the share is out of range.
        InputError: the files have splits, or there are too few facts to hold one out for each split.
    """
    if not 0 < share < 0.5:
        raise UsageError(f"a share of {share} to hold out; wanted more than 0 and less than 0.5")
    own = [s for s in data.facts["split"].unique().to_pylist() if s is not None]
    if own:
        raise InputError(
            f"files with splits of their own ({', '.join(sorted(own))})",
            wanted="files without splits, to hold facts out of",
            hint="Leave --hold-out away",
        )
    heads, relations, tails = (data.facts[c].to_pylist() for c in ("head", "relation", "tail"))
    facts = list(zip(heads, relations, tails, strict=True))
    target = target or (None if schema.open else schema.target)
    mirrors = Mirrors.of(schema)
    vocabulary = Vocabulary.of([*heads, *tails], relations)
    ids = vocabulary.encode(heads, relations, tails)
    where = places(ids, vocabulary, mirrors)
    before = {row: (stored or {}).get(fact) for row, fact in enumerate(facts)}
    learned = np.array([row for row, part in before.items() if part == "train"], dtype=np.int64)
    stay = np.unique(np.concatenate([kept, where[learned]]))
    types = relations if schema.open else data.facts["type"].to_pylist()
    may = np.array([target in (None, type_) for type_ in types], dtype=bool)
    split = {row: part for row, part in before.items() if part in HELD_OUT}
    free = np.array([row for row in range(len(facts)) if row not in split], dtype=np.int64)
    drawn = draw(ids[free], where[free], share, kept=stay, may=may[free], least=0 if split else 1)
    for part, rows in (("valid", drawn.valid), ("test", drawn.test)):
        split |= dict.fromkeys(free[rows].tolist(), part)
    held = Counter(split[row] for row in split if may[row])
    what = "all relations" if target is None else target
    if min(held["valid"], held["test"]) == 0:
        raise InputError(
            f"{may.sum()} facts of {what}, of which {held.total()} can be held out",
            wanted="one for valid and one for test whose ends and relation stand in other facts too",
            hint=_others(types, target),
        )
    beside = len(split) - held.total()
    said = (
        f"{held['valid']} facts of {what} are held out as valid and {held['test']} as test"
        + (f", with {beside} of other relations that say the same from the other end" if beside else "")
        + (f"; {len(drawn.kept)} could not be spared" if len(drawn.kept) else "")
    )
    column = pa.array([split.get(row, "train") for row in range(len(facts))], pa.string())
    place = data.facts.column_names.index("split")
    marked = GraphData(data.nodes, data.facts.set_column(place, "split", column), data.relations, data.notes)
    leaks = undeclared(TripleSet.of(vocabulary, ids), mirrors)
    return marked, [said, *(str(leak) for leak in leaks if target in (None, leak.relation))]


def _others(types: Sequence[str], target: str | None) -> str:
    """What to do where a target has too few facts. Args: types: of each fact."""
    most = [name for name, _ in Counter(types).most_common(4) if name != target][:3]
    named = f"Name the relation that is asked with --target ({', '.join(most)}, …), or leave"
    return f"{named if most and target else 'Leave'} --hold-out away"
