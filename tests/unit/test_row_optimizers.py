"""Optimisers of rows against torch's own, and against what must not move."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from trainers.embedding.rows import take_rows
from trainers.training.row_optimizers import RowAdagrad, RowAdam, RowOptimizer


def _pair() -> tuple[nn.Parameter, nn.Parameter]:
    first = torch.randn(6, 2, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return nn.Parameter(first.clone()), nn.Parameter(first.clone())


@pytest.mark.parametrize("backend", ["numba", "torch"])
@pytest.mark.parametrize("kind", [RowAdagrad, RowAdam])
def test_rows_that_are_all_there_move_as_torchs_do(
    kind: type[RowOptimizer], backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGP_KERNELS", backend)
    ours, theirs = _pair()
    mine = kind([ours], 0.1)
    other = {RowAdagrad: torch.optim.Adagrad, RowAdam: torch.optim.Adam}[kind]([theirs], lr=0.1)
    for step in range(4):
        for table, optimizer in ((ours, mine), (theirs, other)):
            optimizer.zero_grad(set_to_none=True)
            ((table - step) ** 3).abs().sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("backend", ["numba", "torch"])
@pytest.mark.parametrize("kind", [RowAdagrad, RowAdam])
def test_a_row_without_a_part_in_a_step_stays(
    kind: type[RowOptimizer], backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGP_KERNELS", backend)
    sparse, dense = _pair()
    before = sparse.detach().clone()
    mine, other = kind([sparse], 0.1), kind([dense], 0.1)
    (taken,) = take_rows(sparse, np.array([4, 1]))
    taken.square().sum().backward()  # type: ignore[no-untyped-call]
    dense[[4, 1]].square().sum().backward()  # type: ignore[no-untyped-call]
    mine.step()
    other.step()
    rows, others = [1, 4], [0, 2, 3, 5]
    torch.testing.assert_close(sparse[rows], dense[rows])
    assert torch.equal(sparse[others], before[others])
    assert not torch.equal(sparse[rows], before[rows])


def test_a_row_taken_again_has_the_gradient_of_all_its_uses() -> None:
    ours, theirs = _pair()
    rows, places = np.array([0, 2, 5]), np.array([1, 1, 2, 0])
    weight = torch.randn(4, 2, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    taken, again = take_rows(ours, rows, places)
    (taken.square().sum() + (again * weight).sum()).backward()  # type: ignore[no-untyped-call]
    (theirs[rows].square().sum() + (theirs[rows[places]] * weight).sum()).backward()  # type: ignore[no-untyped-call]
    assert ours.grad is not None
    assert theirs.grad is not None
    torch.testing.assert_close(ours.grad.to_dense(), theirs.grad)
