"""Message passing shared by every graph model: factor, then fuse.

Three primitives, each with forward and backward and no (edges × width) tensor kept in memory:

1. `frontier(graph, heads)` expands (query, entity) pairs over CSR row pointers;
2. `edge_score(...)` gives each edge its attention from projected low-width terms;
3. `weighted_gather(...)` sums weight · (h[source] + x[relation]) into each target.

On the CPU they are numba kernels, each thread working on rows of its own; on other devices, or with
`KGP_KERNELS=torch`, plain torch does the same. Both agree with `tests/reference_kernels.py` in float64.
"""

from trainers.kernels.frontier import Layer, frontier
from trainers.kernels.graph import MessageGraph, Removed
from trainers.kernels.message import edge_score, weighted_gather

__all__ = ["Layer", "MessageGraph", "Removed", "edge_score", "frontier", "weighted_gather"]
