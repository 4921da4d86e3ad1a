"""The compiled kernel: one pass over a target's edges, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainers.kernels.attentive_sum.loops import attend, attend_back
from trainers.kernels.frontier.kernel import Layer
from trainers.kernels.threads import even_chunks, run_chunks


def _array(values: Tensor) -> np.ndarray[Any, Any]:
    return values.detach().contiguous().numpy()


class AttentiveSum(torch.autograd.Function):
    """See `trainers.kernels.attentive_sum`."""

    @staticmethod
    def forward(
        ctx: Any,
        state: Tensor,
        embedding: Tensor,
        source: Tensor,
        relation: Tensor,
        weight: Tensor,
        bias: Tensor,
        layer: Layer,
    ) -> tuple[Tensor, Tensor]:
        total = torch.zeros(layer.num_targets, state.shape[1], dtype=state.dtype)
        attention = torch.empty(len(layer.source), dtype=state.dtype)
        terms = (_array(source), _array(relation), tuple(_array(weight)), _array(bias)[0])
        arrays = (_array(state), _array(embedding), total.numpy(), attention.numpy())
        bounds = even_chunks(layer.target_ptr)

        def part(i: int) -> None:
            rows = (bounds[i], bounds[i + 1], layer.target_ptr, layer.source, layer.relation)
            attend(*rows, *terms, *arrays)

        run_chunks(part, len(bounds) - 1, len(layer.source))
        ctx.save_for_backward(state, embedding, source, relation, weight, attention)
        ctx.layer = layer
        ctx.set_materialize_grads(False)
        return total, attention

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        state, embedding, source, relation, weight, attention = ctx.saved_tensors
        layer: Layer = ctx.layer
        grad, on_attention = grads
        if grad is None:
            grad = state.new_zeros(layer.num_targets, state.shape[1])
        by_source, by_relation = _array(source), _array(relation)
        states, embeddings, weights, grads_out = map(_array, (state, embedding, attention, grad))
        extra = weights[:0] if on_attention is None else _array(on_attention)
        # A query's pairs are its own, so a thread that owns whole queries may add to them freely.
        bounds = even_chunks(layer.target_ptr[layer.query_ptr])
        parts = len(bounds) - 1
        on_source, d_state = np.zeros_like(by_source), np.zeros_like(states)
        d_bias, on_relation, d_embedding = (
            np.zeros((parts, *shape), by_source.dtype) for shape in ((1,), relation.shape, embedding.shape)
        )

        def part(i: int) -> None:
            first, last = int(layer.query_ptr[bounds[i]]), int(layer.query_ptr[bounds[i + 1]])
            rows = (first, last, layer.target_ptr, layer.source, layer.relation)
            sums = (d_bias[i], on_source, on_relation[i], d_state, d_embedding[i])
            terms = (by_source, by_relation, tuple(_array(weight)))
            attend_back(*rows, *terms, states, embeddings, weights, grads_out, extra, *sums)

        run_chunks(part, parts, len(layer.source))
        on_relations = on_relation.sum(axis=0)
        # ReLU passes what it passed forward, so the weights' own gradient follows from the terms' sums.
        d_weight = (on_source * by_source).sum(axis=0) + (on_relations * by_relation).sum(axis=0)
        return (
            torch.from_numpy(d_state),
            torch.from_numpy(d_embedding.sum(axis=0)),
            torch.from_numpy(on_source) * weight,
            torch.from_numpy(on_relations) * weight,
            torch.from_numpy(d_weight),
            torch.from_numpy(d_bias.sum(axis=0)),
            None,
        )
