"""Facts held out, for graphs without splits of their own: one draw, at import or when a graph is learned."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from graph_schema.arrays import Floats, Ints
from graph_schema.errors import InputError, UsageError
from graph_schema.reading import RowReport
from graph_schema.schema import GraphSchema
from graph_schema.tables import GraphData
from graph_schema.triples import TripleSet, Vocabulary

_SEED = "20220425"
_Fact = tuple[str, str, str]


def with_held_out(schema: GraphSchema, data: GraphData, share: float, rows: RowReport) -> GraphData:
    """The same graph with a share of its facts marked `valid`, as many `test`, and all others `train`.

    Drawn are facts of the schema's target relation; of every relation where the schema is open or has no
    target. Each fact has its place in the draw by a hash of itself, so the order of rows does not matter, and
    none is held out whose head, tail or relation would then stand in no fact of `train`.

    Args:
        schema: The graph's.
        data: Facts without splits.
        share: Of the facts drawn from, between 0 and 0.5.
        rows: Is told how many were held out.

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
    facts: list[_Fact] = list(zip(heads, relations, tails, strict=True))
    target = None if schema.open else schema.target
    types = data.facts["type"].to_pylist()
    drawn = [row for row, type_ in enumerate(types) if target in (None, type_)]
    wanted = max(1, round(share * len(drawn)))
    ids = Vocabulary.of([*heads, *tails], relations).encode(heads, relations, tails)
    chosen = draw(ids, sorted(drawn, key=lambda row: _place(facts[row])), 2 * wanted)
    split = {row: ("valid", "test")[i % 2] for i, row in enumerate(chosen)}
    held = Counter(split.values())
    what = "all relations" if target is None else target
    if min(held["valid"], held["test"]) == 0:
        raise InputError(
            f"{len(drawn)} facts of {what}, of which {len(split)} can be held out",
            wanted="one for valid and one for test whose ends and relation stand in other facts too",
            hint="Leave --hold-out away",
        )
    of_all = "" if held["test"] == wanted else f" ({wanted} each were wanted)"
    rows.note(f"{held['valid']} facts of {what} are held out as valid and {held['test']} as test{of_all}")
    column = pa.array([split.get(row, "train") for row in range(len(facts))], pa.string())
    place = data.facts.column_names.index("split")
    return GraphData(
        data.nodes, data.facts.set_column(place, "split", column), data.relations, tuple(rows.notes)
    )


def draw(facts: Ints, order: Iterable[int], wanted: int) -> list[int]:
    """The first `wanted` facts whose ends and relation still stand in another fact that is not drawn.

    Args:
        facts: (N, 3) ids of head, relation and tail.
        order: Rows that may be drawn, in the order in which they are tried.
        wanted: Facts drawn at most.

    Returns:
        Rows, in the order drawn.
    """
    once = facts[facts[:, 0] != facts[:, 2], 2]  # a loop is one fact of its entity
    entities = np.bincount(np.concatenate([facts[:, 0], once]))
    relations = np.bincount(facts[:, 1])
    drawn: list[int] = []
    for row in order:
        if len(drawn) == wanted:
            break
        head, relation, tail = facts[row]
        if entities[head] > 1 and entities[tail] > 1 and relations[relation] > 1:
            drawn.append(row)
            entities[[head, tail]] -= 1
            relations[relation] -= 1
    return drawn


def place_in_draw(facts: TripleSet) -> Floats:
    """(N,) a place in [0, 1) of each fact, by its names alone: the same in every graph it stands in."""
    entities, relations = facts.vocabulary.entities, facts.vocabulary.relations
    named = ((entities[h], relations[r], entities[t]) for h, r, t in facts.triples.tolist())
    places = (int.from_bytes(_place(fact)[:6], "big") / 2**48 for fact in named)
    return np.fromiter(places, np.float64, len(facts))


def _place(fact: _Fact) -> bytes:
    return hashlib.blake2b("\x1f".join((_SEED, *fact)).encode(), digest_size=16).digest()
