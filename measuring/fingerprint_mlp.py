"""A network on the fingerprints of both drugs, scikit-learn's: what chemistry alone says of pairs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from graph_schema.arrays import Floats, Ints
from graph_schema.progress import Progress
from trainers.analogues.structures import fingerprints
from trainers.pairs import PROTOCOLS, PairSplits

WIDTH, HIDDEN, BATCH = 128, 256, 512


class FingerprintMLP:
    """Two drugs' fingerprints, each as the first `WIDTH` singular vectors, through one hidden layer.

    Args:
        data: Whose known pairs it learns; the epoch is chosen by mean macro-F1 of validation's protocols.
        epochs: At most.
        seed: Decides what is drawn.
        progress: Told of every epoch.
    """

    def __init__(self, data: PairSplits, *, epochs: int, seed: int, progress: Progress) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.neural_network import MLPClassifier

        vocabulary, self.types = data.vocabulary, data.types
        bits = fingerprints([vocabulary.structures.get(name, "") for name in vocabulary.entities])
        self._drugs: Floats = TruncatedSVD(WIDTH, random_state=0).fit_transform(bits)
        self._drugs /= self._drugs[self._drugs.any(axis=1)].std()
        model, draw = MLPClassifier(HIDDEN, random_state=seed), np.random.default_rng(seed)
        rows, valid = data.known_pairs, data.valid.triples
        of, best = data.protocol(valid), (-1.0, None)
        for epoch in range(epochs):
            for some in np.array_split(draw.permutation(len(rows)), len(rows) // BATCH + 1):
                pairs = rows[some]
                model.partial_fit(
                    self._pairs(pairs), data.places(pairs[:, 1]), classes=np.arange(len(self.types))
                )
            figure = self._mean_f1(model, data, valid, of)
            if figure > best[0]:
                best = figure, deepcopy(model)
            progress(f"fingerprint network, seed {seed}: {figure:.4f}", epoch + 1, epochs)
        self._model: Any = best[1]

    def said(self, rows: Ints) -> Ints:
        """(N,) place of the likeliest type of each of (N, 3) facts."""
        said: Ints = self._model.predict(self._pairs(rows))
        return said

    def _pairs(self, rows: Ints) -> Floats:
        return np.concatenate([self._drugs[rows[:, 0]], self._drugs[rows[:, 2]]], axis=1)

    def _mean_f1(self, model: Any, data: PairSplits, valid: Ints, of: Ints) -> float:
        from sklearn.metrics import f1_score

        said, true = model.predict(self._pairs(valid)), data.places(valid[:, 1])
        parts = [of == protocol for protocol in range(len(PROTOCOLS)) if (of == protocol).any()]
        return float(np.mean([f1_score(true[p], said[p], average="macro", zero_division=0) for p in parts]))
