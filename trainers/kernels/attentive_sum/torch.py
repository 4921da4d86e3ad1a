"""The same kernels in plain torch, for any device, in slices of edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainers.kernels.frontier.kernel import Layer

SLICE = 1 << 18
"""Edges looked at together: bounds what is held of an (edges × width) tensor."""


def _index(values: npt.NDArray[Any], device: torch.device) -> Tensor:
    return torch.from_numpy(values.astype(np.int64)).to(device)


def _edge_targets(layer: Layer, device: torch.device) -> Tensor:
    return _index(np.repeat(np.arange(layer.num_targets), np.diff(layer.target_ptr)), device)


class EdgeScore(torch.autograd.Function):
    """The attention of each edge, (E,) by target; (edges × channels) is formed, channels being few."""

    @staticmethod
    def forward(
        ctx: Any, source: Tensor, relation: Tensor, weight: Tensor, bias: Tensor, layer: Layer
    ) -> Tensor:
        pair, kind = _index(layer.source, source.device), _index(layer.relation, source.device)
        inner = torch.relu(source[pair] + relation[kind])
        score = torch.sigmoid(inner @ weight + bias)
        ctx.save_for_backward(inner, weight, score, pair, kind)
        ctx.sizes = (source.shape, relation.shape)
        return score

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grad_outputs
        inner, weight, score, pair, kind = ctx.saved_tensors
        slope = grad * score * (1 - score)
        spread = slope[:, None] * weight * (inner > 0)
        grads = [
            torch.zeros(shape, dtype=grad.dtype, device=grad.device).index_add_(0, index, spread)
            for shape, index in zip(ctx.sizes, (pair, kind), strict=True)
        ]
        return *grads, inner.T @ slope, slope.sum().reshape(1), None


class WeightedGather(torch.autograd.Function):
    """Σ weight · (state[s] + relation[r]) per target; at most `SLICE` edges are widened at a time."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, relation: Tensor, weight: Tensor, layer: Layer) -> Tensor:
        device = state.device
        pair, kind, goal = (
            _index(layer.source, device),
            _index(layer.relation, device),
            _edge_targets(layer, device),
        )
        total = torch.zeros(layer.num_targets, state.shape[1], dtype=state.dtype, device=device)
        for start in range(0, len(pair), SLICE):
            cut = slice(start, start + SLICE)
            total.index_add_(0, goal[cut], weight[cut, None] * (state[pair[cut]] + relation[kind[cut]]))
        ctx.save_for_backward(state, relation, weight, pair, kind, goal)
        return total

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grad_outputs
        state, relation, weight, pair, kind, goal = ctx.saved_tensors
        d_state, d_relation, d_weight = map(torch.zeros_like, (state, relation, weight))
        for start in range(0, len(pair), SLICE):
            cut = slice(start, start + SLICE)
            arrived = grad[goal[cut]]
            d_weight[cut] = (arrived * (state[pair[cut]] + relation[kind[cut]])).sum(dim=1)
            message = weight[cut, None] * arrived
            d_state.index_add_(0, pair[cut], message)
            d_relation.index_add_(0, kind[cut], message)
        return d_state, d_relation, d_weight, None
