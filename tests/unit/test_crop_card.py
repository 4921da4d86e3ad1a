"""The card of a croppable run: neighbours shared, and what is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph_schema.records import Card
from kgplatform.cli.cards import card_text
from trainers.crop_card import overlaps


def test_neighbours_shared_with_the_whole() -> None:
    vectors = np.random.default_rng(3).normal(size=(60, 12)).astype(np.float32)
    found = overlaps(vectors, [3, 7, 12])

    def nearest(some: Any) -> list[set[int]]:
        unit = some / np.linalg.norm(some, axis=1, keepdims=True)
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, -2)
        return [set(np.argsort(-row)[:10].tolist()) for row in cosines]

    whole = nearest(vectors)
    for numbers, share in zip([3, 7], found, strict=False):
        mine = nearest(vectors[:, :numbers])
        assert share == pytest.approx(np.mean([len(a & b) / 10 for a, b in zip(mine, whole, strict=True)]))
    assert found[2] == 1.0
    assert found[0] < found[1]


def test_a_graph_of_one_has_no_neighbours_to_share() -> None:
    assert overlaps(np.ones((1, 4), np.float32), [2, 4]) == [1.0, 1.0]


def test_a_card_names_the_smallest_that_is_near_the_best() -> None:
    card = Card(
        dims=(4, 8),
        floats=(8, 16),
        figures={"valid_mrr": (0.5, 0.5049), "mrr": (0.4, 0.45)},
        relations={"likes": (0.1, 0.2)},
        relation_hits={"hits@1": {"likes": (0.3, 0.4)}, "hits@10": {"likes": (0.5, 0.625)}},
        smallest=4,
    )
    text = card_text("r", card)
    assert "within 1 % of the best on validation: 4 dimensions (8 floats)" in text
    said = [line.split() for line in text.splitlines()]
    assert [line for line in said if line[:1] == ["likes"]] == [
        ["likes", "0.1", "0.2"], ["likes", "0.3", "0.4"], ["likes", "0.5", "0.625"]
    ]  # fmt: skip
    assert [line for line in said if line[:1] == ["test"]] == [
        ["test", figure, "of", "4", "8"] for figure in ("MRR", "hits@1", "hits@10")
    ]
    older = Card.model_validate(card.model_dump(exclude={"relation_hits"}))
    assert "test hits@1 of" not in card_text("r", older)
