"""MED beside what it is to replace: models trained at one size each, and prefixes of a large one.

python acceptance/croppable.py [GRAPH …] [--hours H] [--quick]

For RotatE and TransE, at four sizes, on the test facts of UMLS and of the training graph of WN18RR v1:

* `alone`: a model of each size, with learning rate and margin chosen for that size;
* `prefix`: the first coordinates of the largest of these;
* `nested`: the four sizes in one training, without anything of MED's;
* MED's switches one after the other: crops `calibrated`, then `mutual` learning as well, which is MED as it
  is by default, and to that facts weighed as corrected (`evolutionary`), or larger crops weighed more
  (`dynamic`);
* `complex`: ComplEx with N3 trained alone at as many bytes an entity.

Every training has its settings chosen by the same successive halving, and its epoch, on validation facts,
from which test facts are not filtered. Test MRR is the mean of three seeds. `below` lists where MED diverged,
or is below `alone` by more than MED's spread. After H hours no further training begins.

`wn18rr`, where it is named, is the whole WN18RR: MED with RotatE and one seed, beside the published figures,
with the published settings of RotatE cut to the H hours, three where nothing is said, that it may train.

The record is written after every training and says what is missing; a later run goes on from it. A quick run
is printed and not recorded.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.triples import Splits
from kgplatform.reporting import reporting
from measuring import med_whole
from measuring.crop_table import BASES, DIVERGED, GRAPHS, SWITCHES, Done, Extent, values_of
from measuring.graphs import read_graph
from measuring.halving import GRIDS, best_settings, fitted
from measuring.recording import data_folder, record, recorded
from trainers.embedding.crops import rank_at
from trainers.embedding.model import EmbeddingModel

NAME = "croppable"
SAMPLED = {"loss": "self_adversarial", "negatives": 64, "shared": 8}
TRAINING = {"batch_size": 256, "validate_at_most": 300, "patience": 10}

WHOLE, QUICK = Extent(), Extent((4, 8), (0, 1), 1, (1,), 1)


@dataclass(frozen=True)
class Job:
    """One model to choose settings for and to train with every seed.

    Attributes:
        place: Graph, base, row, and the size if it is one; what it is kept under.
        model, base, axes: Its name, its settings, and what is chosen of them.
        widths: Of the model, where it is ranked: by the row and the size that each stands for.
    """

    place: str
    model: str
    base: dict[str, Any]
    axes: str
    widths: dict[tuple[str, int], int]

    def keys(self, seed: int) -> dict[tuple[str, int], str]:
        """What each figure of a seed is kept under."""
        graph, base = self.place.split("/")[:2]
        return {(row, size): f"{graph}/{base}/{row}/{size}/{seed}" for row, size in self.widths}


@dataclass(frozen=True)
class Work:
    """What is done and what for.

    Attributes:
        extent: How much is asked for.
        done: What is there; it grows.
        quick: Whether nothing is recorded.
        progress: Told of the work.
    """

    extent: Extent
    done: Done
    quick: bool
    progress: Progress

    def keep(self, new: Done, *, shown: bool = False) -> None:
        """Record this, beside what others have recorded meanwhile. Args: shown: Whether it is printed."""
        if not self.quick:
            self.done.take(_before(self.extent))
        self.done.take(new)
        values = values_of(self.done, self.extent)
        if not self.quick:
            record(NAME, values, seeds=self.extent.seeds, shown=shown)
        elif shown:
            print(json.dumps(values))


def main() -> int:
    """Train what is not there yet; the exit status says whether what was asked for is complete."""
    names = (*GRAPHS, med_whole.GRAPH)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("graphs", nargs="*", choices=[[], *names])
    parser.add_argument("--hours", type=float)
    parser.add_argument("--quick", action="store_true", help="a few epochs of small sizes")
    asked = parser.parse_args()
    extent = QUICK if asked.quick else WHOLE
    graphs = [g for g in names if g in asked.graphs] or list(GRAPHS)[: 1 if asked.quick else None]
    until = time.monotonic() + 3600 * (float("inf") if asked.hours is None else asked.hours)
    with reporting() as progress:
        work = Work(extent, Done() if asked.quick else _before(extent), asked.quick, progress)
        complete = True
        for graph in graphs:
            if graph == med_whole.GRAPH:
                _whole(work, med_whole.HOURS if asked.hours is None else asked.hours)
            else:
                complete &= _done(graph, work, until)
        work.keep(Done(), shown=True)
    return 0 if complete else 1


def _before(extent: Extent) -> Done:
    """What stands in the record. Ends the process if that is of trainings of another length."""
    values = recorded(NAME)
    wanted = (extent.epochs, list(extent.rounds))
    there = (values["epochs"], values["epochs of each round of choosing"]) if values else wanted
    if there != wanted:
        sys.exit(f"the record {NAME} is of epochs {there}; wanted {wanted}; without it all begins anew")
    return Done.of(values)


def _whole(work: Work, hours: float) -> None:
    """Train on the whole WN18RR, unless that was done with as many hours."""
    done = work.done.whole
    if done and done[med_whole.TOLD]["hours at most"] >= hours:
        return
    splits = read_graph(data_folder() / med_whole.FOLDER).splits()
    epochs = work.extent.epochs if work.quick else None
    found = med_whole.measured(splits, work.extent.sizes, hours=hours, epochs=epochs, progress=work.progress)
    work.keep(Done(whole=found))
    print(found, file=sys.stderr, flush=True)


def jobs(graph: str, extent: Extent) -> Iterator[Job]:
    """All trainings on a graph."""
    last = extent.sizes[-1]
    for base, parts in BASES.items():
        for size in extent.sizes:
            widths = {("alone", size): size}
            if size == last:
                widths |= {("prefix", smaller): smaller for smaller in extent.sizes}
            yield Job(f"{graph}/{base}/alone/{size}", base, {"dim": size} | SAMPLED, base, widths)
            dim = max(1, size * parts // 2)
            yield Job(f"{graph}/{base}/complex/{size}", "complex", {"dim": dim}, "complex",
                      {("complex", size): dim})  # fmt: skip
        for row, switches in SWITCHES.items():
            settings = {"base": base, "widths": extent.sizes} | SAMPLED | switches
            widths = {(row, size): size for size in extent.sizes}
            yield Job(f"{graph}/{base}/{row}", "med", settings, base, widths)


def _done(graph: str, work: Work, until: float) -> bool:
    """Do what is missing of a graph; whether all is there."""
    splits, done = read_graph(data_folder() / GRAPHS[graph]).splits(), work.done
    for job in jobs(graph, work.extent):
        for seed in work.extent.seeds:
            if all(key in done.each for key in job.keys(seed).values()):
                continue
            if time.monotonic() > until:
                return False
            if job.place not in done.chosen:
                work.keep(Done(chosen={job.place: _chosen(job, splits, work)}))
            found = _ranked(job, splits, done.chosen[job.place], seed, work)
            work.keep(Done(found))
            print(found, file=sys.stderr, flush=True)
    return True


def _chosen(job: Job, splits: Splits, work: Work) -> dict[str, Any] | str:
    """The best settings on validation, or that all of them diverged."""
    axes = {name: values[: work.extent.values] for name, values in GRIDS[job.axes].items()}
    base, rounds = job.base | TRAINING, work.extent.rounds
    try:
        return best_settings(job.model, splits, axes, base, rounds=rounds, progress=work.progress)
    except RunError:
        return DIVERGED


def _ranked(
    job: Job, splits: Splits, chosen: dict[str, Any] | str, seed: int, work: Work
) -> dict[str, float | str]:
    """Test MRR by what it is kept under, or that the training diverged."""
    keys = job.keys(seed)
    found: dict[str, float | str] = dict.fromkeys(keys.values(), DIVERGED)
    if isinstance(chosen, str):
        return found
    settings = job.base | TRAINING | chosen | {"epochs": work.extent.epochs}
    try:
        model, _ = fitted(job.model, splits.without_test(), settings, seed=seed, progress=work.progress)
    except RunError:
        return found
    assert isinstance(model, EmbeddingModel)
    true = splits.all_true()
    for place, width in job.widths.items():
        crop = model.cropped(width)
        crop.bind(splits.known)
        found[keys[place]] = rank_at(crop, (width,), splits.test, true)[width].metrics()["mrr"]
    return found


if __name__ == "__main__":
    sys.exit(main())
