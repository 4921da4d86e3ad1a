"""Attention and aggregation over the edges of a layer, differentiable; numba on the CPU, torch elsewhere."""

from __future__ import annotations

import os

from torch import Tensor

from trainers.kernels import message_numba, message_torch
from trainers.kernels.frontier import Layer


def _compiled(values: Tensor) -> bool:
    return values.device.type == "cpu" and os.environ.get("KGP_KERNELS", "numba") != "torch"


def edge_score(
    source: Tensor, relation: Tensor, query: Tensor, weight: Tensor, bias: Tensor, layer: Layer
) -> Tensor:
    """Attention of each edge: sigmoid(weight · ReLU(source[s] + relation[r] + query[b]) + bias).

    Project per pair, per relation and per query first, so that only the few attention channels A are gathered
    per edge (RED-GNN, equation 4).

    Args:
        source: (M', A) projected states of the source pairs.
        relation: (2m + 1, A) projected relations.
        query: (B, A) projected query relations.
        weight: (A,).
        bias: (1,).
        layer: The edges.

    Returns:
        (E,) in (0, 1), in by-target order.
    """
    score = message_numba.EdgeScore if _compiled(source) else message_torch.EdgeScore
    result: Tensor = score.apply(source, relation, query, weight, bias, layer)  # type: ignore[no-untyped-call]
    return result


def weighted_gather(state: Tensor, relation: Tensor, weight: Tensor, layer: Layer) -> Tensor:
    """Messages summed per target: Σ over incoming edges of weight · (state[source] + relation[r]).

    Args:
        state: (M', d) states of the source pairs.
        relation: (2m + 1, d) relation embeddings.
        weight: (E,) in by-target order.
        layer: The edges.

    Returns:
        (M, d), a row each target pair.
    """
    gather = message_numba.WeightedGather if _compiled(state) else message_torch.WeightedGather
    result: Tensor = gather.apply(state, relation, weight, layer)  # type: ignore[no-untyped-call]
    return result
