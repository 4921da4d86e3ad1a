"""Message passing as the formulas say it, for tests only: sets and loops, then gather and index_add."""

from __future__ import annotations

import torch
from torch import Tensor


def reference_frontier(
    triples: list[tuple[int, int, int]],
    n: int,
    m: int,
    heads: list[int],
    layers: int,
    removed: list[set[int]],
) -> list[tuple[set[tuple[int, int]], set[tuple[int, int, int, int]]]]:
    """For each layer: the set of (query, entity) pairs and of (query, source, relation, target) edges."""
    pairs = {(b, h) for b, h in enumerate(heads)}
    out = []
    for _ in range(layers):
        edges = set()
        for b, s in pairs:
            edges.add((b, s, 2 * m, s))
            for i, (h, r, t) in enumerate(triples):
                if i in removed[b]:
                    continue
                if h == s:
                    edges.add((b, s, r, t))
                if t == s:
                    edges.add((b, s, r + m, h))
        pairs = {(b, o) for b, _, _, o in edges}
        out.append((pairs, edges))
    assert n > max(e for _, e in pairs)
    return out


def reference_score(
    source: Tensor, relation: Tensor, weight: Tensor, bias: Tensor, s: Tensor, r: Tensor
) -> Tensor:
    return torch.sigmoid(torch.relu(source[s] + relation[r]) @ weight + bias)


def reference_gather(
    state: Tensor, relation: Tensor, weight: Tensor, s: Tensor, r: Tensor, o: Tensor, targets: int
) -> Tensor:
    message = weight[:, None] * (state[s] + relation[r])
    return torch.zeros(targets, state.shape[1], dtype=state.dtype).index_add(0, o, message)


def reference_update(
    total: Tensor, state: Tensor, parameters: list[Tensor], activation: str, carry: Tensor
) -> Tensor:
    combine, *gate = parameters
    act = {"identity": torch.nn.Identity(), "relu": torch.relu, "tanh": torch.tanh}[activation]
    old = torch.zeros_like(total).index_copy(0, carry, state)
    return torch.gru_cell(act(total @ combine.T), old, *gate)
