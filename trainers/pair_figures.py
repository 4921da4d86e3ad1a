"""Figures of pair types, scikit-learn's."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from trainers.pairs import PairSplits, log_shares

AT = 50
"""Of each type the pairs scored highest of which AP@50 takes the average precision."""


def of_rows(splits: PairSplits, rows: Ints, scores: Floats) -> dict[str, float]:
    """Figures of scored facts, as pairs have one type or several.

    Args:
        splits: Say which.
        rows: (N, 3) facts.
        scores: (N, T) of their pairs.
    """
    if not splits.several:
        return of_single(splits.places(rows[:, 1]), scores.argmax(axis=1))
    _, first = np.unique(rows[:, [0, 2]], axis=0, return_index=True)
    return of_several(splits.labelled(rows)[1], log_shares(scores[first]))


def deciding(splits: PairSplits, figures: dict[str, float]) -> float:
    """The one of some figures that chooses: macro-F1, or PR-AUC where pairs have several types; else 0."""
    return figures.get("pr_auc" if splits.several else "macro_f1", 0.0)


def of_single(true: Ints, said: Ints) -> dict[str, float]:
    """Figures where a pair has one type.

    Macro-F1 is the mean over the types that are true or said somewhere, as scikit-learn has it; κ is
    Cohen's.

    Args:
        true: (N,) types.
        said: (N,) the likeliest types.
    """
    from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

    if not len(true):
        return {}
    single = len(np.union1d(true, said)) == 1  # κ compares with chance, which is certain then
    return {
        "macro_f1": float(f1_score(true, said, average="macro", zero_division=0)),  # pyright: ignore[reportArgumentType]
        "accuracy": float(accuracy_score(true, said)),
        "kappa": 0.0 if single else float(cohen_kappa_score(true, said)),
        "pairs": float(len(true)),
    }


def of_several(labels: Mask, scores: Floats) -> dict[str, float]:
    """Figures where a pair may have several types: means over the types that hold for some and not for all.

    Args:
        labels: (P, T) which types hold.
        scores: (P, T) the higher the likelier.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    types = [t for t in range(labels.shape[1]) if 0 < labels[:, t].sum() < len(labels)]
    if not types:
        return {}
    at = []
    for t in types:
        first = np.argsort(-scores[:, t], kind="stable")[:AT]
        hits = labels[first, t]
        at.append(float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean()) if hits.any() else 0.0)
    return {
        "pr_auc": float(np.mean([average_precision_score(labels[:, t], scores[:, t]) for t in types])),
        "roc_auc": float(np.mean([roc_auc_score(labels[:, t], scores[:, t]) for t in types])),
        "ap@50": float(np.mean(at)),
        "pairs": float(len(labels)),
        "types": float(len(types)),
    }
