"""The table of MED beside models of one size each: what of it is there, and what a later run goes on from."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

GRAPHS = {"umls": "link_prediction/umls", "wn18rr_v1": "link_prediction_inductive/wn18rr_v1/seen"}
BASES = {"rotate": 2, "transe": 1}
"""Models, and numbers to a coordinate of an entity."""

SWITCHES: dict[str, dict[str, Any]] = {
    "nested": {"calibrated": False, "mutual": 0.0},
    "calibrated": {"mutual": 0.0},
    "mutual": {},
    "evolutionary": {"evolutionary": "corrected"},
    "dynamic": {"dynamic": "corrected"},
}
MED = "mutual"
ROWS = ("alone", "prefix", *SWITCHES, "complex")

Line = dict[str, float | str | None]

DIVERGED = "diverged"
"""In place of a figure, of a training that was run and came to no number."""


@dataclass(frozen=True)
class Extent:
    """How much is done.

    Attributes:
        sizes, seeds: Of the table.
        epochs, rounds: Of trainings reported, and of those that choose settings.
        values: Of each setting that is chosen, at most.
    """

    sizes: tuple[int, ...] = (10, 40, 160, 640)
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int = 40
    rounds: tuple[int, ...] = (2, 4, 8)
    values: int | None = None


@dataclass(frozen=True)
class Done:
    """What was trained; what was not is not there.

    Attributes:
        each: Test MRR, or that the training diverged, by graph, base, row, size and seed.
        chosen: Settings, or that all of them diverged, by graph, base, row and the size if it is one.
        whole: What stands in the record of the whole WN18RR; its names begin with that.
    """

    each: dict[str, float | str] = field(default_factory=dict)
    chosen: dict[str, dict[str, Any] | str] = field(default_factory=dict)
    whole: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """What stands in the values of a record; see `values_of`."""
        whole = {name: value for name, value in values.items() if name.startswith("whole WN18RR")}
        return cls(dict(values.get("each", {})), dict(values.get("chosen", {})), whole)

    def take(self, other: Done) -> None:
        """What stands in another is here too, and instead of what was here."""
        self.each.update(other.each)
        self.chosen.update(other.chosen)
        self.whole.update(other.whole)


def values_of(done: Done, extent: Extent) -> dict[str, Any]:
    """The table as far as it goes, what is missing of it, where MED is below, and all that was kept.

    A cell is None as long as a seed of it is missing, then the mean of the seeds, or that one diverged.
    """
    table: list[dict[str, Any]] = []
    missing: list[str] = []
    below: list[dict[str, Any]] = []
    for graph in GRAPHS:
        for base in BASES:
            lines = {row: _line(f"{graph}/{base}/{row}", extent, done.each) for row in ROWS}
            table += [{"graph": graph, "base": base, "row": row} | line for row, line in lines.items()]
            missing += [
                f"{graph}/{base}/{row}/{size}"
                for row, line in lines.items()
                for size in extent.sizes
                if line[f"at {size}"] is None
            ]
            below += [{"graph": graph, "base": base} | found for found in _below(lines, extent)]
    return {
        "test MRR": table,
        **done.whole,
        "missing": missing + ([] if done.whole else ["wn18rr"]),
        "below": below,
        "bytes an entity": {
            base: {str(size): 4 * parts * size for size in extent.sizes} for base, parts in BASES.items()
        },
        "epochs": extent.epochs,
        "epochs of each round of choosing": list(extent.rounds),
        "split": "test",
        "ranking": "filtered, realistic",
        "chosen": done.chosen,
        "each": done.each,
    }


def _line(place: str, extent: Extent, each: Mapping[str, float | str]) -> Line:
    """Mean and spread at each size."""
    line: Line = {}
    for size in extent.sizes:
        found = [each.get(f"{place}/{size}/{seed}") for seed in extent.seeds]
        mrr = [value for value in found if isinstance(value, float)]
        whole = len(mrr) == len(found)
        came = None if None in found else DIVERGED
        line[f"at {size}"] = statistics.fmean(mrr) if whole else came
        line[f"± {size}"] = statistics.stdev(mrr) if whole else None
    return line


def _below(lines: Mapping[str, Line], extent: Extent) -> Iterator[dict[str, Any]]:
    """Sizes at which MED diverged, or is below the model of that size by more than its own spread."""
    for size in extent.sizes:
        med, alone, spread = lines[MED][f"at {size}"], lines["alone"][f"at {size}"], lines[MED][f"± {size}"]
        worse = isinstance(med, str)
        if isinstance(med, float) and isinstance(alone, float) and isinstance(spread, float):
            worse = med < alone - spread
        if worse:
            yield {"size": size, "med": med, "alone": alone, "spread": spread}
