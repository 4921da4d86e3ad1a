"""MED beside what it is to replace: models trained at one size each, and prefixes of a large one.

python acceptance/croppable.py [GRAPH …] [--hours H] [--work FOLDER] [--quick]

For RotatE and TransE, at four sizes, on the test facts of UMLS and of the training graph of WN18RR v1:

* `alone`: a model of each size, with learning rate and margin chosen for that size;
* `prefix`: the first coordinates of the largest of these;
* `nested`: the four sizes in one training, without anything of MED's;
* MED's switches one after the other: crops `calibrated`, then `mutual` learning as well, which is MED as it
  is by default, and to that facts weighed as corrected (`evolutionary`), or larger crops weighed more
  (`dynamic`);
* `complex`: ComplEx with N3 trained alone at as many bytes an entity.

Every training has its settings chosen by the same successive halving, and its epoch, on validation facts,
from which test facts are not filtered. Test MRR is the mean of three seeds. `below` lists where MED is below
`alone` by more than MED's spread. What is done is kept in FOLDER, so that a run that was ended goes on; after
H hours no further training begins. A run that is not complete, of some graphs only, or quick, is printed and
not recorded.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.triples import Splits
from kgplatform.reporting import reporting
from measuring.graphs import read_graph
from measuring.halving import GRIDS, best_settings, fitted
from measuring.recording import RESULTS, data_folder, record
from trainers.embedding.crops import rank_at
from trainers.embedding.model import EmbeddingModel

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

SAMPLED = {"loss": "self_adversarial", "negatives": 64, "shared": 8}
TRAINING = {"batch_size": 256, "validate_at_most": 300, "patience": 10}


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


WHOLE, QUICK = Extent(), Extent((4, 8), (0, 1), 1, (1,), 1)


@dataclass(frozen=True)
class Job:
    """One model to choose settings for and to train with every seed.

    Attributes:
        place: Graph, base, row, and the size if it is one; what it is kept under.
        graph: Its name.
        model, base, axes: Its name, its settings, and what is chosen of them.
        widths: Of the model, where it is ranked: by the row and the size that each stands for.
    """

    place: str
    graph: str
    model: str
    base: dict[str, Any]
    axes: str
    widths: dict[tuple[str, int], int]

    def keys(self, seed: int) -> dict[tuple[str, int], str]:
        """What each figure of a seed is kept under."""
        graph, base = self.place.split("/")[:2]
        return {(row, size): f"{graph}/{base}/{row}/{size}/{seed}" for row, size in self.widths}


class Kept:
    """What is done, in a file that is whole at any moment. Args: folder: Where it lies."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "croppable.json"
        self.found: dict[str, Any] = json.loads(self.file.read_text("utf-8")) if self.file.exists() else {}

    def put(self, values: dict[str, Any]) -> None:
        """Keep these too."""
        self.found |= values
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(self.found, indent=1), "utf-8")
        part.replace(self.file)


def main() -> int:
    """Train what is not there yet; the exit status says whether the table is complete."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("graphs", nargs="*", choices=[[], *GRAPHS])
    parser.add_argument("--hours", type=float, default=float("inf"))
    parser.add_argument("--work", type=Path, default=RESULTS.parent / ".cache" / "croppable")
    parser.add_argument("--quick", action="store_true", help="a few epochs of small sizes")
    asked = parser.parse_args()
    extent = QUICK if asked.quick else WHOLE
    graphs = [g for g in GRAPHS if g in asked.graphs] or list(GRAPHS)[: 1 if asked.quick else None]
    until = time.monotonic() + 3600 * asked.hours
    with tempfile.TemporaryDirectory() as folder, reporting() as progress:
        kept = Kept(Path(folder) if asked.quick else asked.work)
        complete = all(_done(graph, extent, kept, until, progress) for graph in graphs)
    values = _values(graphs, extent, kept.found)
    if complete and graphs == list(GRAPHS) and not asked.quick:
        record("croppable", values, seeds=extent.seeds)
    else:
        print(json.dumps(values))
    return 0 if complete else 1


def jobs(graph: str, extent: Extent) -> Iterator[Job]:
    """All trainings on a graph."""
    last = extent.sizes[-1]
    for base, parts in BASES.items():
        for size in extent.sizes:
            widths = {("alone", size): size}
            if size == last:
                widths |= {("prefix", smaller): smaller for smaller in extent.sizes}
            place, settings = f"{graph}/{base}/alone/{size}", {"dim": size} | SAMPLED
            yield Job(place, graph, base, settings, base, widths)
            dim = max(1, size * parts // 2)
            yield Job(f"{graph}/{base}/complex/{size}", graph, "complex", {"dim": dim}, "complex",
                      {("complex", size): dim})  # fmt: skip
        for row, switches in SWITCHES.items():
            settings = {"base": base, "widths": extent.sizes} | SAMPLED | switches
            widths = {(row, size): size for size in extent.sizes}
            yield Job(f"{graph}/{base}/{row}", graph, "med", settings, base, widths)


def _done(graph: str, extent: Extent, kept: Kept, until: float, progress: Progress) -> bool:
    """Do what is missing of a graph; whether all is there."""
    splits = read_graph(data_folder() / GRAPHS[graph]).splits()
    for job in jobs(graph, extent):
        chosen = f"{job.place}/settings"
        for seed in extent.seeds:
            if all(key in kept.found for key in job.keys(seed).values()):
                continue
            if time.monotonic() > until:
                return False
            if chosen not in kept.found:
                kept.put({chosen: _chosen(job, splits, extent, progress)})
            kept.put(_ranked(job, splits, kept.found[chosen], extent, seed, progress))
            shown = {key: kept.found[key] for key in job.keys(seed).values()}
            print(shown, file=sys.stderr, flush=True)
    return True


def _chosen(job: Job, splits: Splits, extent: Extent, progress: Progress) -> dict[str, Any]:
    axes = {name: values[: extent.values] for name, values in GRIDS[job.axes].items()}
    base = job.base | TRAINING
    return best_settings(job.model, splits, axes, base, rounds=extent.rounds, progress=progress)


def _ranked(
    job: Job, splits: Splits, chosen: dict[str, Any], extent: Extent, seed: int, progress: Progress
) -> dict[str, float | None]:
    """Test MRR by what it is kept under; None where the training diverged."""
    keys = job.keys(seed)
    settings = job.base | TRAINING | chosen | {"epochs": extent.epochs}
    try:
        model, _ = fitted(job.model, splits.without_test(), settings, seed=seed, progress=progress)
    except RunError:
        return dict.fromkeys(keys.values())
    assert isinstance(model, EmbeddingModel)
    true = splits.all_true()
    found: dict[str, float | None] = {}
    for place, width in job.widths.items():
        crop = model.cropped(width)
        crop.bind(splits.known)
        found[keys[place]] = rank_at(crop, (width,), splits.test, true)[width].metrics()["mrr"]
    return found


def _values(graphs: list[str], extent: Extent, found: dict[str, Any]) -> dict[str, Any]:
    """The table, and where MED is below."""
    table, below = [], []
    for graph in graphs:
        for base in BASES:
            lines = {row: _line(f"{graph}/{base}/{row}", extent, found) for row in ROWS}
            table += [{"graph": graph, "base": base, "row": row} | line for row, line in lines.items()]
            for size in extent.sizes:
                med, alone = lines[MED][f"at {size}"], lines["alone"][f"at {size}"]
                spread = lines[MED][f"± {size}"]
                if med is not None and alone is not None and spread is not None and med < alone - spread:
                    below.append({"graph": graph, "base": base, "size": size, "med": med, "alone": alone,
                                  "spread": spread})  # fmt: skip
    return {
        "test MRR": table,
        "below": below,
        "bytes an entity": {
            base: {str(size): 4 * parts * size for size in extent.sizes} for base, parts in BASES.items()
        },
        "epochs": extent.epochs,
        "epochs of each round of choosing": list(extent.rounds),
        "chosen": {k.removesuffix("/settings"): v for k, v in found.items() if k.endswith("/settings")},
        "split": "test",
        "ranking": "filtered, realistic",
    }


def _line(place: str, extent: Extent, found: dict[str, Any]) -> dict[str, float | None]:
    """Mean and spread at each size; None where a seed is missing or diverged."""
    line: dict[str, float | None] = {}
    for size in extent.sizes:
        mrr = [found.get(f"{place}/{size}/{seed}") for seed in extent.seeds]
        there = [value for value in mrr if value is not None]
        whole = len(there) == len(mrr)
        line[f"at {size}"] = statistics.fmean(there) if whole else None
        line[f"± {size}"] = statistics.stdev(there) if whole else None
    return line


if __name__ == "__main__":
    sys.exit(main())
