"""Facts held out at import, for graphs whose files have no splits of their own."""

from __future__ import annotations

import hashlib
from collections import Counter

import pyarrow as pa

from graph_schema.errors import InputError, UsageError
from graph_schema.reading import RowReport
from graph_schema.schema import GraphSchema
from graph_schema.tables import GraphData

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
    facts: list[_Fact] = list(
        zip(*(data.facts[c].to_pylist() for c in ("head", "relation", "tail")), strict=True)
    )
    target = None if schema.open else schema.target
    drawn = [
        fact
        for fact, type_ in zip(facts, data.facts["type"].to_pylist(), strict=True)
        if target in (None, type_)
    ]
    wanted = max(1, round(share * len(drawn)))
    split = _draw(facts, drawn, wanted)
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
    column = pa.array([split.get(fact, "train") for fact in facts], pa.string())
    place = data.facts.column_names.index("split")
    return GraphData(
        data.nodes, data.facts.set_column(place, "split", column), data.relations, tuple(rows.notes)
    )


def _draw(facts: list[_Fact], drawn: list[_Fact], wanted: int) -> dict[_Fact, str]:
    """Up to `wanted` facts for each split, in turn."""
    entities = Counter(end for head, _, tail in facts for end in {head, tail})
    relations = Counter(relation for _, relation, _ in facts)
    split: dict[_Fact, str] = {}
    for fact in sorted(drawn, key=_place):
        if len(split) == 2 * wanted:
            break
        head, relation, tail = fact
        if entities[head] > 1 and entities[tail] > 1 and relations[relation] > 1:
            split[fact] = ("valid", "test")[len(split) % 2]
            entities.subtract({head, tail})
            relations[relation] -= 1
    return split


def _place(fact: _Fact) -> bytes:
    return hashlib.blake2b("\x1f".join((_SEED, *fact)).encode(), digest_size=16).digest()
