"""Message passing shared by every graph model: factor, then fuse.

Three primitives, each with forward and backward and no (edges × width) tensor kept in memory:

1. `frontier(graph, heads)` expands (query, entity) pairs over CSR row pointers, all layers at once, `expand`
   one of them; `keep_best(layer, score, most)` says which pairs go on, where not all do;
2. `attentive_sum(...)` gives each edge its attention from projected low-width terms and sums
   attention · (h[source] + x[relation]) into each target, in one pass;
3. `gated_update(...)` makes new states of the sums, block by block, and computes them again going backward.

On the CPU they are numba loops and products of small blocks, each thread working on rows of its own; on other
devices, or with `KGP_KERNELS=torch`, plain torch does the same. Each has a folder: `kernel.py` says what it
computes and chooses, `cpu.py` over compiled `loops.py`, `torch.py`, and the `reference.py` they agree with in
float64.
"""

from trainers.kernels.attentive_sum.kernel import attentive_sum
from trainers.kernels.frontier.kernel import Layer, expand, frontier
from trainers.kernels.gated_update.kernel import Activation, GatedUnit, gated_update
from trainers.kernels.graph import MessageGraph, Removed
from trainers.kernels.keeping.kernel import cut_queries, keep_best

__all__ = [
    "Activation",
    "GatedUnit",
    "Layer",
    "MessageGraph",
    "Removed",
    "attentive_sum",
    "cut_queries",
    "expand",
    "frontier",
    "gated_update",
    "keep_best",
]
