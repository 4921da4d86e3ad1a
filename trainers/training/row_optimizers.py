"""Optimisers of tables: rows that had no part in a step, their states included, stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import numpy as np
import torch
from torch import Tensor, nn

from trainers.kernels.choosing import compiled
from trainers.kernels.row_updates.loops import adagrad, adam
from trainers.kernels.threads import chunk_count, run_chunks


class RowOptimizer(torch.optim.Optimizer):
    """Base: takes a step with each table's gradient, sparse in its rows or dense.

    Args:
        tables: Parameters whose first axis are rows.
        lr: The learning rate.
    """

    def __init__(self, tables: Iterable[nn.Parameter] | Iterable[dict[str, Any]], lr: float) -> None:
        super().__init__(tables, {"lr": lr})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Update every row that has a gradient. Args: closure: None; steps are made of one evaluation."""
        assert closure is None
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is None:
                    continue
                if table.grad.is_sparse:  # of one occurrence of each row, see `trainers.embedding.rows`
                    rows, grad = table.grad._indices()[0], table.grad._values()
                else:
                    rows, grad = torch.arange(len(table), device=table.device), table.grad
                self._update(self.state[table], table, rows, grad, group["lr"])
        return None

    def _update(self, state: dict[str, Any], table: Tensor, rows: Tensor, grad: Tensor, rate: float) -> None:
        raise NotImplementedError


def _flat(values: Tensor) -> Tensor:
    return values.view(len(values), -1)


def _by_rows(work: Callable[[int, int], None], rows: int, width: int) -> None:
    parts = min(rows, chunk_count(rows * width))
    cuts = rows * np.arange(parts + 1) // max(parts, 1)
    run_chunks(lambda i: work(int(cuts[i]), int(cuts[i + 1])), parts, rows * width)


class RowAdagrad(RowOptimizer):
    """Adagrad (Duchi, Hazan and Singer, JMLR 2011) over the rows that have a gradient."""

    def _update(self, state: dict[str, Any], table: Tensor, rows: Tensor, grad: Tensor, rate: float) -> None:
        if not state:
            state["sum"] = torch.zeros_like(table)
        squares, tiny = state["sum"], 1e-10
        if compiled(table):
            ids, (g, x, s) = rows.numpy(), (_flat(v).numpy() for v in (grad.contiguous(), table, squares))
            _by_rows(lambda i, j: adagrad(i, j, ids, g, x, s, rate, tiny), *g.shape)
            return
        squares[rows] += grad.square()
        table[rows] -= rate * grad / (squares[rows].sqrt() + tiny)


class RowAdam(RowOptimizer):
    """Adam (Kingma and Ba, ICLR 2015) over the rows that have a gradient; the bias by the number of steps."""

    def _update(self, state: dict[str, Any], table: Tensor, rows: Tensor, grad: Tensor, rate: float) -> None:
        if not state:
            state |= {"exp_avg": torch.zeros_like(table), "exp_avg_sq": torch.zeros_like(table)}
            state["step"] = torch.zeros(())
        means, squares, step = state["exp_avg"], state["exp_avg_sq"], state["step"]
        step += 1
        beta1, beta2, tiny, count = 0.9, 0.999, 1e-8, float(step)
        rate, unbiased = rate / (1 - beta1**count), (1 - beta2**count) ** -0.5
        if compiled(table):
            ids, (g, x) = rows.numpy(), (_flat(v).numpy() for v in (grad.contiguous(), table))
            m, s = _flat(means).numpy(), _flat(squares).numpy()
            given = (beta1, beta2, unbiased, tiny)
            _by_rows(lambda i, j: adam(i, j, ids, g, x, m, s, rate, *given), *g.shape)
            return
        means[rows] = beta1 * means[rows] + (1 - beta1) * grad
        squares[rows] = beta2 * squares[rows] + (1 - beta2) * grad.square()
        table[rows] -= rate * means[rows] / (squares[rows].sqrt() * unbiased + tiny)
