"""Temperature scaling: probabilities of types from scores (Guo et al., ICML 2017)."""

from __future__ import annotations

import numpy as np

from graph_schema.arrays import Floats, Ints
from graph_schema.records import Temperature
from trainers.pairs import log_shares

_BINS = 10


def fit_temperature(scores: Floats, true: Ints) -> Temperature:
    """The temperature under which the true types are likeliest, and how the probabilities hold then.

    Args:
        scores: (N, T) of pairs.
        true: (N,) their types.
    """
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(true))

    def loss(logarithm: float) -> float:
        return -float(log_shares(scores, float(np.exp(logarithm)))[rows, true].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(50.0)), method="bounded")
    temperature = float(np.exp(found.x))
    return Temperature(temperature=temperature, curve=reliability(scores, true, temperature))


def reliability(scores: Floats, true: Ints, temperature: float) -> tuple[tuple[float, float, int], ...]:
    """By tenths of the likeliest type's probability: its mean, the share that was right, and pairs."""
    shares = np.exp(log_shares(scores, temperature))
    said = shares.argmax(axis=1)
    chance, right = shares[np.arange(len(said)), said], said == true
    tenth = np.minimum((chance * _BINS).astype(np.int64), _BINS - 1)
    return tuple(
        (float(chance[tenth == t].mean()), float(right[tenth == t].mean()), int((tenth == t).sum()))
        for t in np.unique(tenth).tolist()
    )
