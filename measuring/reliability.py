"""Reliability of probabilities on test: expected calibration error, and a diagram drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from kgplatform.serving.asking import Served
from trainers.calibration import TOP, log_softmax, probability
from trainers.evaluation import Queries
from trainers.trainer import TailScorer

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Candidates in bins of equal width by probability, with how many of them are true.

    Attributes:
        name: Of the graph.
        count: (BINS,) candidates.
        mean: (BINS,) mean probability, nan where there is none.
        true: (BINS,) share of them that are test facts, nan where there is none.
    """

    name: str
    count: Ints
    mean: Floats
    true: Floats

    @classmethod
    def of(cls, name: str, given: Floats, labels: Mask) -> Reliability:
        """Args: given: (N,) probabilities; labels: (N,) whether each is a test fact."""
        place = np.minimum((given * BINS).astype(np.int64), BINS - 1)
        count = np.bincount(place, minlength=BINS)
        with np.errstate(invalid="ignore"):
            mean = np.bincount(place, given, BINS) / count
            true = np.bincount(place, labels, BINS) / count
        return cls(name, count, mean, true)

    @property
    def error(self) -> float:
        """Expected calibration error: mean gap between probability and share of truths, by candidates."""
        there = self.count > 0
        gaps = np.abs(self.mean[there] - self.true[there])
        return float((gaps * self.count[there]).sum() / self.count.sum())


@dataclass(frozen=True)
class OnTest:
    """Probabilities of candidates.

    Attributes:
        given: (N,) probabilities.
        true: (N,) which are test facts.
        likeliest: (N,) which are the likeliest of their query.
    """

    given: Floats
    true: Mask
    likeliest: Mask

    def among(self, likeliest: bool) -> tuple[Floats, Mask]:
        """Probabilities and truths of all candidates, or of each query's likeliest."""
        kept = self.likeliest if likeliest else np.ones(len(self.given), dtype=bool)
        return self.given[kept], self.true[kept]


def on_test(served: Served, *, batch: int = 64) -> OnTest:
    """The top candidates of each test query, both directions.

    Candidates are those of a prediction without the validation facts, which the calibration has seen.
    """
    graph, model = served.graph, served.model
    calibration = served.record.calibration
    if calibration is None or not isinstance(model, TailScorer):
        raise TypeError(f"run {served.record.id!r} gives no probabilities")
    splits = graph.splits()
    asked, seen = Queries.of(splits.test), Queries.of(splits.valid)
    given, labels, likeliest = [], [], []
    for start, stop in asked.batches(batch):
        heads, relations = asked.head[start:stop], asked.relation[start:stop]
        count = splits.known.num_entities
        truth = asked.mask(heads, relations, count)
        excluded = served.candidates.excluded(heads, relations) & ~truth
        logs = log_softmax(model.score_tails(heads, relations), excluded)
        logs[seen.mask(heads, relations, count) & ~truth] = -np.inf
        top = np.argsort(-logs, axis=1, kind="stable")[:, :TOP]
        there = np.take_along_axis(logs, top, axis=1)
        finite = np.isfinite(there)
        given.append(probability(calibration, there[finite]))
        labels.append(np.take_along_axis(truth, top, axis=1)[finite])
        likeliest.append(np.broadcast_to(np.arange(top.shape[1]) == 0, top.shape)[finite])
    return OnTest(np.concatenate(given), np.concatenate(labels), np.concatenate(likeliest))


def draw(diagrams: Sequence[Reliability], file: Path) -> None:
    """Reliability diagrams side by side: bars are shares of truths, their darkness how many candidates."""
    size, gap, left, top = 220, 60, 55, 40
    width, height = left + len(diagrams) * (size + gap), top + size + 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, diagram in enumerate(diagrams):
        x0, y0 = left + number * (size + gap), top + size
        parts.append(
            f'<text x="{x0 + size / 2}" y="20" text-anchor="middle" font-weight="bold">{diagram.name}: '
            f"ECE {diagram.error:.4f}</text>"
        )
        for i in np.flatnonzero(diagram.count):
            x, bar = x0 + i * size / BINS, diagram.true[i] * size
            shade = 0.25 + 0.75 * np.log1p(diagram.count[i]) / np.log1p(diagram.count.max())
            parts.append(
                f'<rect x="{x + 1:.1f}" y="{y0 - bar:.1f}" width="{size / BINS - 2:.1f}" height="{bar:.1f}" '
                f'fill="#0072b2" fill-opacity="{shade:.2f}"/>'
            )
            cx, cy = x0 + diagram.mean[i] * size, y0 - diagram.true[i] * size
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
        f'<text x="{left}" y="{height - 10}" fill="#555">Top candidates of every test query in {BINS} bins; '
        "dots at each bin's mean, darker bars hold more candidates.</text>",
        "</svg>",
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(parts) + "\n", "utf-8")
