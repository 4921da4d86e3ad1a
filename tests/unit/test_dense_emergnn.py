"""EmerGNN over all edges, as published, against flows along the walks between the two ends."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graph_schema.arrays import Ints
from measuring.dense_emergnn import DenseEmerGNN
from trainers.kernels.pair_walks.kernel import WalkGraph, Walks, walks_between
from trainers.layers.pair_flow import PairFlow

ENTITIES, RELATIONS, DIM, FEATURES, TYPES = 15, 5, 6, 4, 3
INVERSE = np.array([1, 0, 3, 2, 4])
"""4 is the self loop."""

SHARED = {"relation", "narrow", "attend", "mix"}


def _graph(seed: int) -> WalkGraph:
    """Facts both ways and self loops, none of a type, each counting for 1."""
    rows = np.unique(np.random.default_rng(seed).integers(0, (ENTITIES, 4, ENTITIES), (30, 3)), axis=0)
    head, relation, tail = rows[(rows[:, 1] % 2 == 0) & (rows[:, 0] != rows[:, 2])].T
    everyone = np.arange(ENTITIES)
    source = np.concatenate([head, tail, everyone])
    target = np.concatenate([tail, head, everyone])
    walked = np.concatenate([relation, INVERSE[relation], np.full(ENTITIES, 4)])
    count = len(source)
    return WalkGraph.of(
        (source, target, walked, np.full(count, -1)),
        np.ones(count, dtype=np.float32),
        np.zeros(count, dtype=bool),
        INVERSE,
        entities=ENTITIES,
    )


def _pairs() -> tuple[Ints, Ints]:
    heads, tails = (side.ravel() for side in np.meshgrid(np.arange(5), np.arange(5, 12)))
    return heads, tails


def _networks(graph: WalkGraph, seed: int) -> tuple[PairFlow, DenseEmerGNN]:
    """Both with the same parameters."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        ours = PairFlow(RELATIONS, FEATURES, DIM, TYPES, 0.0).double()
        dense = DenseEmerGNN(graph, FEATURES, DIM, TYPES).double()
        torch.nn.init.normal_(ours.start)
    shared = {name: v for name, v in ours.state_dict().items() if name.split(".")[0] in SHARED}
    missing = dense.load_state_dict(shared, strict=False)
    assert missing.missing_keys == ["describe.weight", "read.weight"]
    return ours, dense


def _arrives(network: PairFlow, walks: Walks, pair: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, d) at tails and at heads, before the readout takes direction and size apart."""
    factor, forth = network._factors(pair), (walks.first, walks.middle, walks.last)
    back = tuple(hop.reversed(INVERSE) for hop in forth[::-1])
    left, right, found = len(walks.left), len(walks.right), []
    for hops, sizes in ((forth, (left, right, walks.pairs)), (back, (right, left, walks.pairs))):
        weights = [torch.ones(len(hop.edge), dtype=torch.float64) for hop in hops]
        direction, size = network._flow(hops, sizes, factor, weights)
        found.append(torch.relu(direction * torch.exp(size) / DIM**0.5))
    return found[0], found[1]


@pytest.mark.parametrize("seed", range(4))
def test_what_arrives_at_the_other_end_is_the_same(seed: int) -> None:
    graph, (heads, tails) = _graph(seed), _pairs()
    ours, dense = _networks(graph, seed)
    walks = walks_between(graph, heads, tails, hidden=np.zeros(ENTITIES, dtype=bool))
    pair = torch.randn(len(heads), 2 * DIM, generator=torch.Generator().manual_seed(seed)).double()
    at_tail, at_head = _arrives(ours, walks, pair)
    start, rows = ours.start.expand(len(heads), -1), torch.arange(len(heads))
    one, other = torch.from_numpy(heads), torch.from_numpy(tails)
    assert 0 < (at_tail != 0).any(dim=1).sum() < len(heads)  # some are reached, some are not
    torch.testing.assert_close(dense.flow(pair, start, one)[other, rows], at_tail)
    torch.testing.assert_close(dense.flow(pair, start, other)[one, rows], at_head)


def test_gradients_are_the_same_too() -> None:
    graph, (heads, tails) = _graph(1), _pairs()
    ours, dense = _networks(graph, 1)
    walks = walks_between(graph, heads, tails, hidden=np.zeros(ENTITIES, dtype=bool))
    pair = torch.randn(len(heads), 2 * DIM, generator=torch.Generator().manual_seed(1)).double()
    start, rows = ours.start.expand(len(heads), -1), torch.arange(len(heads))
    one, other = torch.from_numpy(heads), torch.from_numpy(tails)
    at_tail, at_head = _arrives(ours, walks, pair)
    (at_tail.square().sum() + at_head.sum()).backward()  # type: ignore[no-untyped-call]
    read = dense.flow(pair, start, one)[other, rows], dense.flow(pair, start, other)[one, rows]
    (read[0].square().sum() + read[1].sum()).backward()  # type: ignore[no-untyped-call]
    theirs = dict(ours.named_parameters())
    for name, value in dense.named_parameters():
        if name.split(".")[0] in SHARED:
            torch.testing.assert_close(value.grad, theirs[name].grad)


def test_logits_change_when_the_ends_change_sides() -> None:
    graph, (heads, tails) = _graph(2), _pairs()
    _, dense = _networks(graph, 2)
    noise = torch.Generator().manual_seed(2)
    one, other = (torch.randn(len(heads), FEATURES, generator=noise).double() for _ in range(2))
    forth, back = dense(heads, tails, (one, other)), dense(tails, heads, (other, one))
    assert forth.shape == (len(heads), TYPES)
    reached = forth.abs().sum(dim=1) > 0
    assert 0 < reached.sum() < len(heads)
    assert not torch.allclose(forth[reached], back[reached])
    assert (back[~reached] == 0).all()
