"""Sums over the whole graph: to each entity what its neighbours say, each through its relation."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from graph_schema.arrays import Ints
from trainers.subgraphs.both_ways import BothWays


class Whole:
    """A graph on a device, ready to be summed over.

    Edges with the same relation and target are added up before the relation's vector is multiplied in, which
    saves most of the work: a drug has hundreds of edges and a dozen relations.

    Args:
        edges: The graph.
        device: A torch device name.
    """

    def __init__(self, edges: BothWays, device: str) -> None:
        self.edges, self.device = edges, device
        starts = np.ones(len(edges.target), dtype=bool)
        starts[1:] = np.diff(edges.target).astype(bool) | np.diff(edges.relation).astype(bool)
        first = np.flatnonzero(starts)
        group = np.cumsum(starts) - 1
        self._forth = self._bags(edges.source, first)
        order = np.argsort(edges.source, kind="stable")
        counts = np.bincount(edges.source, minlength=edges.entities)
        self._back = self._bags(group[order], np.cumsum(counts) - counts)
        self._relation, self._target = self.on(edges.relation[first]), self.on(edges.target[first])
        self._count = self.on(np.diff(edges.ptr))

    def on(self, ids: Ints) -> Tensor:
        """Integers on the device."""
        return torch.from_numpy(np.ascontiguousarray(ids)).to(self.device)

    def _bags(self, ids: Ints, first: Ints) -> tuple[Tensor, Tensor]:
        return self.on(ids), self.on(first)

    def sums(self, h: Tensor, x: Tensor) -> Tensor:
        """(E, d) Σ x_r ⊙ h_source over the edges into each. Args: h: (E, d); x: (2m, d) by relation."""
        if not len(self._relation):
            return torch.zeros_like(h)
        grouped: Tensor = _GroupSum.apply(h, self._forth, self._back)  # type: ignore[no-untyped-call]
        return torch.zeros_like(h).index_add(0, self._target, grouped * x[self._relation])

    def means(self, h: Tensor, x: Tensor, gone: Ints) -> Tensor:
        """(E, d) `sums` divided by how many edges. Args: gone: (K,) edges that are not there."""
        total, count = self.sums(h, x), self._count
        if len(gone):
            edges = self.edges
            source, relation, target = (
                self.on(column[gone]) for column in (edges.source, edges.relation, edges.target)
            )
            total = total.index_add(0, target, -(h[source] * x[relation]))
            count = count.index_add(0, target, torch.full_like(target, -1))
        return total / count.clamp(min=1)[:, None]


class _GroupSum(torch.autograd.Function):
    """Sums of rows by group; the gradient is summed over the same edges turned round."""

    @staticmethod
    def forward(ctx: Any, h: Tensor, forth: tuple[Tensor, Tensor], back: tuple[Tensor, Tensor]) -> Tensor:
        ctx.back = back
        return embedding_bag(forth[0], h, forth[1], mode="sum")

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        ids, first = ctx.back
        return embedding_bag(ids, grads[0].contiguous(), first, mode="sum"), None, None
