"""The compiled kernel of new states: rows in blocks that stay in the cache.

Where there are many rows, only their sums and old states are kept, and the backward pass computes the rest
again. A pair reached for the first time has no old state, and the recurrent product is left out for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graph_schema.arrays import Array
from trainers.kernels.frontier.kernel import Layer
from trainers.kernels.gated_update import loops
from trainers.kernels.threads import CHUNKS, run_chunks

ROWS = 1024
"""Rows of a block."""

KEPT = 8192
"""Up to so many rows, what the forward pass finds is kept for the backward pass."""

ROW_WORK = 64
"""Work of a row in edges, to judge whether threads are worth it."""

_KINDS = {"identity": 0, "relu": 1, "tanh": 2}
_BITS = 16


@dataclass(frozen=True)
class _Block:
    """What the forward pass of a block finds; R rows, K of them with an old state.

    Attributes:
        mapped, given: (R, d) after the activation, after dropout.
        drawn: (R, d) uint16 random, empty without dropout.
        origin: (R,) source pair, -1 for none.
        place: (R,) row among the K, -1 for none.
        old: (K, d) old states.
        gates: (R, 2d) reset and update.
        candidate, remembered: (R, d).
    """

    mapped: Tensor
    given: Tensor
    drawn: Array
    origin: Array
    place: Array
    old: Tensor
    gates: Tensor
    candidate: Tensor
    remembered: Tensor


class _Unit:
    """The unit over runs of rows."""

    def __init__(
        self, parameters: tuple[Tensor, ...], activation: str, dropout: float, seed: int | None
    ) -> None:
        self.combine, self.weight_input, self.weight_state, self.bias_input, self.bias_state = (
            p.detach() for p in parameters
        )
        self.kind, self.seed = _KINDS[activation], seed
        self.least, self.factor = (
            round(dropout * (1 << _BITS)),
            self.combine.numpy().dtype.type(1 / (1 - dropout)),
        )

    def forward(self, rows: slice, total: Tensor, state: Tensor, origin: Array, out: Tensor) -> _Block:
        """What the block computes; writes its new states to `out`, (R, d)."""
        mapped = torch.mm(total[rows], self.combine.t())
        if self.kind == _KINDS["relu"]:
            mapped.relu_()
        elif self.kind == _KINDS["tanh"]:
            mapped.mul_(2).sigmoid_().mul_(2).sub_(1)  # tanh(x) = 2 sigmoid(2x) - 1, five times faster
        given, drawn = mapped, np.empty((0, 0), np.uint16)
        if self.seed is not None:
            draw = np.random.Generator(np.random.SFC64([self.seed, rows.start]))
            drawn = draw.integers(0, 1 << _BITS, mapped.shape, np.uint16)
            given = torch.empty_like(mapped)
            loops.keep_some(drawn, self.least, self.factor, mapped.numpy(), given.numpy())
        here = origin[rows]
        has_old = here >= 0
        place = np.where(has_old, np.cumsum(has_old) - 1, -1)
        old = state[torch.from_numpy(here[has_old])]
        from_input = torch.addmm(self.bias_input, given, self.weight_input.t())
        from_state = torch.mm(old, self.weight_state.t())
        gates, remembered = from_input.new_empty(len(here), 2 * given.shape[1]), torch.empty_like(given)
        loops.gate_inputs(
            from_input.numpy(),
            from_state.numpy(),
            self.bias_state.numpy(),
            place,
            gates.numpy(),
            remembered.numpy(),
        )
        gates.sigmoid_()
        candidate = torch.empty_like(given)
        loops.candidate_input(from_input.numpy(), gates.numpy(), remembered.numpy(), candidate.numpy())
        candidate.sigmoid_()
        loops.new_state(gates.numpy(), candidate.numpy(), state.numpy(), here, out.numpy())
        return _Block(mapped, given, drawn, here, place, old, gates, candidate, remembered)

    def backward(
        self, rows: slice, grad: Tensor, total: Tensor, state: Tensor, block: _Block, sums: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Gradients of the block's sums (R, d) and of its old states (K, d); the parameters' go to `sums`."""
        b, width = block, grad.shape[1]
        on_input, on_state = grad.new_empty(len(grad), 3 * width), grad.new_empty(len(b.old), 3 * width)
        d_old, d_bias = torch.empty_like(b.old), np.zeros(width, state.numpy().dtype)
        loops.gates_back(
            grad.numpy(),
            b.gates.numpy(),
            b.candidate.numpy(),
            b.remembered.numpy(),
            state.numpy(),
            b.origin,
            b.place,
            on_input.numpy(),
            on_state.numpy(),
            d_old.numpy(),
            d_bias,
        )
        by_bias = on_input.sum(dim=0)
        sums[1].addmm_(on_input.t(), b.given)
        sums[2].addmm_(on_state.t(), b.old)
        sums[3].add_(by_bias)
        sums[4][: 2 * width].add_(by_bias[: 2 * width])
        sums[4][2 * width :].add_(torch.from_numpy(d_bias))
        d_old.addmm_(on_state, self.weight_state)
        d_mapped = torch.mm(on_input, self.weight_input)
        if self.kind or self.seed is not None:
            loops.activation_back(
                self.kind, b.mapped.numpy(), b.drawn, self.least, self.factor, d_mapped.numpy()
            )
        sums[0].addmm_(d_mapped.t(), total[rows])
        return torch.mm(d_mapped, self.combine), d_old


class GatedUpdate(torch.autograd.Function):
    """See `trainers.kernels.gated_update`."""

    @staticmethod
    def forward(ctx: Any, total: Tensor, state: Tensor, *rest: Any) -> Tensor:
        *parameters, activation, dropout, seed, layer = rest
        origin = _origin(layer)
        total, state = total.contiguous(), state.contiguous()
        unit, out = _Unit(tuple(parameters), activation, dropout, seed), torch.empty_like(total)
        kept: dict[int, _Block] = {}

        def part(rows: slice, _: int) -> None:
            block = unit.forward(rows, total, state, origin, out[rows])
            if len(total) <= KEPT and any(ctx.needs_input_grad):
                kept[rows.start] = block

        _in_blocks(part, len(total))
        ctx.save_for_backward(total, state, *parameters)
        ctx.rest = unit, origin, kept
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        total, state, *parameters = ctx.saved_tensors
        unit, origin, kept = ctx.rest
        grad = grads[0].contiguous()
        d_total, d_state = torch.empty_like(total), torch.empty_like(state)
        sums = [[torch.zeros_like(p) for p in parameters] for _ in range(_parts(len(total)))]

        def part(rows: slice, chunk: int) -> None:
            block = kept.pop(rows.start, None)
            if block is None:
                block = unit.forward(rows, total, state, origin, torch.empty_like(total[rows]))
            d_total[rows], d_old = unit.backward(rows, grad[rows], total, state, block, sums[chunk])
            d_state[torch.from_numpy(block.origin[block.place >= 0])] = d_old

        _in_blocks(part, len(total))
        d_parameters = [torch.stack(parts).sum(dim=0) for parts in zip(*sums, strict=True)]
        return d_total, d_state, *d_parameters, None, None, None, None


def _in_blocks(work: Callable[[slice, int], None], rows: int) -> None:
    """Call `work(rows, chunk)` for blocks of rows; chunks run side by side, the blocks of one in order."""
    parts = _parts(rows)
    bounds = [rows * i // parts for i in range(parts + 1)]

    def chunk(number: int) -> None:
        for start in range(bounds[number], bounds[number + 1], ROWS):
            work(slice(start, min(start + ROWS, bounds[number + 1])), number)

    run_chunks(chunk, parts, rows * ROW_WORK)


def _parts(rows: int) -> int:
    return min(CHUNKS, -(-rows // ROWS))


def _origin(layer: Layer) -> Array:
    """(M,) the source pair each target pair was carried from, -1 for those reached for the first time."""
    origin = np.full(layer.num_targets, -1, np.int64)
    origin[layer.carry] = np.arange(len(layer.carry))
    return origin
