"""The compiled kernels: one pass over a row's edges, forward by target and backward by source."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainers.kernels.frontier import Layer
from trainers.kernels.threads import CHUNKS, even_chunks, run_chunks
from trainers.loops import message as loops


def _array(values: Tensor) -> np.ndarray[Any, Any]:
    return values.detach().contiguous().numpy()


class EdgeScore(torch.autograd.Function):
    """See `trainers.kernels.edge_score`."""

    @staticmethod
    def forward(
        ctx: Any, source: Tensor, relation: Tensor, query: Tensor, weight: Tensor, bias: Tensor, layer: Layer
    ) -> Tensor:
        score = torch.empty(len(layer.source), dtype=source.dtype)
        arrays = [_array(t) for t in (source, relation, query, weight, bias)]
        bounds, out = even_chunks(layer.target_ptr), score.numpy()

        def part(i: int) -> None:
            loops.score(
                bounds[i],
                bounds[i + 1],
                layer.target_ptr,
                layer.source,
                layer.relation,
                layer.query,
                *arrays,
                out,
            )

        run_chunks(part, CHUNKS, len(layer.source))
        ctx.save_for_backward(source, relation, query, weight, score)
        ctx.layer = layer
        return score

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grad_outputs
        source, relation, query, weight, score = ctx.saved_tensors
        layer: Layer = ctx.layer
        arrays = [_array(t) for t in (source, relation, query, weight, score, grad)]
        d_source = torch.zeros_like(source)
        d_relation = np.zeros((CHUNKS, *relation.shape), arrays[0].dtype)
        d_weight = np.zeros((CHUNKS, len(weight) + 1), arrays[0].dtype)
        bounds, out = even_chunks(layer.source_ptr), d_source.numpy()

        def part(i: int) -> None:
            loops.score_back(
                bounds[i],
                bounds[i + 1],
                layer.source_ptr,
                layer.edge,
                layer.relation,
                layer.source_query,
                *arrays,
                out,
                d_relation[i],
                d_weight[i],
            )

        run_chunks(part, CHUNKS, len(layer.source))
        totals = torch.from_numpy(d_weight.sum(axis=0))
        d_query = torch.zeros_like(query).index_add_(0, torch.from_numpy(layer.source_query), d_source)
        return d_source, torch.from_numpy(d_relation.sum(axis=0)), d_query, totals[:-1], totals[-1:], None


class WeightedGather(torch.autograd.Function):
    """See `trainers.kernels.weighted_gather`."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, relation: Tensor, weight: Tensor, layer: Layer) -> Tensor:
        total = torch.zeros(layer.num_targets, state.shape[1], dtype=state.dtype)
        arrays = [_array(t) for t in (state, relation, weight)]
        bounds, out = even_chunks(layer.target_ptr), total.numpy()

        def part(i: int) -> None:
            loops.gather(
                bounds[i], bounds[i + 1], layer.target_ptr, layer.source, layer.relation, *arrays, out
            )

        run_chunks(part, CHUNKS, len(layer.source))
        ctx.save_for_backward(state, relation, weight)
        ctx.layer = layer
        return total

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grad_outputs
        state, relation, weight = ctx.saved_tensors
        layer: Layer = ctx.layer
        arrays = [_array(t) for t in (state, relation, weight, grad)]
        d_state, d_weight = torch.zeros_like(state), torch.empty_like(weight)
        d_relation = np.zeros((CHUNKS, *relation.shape), arrays[0].dtype)
        bounds, out_state, out_weight = even_chunks(layer.source_ptr), d_state.numpy(), d_weight.numpy()

        def part(i: int) -> None:
            loops.gather_back(
                bounds[i],
                bounds[i + 1],
                layer.source_ptr,
                layer.target,
                layer.edge,
                layer.relation,
                *arrays,
                out_state,
                d_relation[i],
                out_weight,
            )

        run_chunks(part, CHUNKS, len(layer.source))
        return d_state, torch.from_numpy(d_relation.sum(axis=0)), d_weight, None
