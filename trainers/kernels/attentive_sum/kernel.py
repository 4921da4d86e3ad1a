"""Attention and aggregation over the edges of a layer, differentiable; numba on the CPU, torch elsewhere."""

from __future__ import annotations

from torch import Tensor

from trainers.kernels.attentive_sum.cpu import AttentiveSum
from trainers.kernels.attentive_sum.torch import EdgeScore, WeightedGather
from trainers.kernels.choosing import compiled
from trainers.kernels.frontier.kernel import Layer


def attentive_sum(
    state: Tensor,
    embedding: Tensor,
    source: Tensor,
    relation: Tensor,
    weight: Tensor,
    bias: Tensor,
    layer: Layer,
) -> tuple[Tensor, Tensor]:
    """Messages summed per target by attention: Σ over incoming edges of α · (state[s] + embedding[r]).

    α = sigmoid(weight · ReLU(source[s] + relation[r]) + bias), from terms projected per pair and per relation
    first, so that only the few attention channels A are gathered per edge and no (edges × width) tensor is
    kept (RED-GNN, equations 3 and 4; what the query adds is added to its pairs).

    Args:
        state: (M', d) states of the source pairs.
        embedding: (2m + 1, d) relation embeddings.
        source: (M', A) projected states of the source pairs, the query's term included.
        relation: (2m + 1, A) projected relations.
        weight: (A,).
        bias: (1,).
        layer: The edges.

    Returns:
        (M, d), a row each target pair; (E,) attentions in (0, 1), in by-target order.
    """
    if compiled(state):
        summed: tuple[Tensor, Tensor] = AttentiveSum.apply(  # type: ignore[no-untyped-call]
            state, embedding, source, relation, weight, bias, layer
        )
        return summed
    attention: Tensor = EdgeScore.apply(source, relation, weight, bias, layer)  # type: ignore[no-untyped-call]
    total: Tensor = WeightedGather.apply(state, embedding, attention, layer)  # type: ignore[no-untyped-call]
    return total, attention
