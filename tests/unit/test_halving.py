"""Settings chosen by successive halving."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from graph_schema.errors import RunError
from measuring.halving import best_settings, grid, halve
from tests.small_graphs import grandparents, silent

CANDIDATES = grid({"rate": (1, 2, 3, 4), "margin": (0.0, 0.5)})


def _tried(seen: list[tuple[dict[str, Any], int]]) -> Any:
    def tried(settings: dict[str, Any], epochs: int) -> float:
        seen.append((settings, epochs))
        if settings["rate"] == 4:
            raise RunError("the loss became nan")
        return float(settings["rate"] + settings["margin"]) if settings["rate"] < 3 else math.nan

    return tried


def test_the_better_half_goes_on_for_longer() -> None:
    seen: list[tuple[dict[str, Any], int]] = []
    assert halve(CANDIDATES, _tried(seen), (1, 2, 5)) == {"rate": 2, "margin": 0.5}
    assert [epochs for _, epochs in seen] == [1] * 8 + [2] * 4 + [5] * 2
    assert [settings["rate"] for settings, _ in seen[8:12]] == [2, 2, 1, 1]


def test_what_diverges_is_last_wherever_it_stands() -> None:
    for candidates in (CANDIDATES, CANDIDATES[::-1]):
        seen: list[tuple[dict[str, Any], int]] = []
        halve(candidates, _tried(seen), (1, 2))
        assert all(settings["rate"] < 3 for settings, epochs in seen if epochs == 2)
    with pytest.raises(RunError, match="the last 1 of 2 settings diverged"):
        halve(CANDIDATES[-2:], _tried([]), (1, 2))


def test_of_two_that_do_alike_the_earlier_one_wins() -> None:
    assert halve(CANDIDATES, lambda settings, epochs: 0.5, (1, 2)) == CANDIDATES[0]


def test_a_choice_is_decided_by_the_seed_and_not_by_test_facts() -> None:
    splits = grandparents()
    other = replace(splits, test=splits.without_test().test)
    axes, base = {"learning_rate": (1e-6, 0.1), "n3": (0.0, 0.01)}, {"dim": 4, "batch_size": 32}
    chosen = [
        best_settings("distmult", graph, axes, base, rounds=(1, 3), seed=3, progress=silent)
        for graph in (splits, splits, other)
    ]
    assert chosen[0] == chosen[1] == chosen[2]
    assert chosen[0]["learning_rate"] == 0.1
