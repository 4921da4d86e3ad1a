"""Multiplicative messages (DistMult) summed per target, differentiable; numba on the CPU, torch elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainers.kernels.choosing import compiled
from trainers.kernels.pair_walks.kernel import Hop
from trainers.kernels.relational_sum.loops import add_gradients, add_messages
from trainers.kernels.relational_sum.reference import reference_sum
from trainers.kernels.threads import even_chunks, run_chunks


def relational_sum(state: Tensor, factor: Tensor, weight: Tensor, hop: Hop, targets: int) -> Tensor:
    """Σ over incoming edges of weight · state[source] ∘ factor[pair, relation] (EmerGNN, equation of h).

    Args:
        state: (S, d) of the sources.
        factor: (B, R, d) of each pair's relations.
        weight: (E,) of the edges.
        hop: The edges; sources, and targets, of different pairs are different.
        targets: T.

    Returns:
        (T, d).
    """
    pairs, relations, width = factor.shape
    slot = np.repeat(np.arange(pairs), np.diff(hop.ptr)) * relations + hop.relation
    flat = factor.reshape(pairs * relations, width)
    if compiled(state):
        summed: Tensor = _RelationalSum.apply(state, flat, weight, hop, slot, targets)  # type: ignore[no-untyped-call]
        return summed
    source, target, at = (torch.from_numpy(a).to(state.device) for a in (hop.source, hop.target, slot))
    return reference_sum(state, flat, weight, source, target, at, targets)


class _RelationalSum(torch.autograd.Function):
    """One pass over each pair's edges; going back, another. Parts are runs of whole pairs."""

    @staticmethod
    def forward(
        ctx: Any, state: Tensor, factor: Tensor, weight: Tensor, hop: Hop, slot: Any, targets: int
    ) -> Tensor:
        ctx.save_for_backward(state, factor, weight)
        ctx.hop, ctx.slot, ctx.bounds = hop, slot, hop.ptr[even_chunks(hop.ptr)]
        out = state.new_zeros(targets, state.shape[1])
        edges = (hop.source, hop.target, slot, _array(weight), _array(state), _array(factor), out.numpy())

        def part(i: int) -> None:
            add_messages(ctx.bounds[i], ctx.bounds[i + 1], *edges)

        run_chunks(part, len(ctx.bounds) - 1, len(slot))
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        state, factor, weight = ctx.saved_tensors
        into = tuple(torch.zeros_like(t) for t in (state, factor, weight))
        values = tuple(_array(t) for t in (weight, state, factor, grads[0]))
        edges = (ctx.hop.source, ctx.hop.target, ctx.slot, *values, *(t.numpy() for t in into))

        def part(i: int) -> None:
            add_gradients(ctx.bounds[i], ctx.bounds[i + 1], *edges)

        run_chunks(part, len(ctx.bounds) - 1, len(ctx.slot))
        return (*into, None, None, None)


def _array(value: Tensor) -> Any:
    return value.detach().contiguous().numpy()
