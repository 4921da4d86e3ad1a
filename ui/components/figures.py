"""Figures in a row, which on a narrow screen stand two by two; and what the figures of a prediction mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

PROBABILITY = (
    "Of 100 predictions promoted with this figure, about as many as it says are facts that were kept for "
    "validation: 0.80 means about 80. Fitted on the queries that a promotion asks, validation's facts being "
    "the true ones."
)
OF_TYPE = (
    "Given that the two interact at all: of 100 predictions with 0.80 the type is right in about 80. Whether "
    "they interact is a figure of its own."
)
INTERACTS = (
    "How likely the two interact at all: known pairs of validation told from drawn ones, at the share of "
    "pairs that is known. A low figure says that nobody recorded one like it, never that a pair is safe."
)
RANK = "Place among all candidates for the tail; a span where some are level."
FAITHFULNESS = "How far the log-probability falls without these facts. Near 0: others carry it too."
HELD_OUT = "A fact of the files that the model was not shown."


def figures(name: str, shown: Sequence[Mapping[str, Any]]) -> None:
    """Draw figures. Args: name: unique on the page; shown: what `st.metric` takes of each."""
    with st.container(key=f"figures-{name}"):
        for column, figure in zip(st.columns(len(shown)), shown, strict=True):
            column.metric(**figure)


def chance_text(probability: float) -> str:
    """A probability in two digits, never as what is certain or impossible."""
    if probability > 0.99:
        return "> 0.99"
    return "< 0.01" if probability < 0.01 else f"{probability:.2f}"


def decides(row: Mapping[str, Any]) -> float:
    """What filters go by: how likely a pair interacts, where that is said, else the probability."""
    chance: float | None = row["probability"] if row["interacts"] is None else row["interacts"]
    return chance or 0.0


def percent(chance: float) -> str:
    """A chance in percent, never as what is certain or impossible."""
    if chance > 0.99:
        return "> 99 %"
    return "< 1 %" if chance < 0.01 else f"{chance:.0%}".replace("%", " %")


def typed_text(row: Mapping[str, Any]) -> str:
    """The two figures of a type in words, as far as they are there; empty where something is ranked."""
    if row["rank"] is not None or row["probability"] is None:
        return ""
    kind = f"type {percent(row['probability'])}, given that they interact"
    return kind if row["interacts"] is None else f"interacts {percent(row['interacts'])} · {kind}"


def weight_text(weight: float) -> str:
    """A path's weight in two digits; what is too small to tell apart by it in words of the same width."""
    return "<\u00a00.001" if weight < 0.001 else f"{weight:.2g}"


def rank_text(row: Mapping[str, Any]) -> str:
    """The interval of a rank: one number where no candidates are level; a dash where nothing is ranked."""
    low, high = row["rank_low"], row["rank_high"]
    if low is None or high is None:
        return "–"
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
