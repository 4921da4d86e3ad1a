"""Walks between two ends, and messages along them, against references that try every step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainers.kernels.pair_walks.kernel import WalkGraph, Walks, walks_between
from trainers.kernels.pair_walks.reference import reference_walks
from trainers.kernels.relational_sum.kernel import relational_sum
from trainers.kernels.relational_sum.reference import reference_sum

ENTITIES, RELATIONS = 12, 7
INVERSE = np.array([1, 0, 3, 2, 4, 6, 5])
"""4 is the self loop; 5 and 6 are typed."""


def _graph(seed: int) -> tuple[WalkGraph, list[tuple[int, int, int, bool]]]:
    draw = np.random.default_rng(seed)
    rows = {(int(a), int(r), int(b)) for a, r, b in draw.integers(0, (ENTITIES, 6, ENTITIES), (40, 3))}
    facts = sorted((a, r, b) for a, r, b in rows if a != b and r not in (1, 3, 4))
    edges = [(a, b, r) for a, r, b in facts] + [(b, a, int(INVERSE[r])) for a, r, b in facts]
    edges += [(e, e, 4) for e in range(ENTITIES)]
    number = np.array([*range(len(facts)), *range(len(facts)), *[-1] * ENTITIES])
    source, target, relation = np.array(edges).T
    typed = relation >= 5
    order = np.lexsort((source, typed))
    weight = draw.random(len(edges)).astype(np.float32)
    graph = WalkGraph.of((source, target, relation, number), weight, typed, INVERSE, entities=ENTITIES)
    return graph, [(int(source[i]), int(target[i]), int(relation[i]), bool(typed[i])) for i in order]


def _walked(walks: Walks, pair: int, graph: WalkGraph) -> list[tuple[int, int, int]]:
    """Edges of each walk of a pair, as they lie head to tail."""

    def of(hop: str) -> list[tuple[int, int, int, int]]:
        each = getattr(walks, hop)
        some = slice(each.ptr[pair], each.ptr[pair + 1])
        return list(
            zip(each.source[some], each.target[some], each.relation[some], each.edge[some], strict=True)
        )

    return [
        (int(r), int(s), int(t))
        for _, left, r, _ in of("first")
        for start, end, s, _ in of("middle")
        for right, _, t, _ in of("last")
        if (start, end) == (left, right)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_every_walk_with_at_most_one_typed_edge_is_found(seed: int) -> None:
    graph, edges = _graph(seed)
    draw = np.random.default_rng(seed)
    heads, tails = draw.integers(0, ENTITIES, 20), draw.integers(0, ENTITIES, 20)
    kept = heads != tails
    heads, tails = heads[kept], tails[kept]
    hidden = draw.random(ENTITIES) < 0.2
    walks = walks_between(graph, heads, tails, hidden=hidden)
    for pair, (head, tail) in enumerate(zip(heads.tolist(), tails.tolist(), strict=True)):
        expected = reference_walks(edges, head, tail, set(np.flatnonzero(hidden).tolist()))
        patterns = sorted(tuple(edges[e][2] for e in walk) for walk in expected)
        assert sorted(_walked(walks, pair, graph)) == patterns


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_messages_and_their_gradients_are_those_of_the_formula(dtype: torch.dtype) -> None:
    graph, _ = _graph(3)
    heads, tails = np.array([0, 1, 2, 3]), np.array([5, 6, 7, 8])
    walks = walks_between(graph, heads, tails, hidden=np.zeros(ENTITIES, dtype=bool))
    hop, states, targets = walks.middle, len(walks.left), len(walks.right)
    assert len(hop.edge) > 15
    noise = torch.Generator().manual_seed(0)
    state = torch.randn(states, 5, generator=noise, dtype=dtype, requires_grad=True)
    factor = torch.randn(4, RELATIONS, 5, generator=noise, dtype=dtype, requires_grad=True)
    weight = torch.rand(len(hop.edge), generator=noise, dtype=dtype, requires_grad=True)
    asked = torch.randn(targets, 5, generator=noise, dtype=dtype)
    found = relational_sum(state, factor, weight, hop, targets)
    slot = np.repeat(np.arange(4), np.diff(hop.ptr)) * RELATIONS + hop.relation
    source, target, at = (torch.from_numpy(a) for a in (hop.source, hop.target, slot))
    expected = reference_sum(state, factor.reshape(-1, 5), weight, source, target, at, targets)
    torch.testing.assert_close(found, expected)
    mine = torch.autograd.grad(found, (state, factor, weight), asked)
    theirs = torch.autograd.grad(expected, (state, factor, weight), asked)
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other)
