"""Losses over the pairs that queries reach."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Ints
from trainers.kernels import Layer


def log_softmax_loss(layer: Layer, score: Tensor, entities: int, queries: Ints, answers: Ints) -> Tensor:
    """Σ −log p(answer), p a softmax over all entities (RED-GNN, equation 6); those not reached score 0.

    Args:
        layer: Of M target pairs of B queries.
        score: (M,) of these.
        entities: E.
        queries, answers: (A,) which query, and which entity.
    """
    count, device = len(layer.query_ptr) - 1, score.device
    of = torch.from_numpy(layer.query.astype(np.int64)).to(device)
    top = score.detach().new_zeros(count).scatter_reduce(0, of, score.detach(), "amax")
    others = torch.from_numpy(entities - np.diff(layer.query_ptr)).to(device)
    total = (others * torch.exp(-top)).index_add(0, of, torch.exp(score - top[of]))
    place = torch.from_numpy(layer.places_of(queries, answers)).to(device)
    own = torch.where(place >= 0, score[place.clamp(min=0)], score.new_zeros(()))
    which = torch.from_numpy(queries).to(device)
    loss: Tensor = ((top + torch.log(total))[which] - own).sum()
    return loss
