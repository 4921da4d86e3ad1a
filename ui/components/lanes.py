"""A path of evidence as it is drawn: a chain from the head of a prediction to its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LanePath:
    """A path to draw: ids along the chain, and for each hop the relation and whether it is read forwards.

    `weight`, `support`, `pairs` and `heads` are those of `EvidencePath`.
    """

    entities: tuple[str, ...]
    hops: tuple[tuple[str, bool], ...]
    weight: float
    support: int | None = None
    pairs: int | None = None
    heads: int | None = None

    @property
    def facts(self) -> tuple[tuple[str, str, str], ...]:
        """The facts of the hops, as (head, relation, tail)."""
        ends = zip(self.entities, self.entities[1:], strict=False)
        return tuple(
            (a, relation, b) if forwards else (b, relation, a)
            for (a, b), (relation, forwards) in zip(ends, self.hops, strict=True)
        )


def lane_path(head: str, path: Mapping[str, Any]) -> LanePath:
    """A path as views give it, with `facts` as (head, relation, tail) ids, from the prediction's head on."""
    chain, hops = [head], []
    for start, relation, end in path["facts"]:
        forwards = start == chain[-1]
        chain.append(end if forwards else start)
        hops.append((relation, forwards))
    counted = {k: path.get(k) for k in ("support", "pairs", "heads")}
    return LanePath(tuple(chain), tuple(hops), path["weight"], **counted)
