"""Do probabilities hold on what was promoted? Expected and found facts of the test, by tenths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.store.protocol import Row

TENTHS = 10
ENOUGH = 50
"""Predictions in a tenth, from which on the aim counts."""


@dataclass(frozen=True)
class Tenths:
    """Promoted predictions by probability.

    Attributes:
        count: (10,) predictions.
        expected: (10,) sum of their probabilities.
        found: (10,) how many are facts of the test.
    """

    count: Ints
    expected: Floats
    found: Ints

    @classmethod
    def of(cls, probability: Floats, true: Mask) -> Tenths:
        """Args: probability, true: (N,)."""
        place = np.minimum((probability * TENTHS).astype(np.int64), TENTHS - 1)
        return cls(
            np.bincount(place, minlength=TENTHS),
            np.bincount(place, probability, minlength=TENTHS).astype(np.float64),
            np.bincount(place, true, minlength=TENTHS).astype(np.int64),
        )

    @property
    def worst(self) -> float:
        """Largest gap between the mean probability and the share found, of tenths that hold `ENOUGH`."""
        enough = self.count >= ENOUGH
        gaps = np.abs(self.expected - self.found)[enough] / self.count[enough]
        return float(gaps.max(initial=0.0))

    def rows(self) -> list[dict[str, Any]]:
        """A row for each tenth that holds any."""
        return [
            {
                "from": tenth / TENTHS,
                "predictions": int(self.count[tenth]),
                "mean probability": float(self.expected[tenth] / self.count[tenth]),
                "share found": float(self.found[tenth] / self.count[tenth]),
            }
            for tenth in np.flatnonzero(self.count).tolist()
        ]


def on_test(graph: PulledGraph, promoted: Iterable[Row]) -> Tenths:
    """Promoted predictions held against the test split.

    Those that are facts of validation, on which the probabilities were fitted, are put aside. Where test and
    validation differ in size the odds are scaled by their ratio, since the probability is that of a fact of
    validation.

    Args:
        graph: The graph, with the splits the run was trained on.
        promoted: Rows with `head`, `relation`, `tail` and `probability`.
    """
    splits = graph.splits()
    ratio = len(splits.test) / len(splits.valid)
    inverse = splits.vocabulary.inverse
    valid, test = (_statements(part.triples, inverse) for part in (splits.valid, splits.test))
    given, true = [], []
    for row in promoted:
        (fact,) = splits.vocabulary.encode([row["head"]], [row["relation"]], [row["tail"]]).tolist()
        if tuple(fact) not in valid:
            given.append(row["probability"])
            true.append(tuple(fact) in test)
    odds = np.array(given) / (1 - np.minimum(given, 1 - 1e-9)) * ratio
    return Tenths.of(odds / (1 + odds), np.array(true, dtype=bool))


def _statements(triples: Ints, inverse: Ints) -> set[tuple[int, ...]]:
    """Facts, those of symmetric relations in both directions."""
    mirrored = triples[inverse[triples[:, 1]] == triples[:, 1]][:, [2, 1, 0]]
    return {tuple(row) for row in np.concatenate([triples, mirrored]).tolist()}


def draw(diagrams: Mapping[str, Tenths], file: Path) -> None:
    """Reliability diagrams side by side: bars are shares found, their darkness how many predictions."""
    size, gap, left, top = 220, 60, 55, 40
    width, height = left + len(diagrams) * (size + gap), top + size + 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, (name, diagram) in enumerate(diagrams.items()):
        x0, y0 = left + number * (size + gap), top + size
        parts.append(
            f'<text x="{x0 + size / 2}" y="20" text-anchor="middle" font-weight="bold">{escape(name)}: '
            f"{diagram.expected.sum():.0f} expected, {diagram.found.sum()} found</text>"
        )
        for i in np.flatnonzero(diagram.count):
            x, bar = x0 + i * size / TENTHS, diagram.found[i] / diagram.count[i] * size
            shade = 0.25 + 0.75 * np.log1p(diagram.count[i]) / np.log1p(diagram.count.max())
            wide = size / TENTHS - 2
            parts.append(
                f'<rect x="{x + 1:.1f}" y="{y0 - bar:.1f}" width="{wide:.1f}" height="{bar:.1f}" '
                f'fill="#0072b2" fill-opacity="{shade:.2f}"/>'
            )
            cx, cy = x0 + diagram.expected[i] / diagram.count[i] * size, y0 - bar
            parts.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="3" fill="#d55e00"/>')
        parts += [
            f'<line x1="{x0}" y1="{y0}" x2="{x0 + size}" y2="{y0 - size}" stroke="#666" '
            'stroke-dasharray="4 3"/>',
            f'<path d="M{x0} {y0 - size}V{y0}H{x0 + size}" fill="none" stroke="#222"/>',
        ]
        for tick in (0, 0.5, 1):
            parts += [
                f'<text x="{x0 + tick * size}" y="{y0 + 16}" text-anchor="middle">{tick:g}</text>',
                f'<text x="{x0 - 6}" y="{y0 - tick * size + 4}" text-anchor="end">{tick:g}</text>',
            ]
        parts.append(f'<text x="{x0 + size / 2}" y="{y0 + 36}" text-anchor="middle">probability given</text>')
    parts += [
        f'<text transform="translate(16 {top + size / 2}) rotate(-90)" text-anchor="middle">share of test '
        "facts</text>",
        f'<text x="{left}" y="{height - 10}" fill="#555">Promoted predictions by tenths of probability; '
        "dots at each tenth's mean, darker bars hold more predictions.</text>",
        "</svg>",
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(parts) + "\n", "utf-8")
