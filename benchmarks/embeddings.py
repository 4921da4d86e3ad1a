"""Training embedding models: our trainer against PyKEEN, and one run of all sizes against one of the largest.

python benchmarks/embeddings.py [CASE …] [--rounds N]

Each side runs in processes of its own, in turn, on the training facts of WN18RR, and is timed over steps
after a warm-up; setting up, shuffling and evaluation are outside. `ratio` is positives (facts, each in one
direction) a second, ours over PyKEEN's: same score, width, batch, negatives and threads, both with Adam. The
side that is compared draws the negatives of each positive alone, as PyKEEN does; beside it stands one in
which 64 positives share theirs. PyKEEN learns by its loss, self-adversarial sampling or for ComplEx softplus;
ours by the same weighed alike. Two things differ: its Adam moves every row of the tables at each step, ours
those of the step; its RotatE takes the root of a sum of squares, ours a sum of roots.

`nested` is MED at 64 sizes, 10 to 640, against RotatE at 640, over as many steps: `ratio` is MED's seconds
over RotatE's. What 64 trainings would take is the sum over the sizes of seconds of RotatE measured at 10, 160
and 640 and between these taken from straight lines. Some cases only, or other rounds, are printed and not
kept.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from graph_schema.triples import Splits
from measuring.graphs import read_graph
from measuring.memory import Peak
from measuring.recording import data_folder, record
from measuring.turns import Turns
from trainers.kernels.threads import thread_count
from trainers.registry import load_model

SEED, ROUNDS = 0, 3
BATCH, NEGATIVES, SHARED = 512, 64, 64
SIZES = tuple(range(10, 641, 10))
MEASURED = (10, 160, 640)
"""Sizes at which a training of its own is measured; the others lie on lines between them."""

MODELS: dict[str, dict[str, Any]] = {
    "rotate": {"loss": "self_adversarial", "margin": 9.0, "adversarial": 1.0},
    "transe": {"loss": "self_adversarial", "margin": 9.0, "adversarial": 1.0},
    "complex": {"loss": "self_adversarial", "margin": 0.0, "adversarial": 0.0},
}
DIMS = (128, 640)
SIDES = ("ours", "shared", "pykeen")
NESTED = "nested"
NESTED_SIDES = ("med", *(f"rotate-{size}" for size in MEASURED))
CASES = (*(f"{model}-{dim}" for model in MODELS for dim in DIMS), NESTED)

WARM_UP = 5
STEPS = {"ours": 40, "shared": 40, "pykeen": 12} | dict.fromkeys(NESTED_SIDES, 40)
"""Steps that each side is timed over."""


class _Stopped(Exception):  # noqa: N818  # no error: the end that was wanted
    """Ends a training that was only to be timed."""


@dataclass
class Clock:
    """Told of each step; ends the training after those that are timed. Args: steps: How many these are."""

    steps: int
    warm_up: int = WARM_UP
    seen: int = 0
    began: float = 0.0
    ended: float = 0.0

    def step(self) -> None:
        """One more is done. Raises: _Stopped."""
        self.seen += 1
        if self.seen == self.warm_up:
            self.began = time.perf_counter()
        if self.seen == self.warm_up + self.steps:
            self.ended = time.perf_counter()
            raise _Stopped

    @property
    def seconds(self) -> float:
        """Of the steps that were timed."""
        assert self.ended
        return self.ended - self.began


def main() -> int:
    """Measure; the exit status says whether every ratio is as wanted."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("cases", nargs="*", choices=[[], *CASES])
    read.add_argument("--rounds", type=int, default=ROUNDS, help="processes of each side")
    read.add_argument("--side", choices=STEPS, help=argparse.SUPPRESS)
    options = read.parse_args()
    chosen = [case for case in CASES if not options.cases or case in options.cases]
    if options.side:
        print(json.dumps(_measure(chosen[0], options.side)))
        return 0
    values: dict[str, Any] = {
        "against PyKEEN": [_compare(case, options.rounds) for case in chosen if case != NESTED],
        "nested": [_nested(options.rounds)] if NESTED in chosen else [],
        "batch": BATCH,
        "negatives": NEGATIVES,
        "threads": thread_count(),
        "pykeen": importlib.metadata.version("pykeen"),
    }
    if len(chosen) == len(CASES) and options.rounds == ROUNDS:
        record("embedding_training", values, seeds=[SEED])
    else:
        print(json.dumps(values))
    return 0 if all(row["reached"] for row in values["against PyKEEN"] + values["nested"]) else 1


def _compare(case: str, rounds: int) -> dict[str, Any]:
    turns = Turns(__file__, case, SIDES, rounds)
    speed, memory = turns.median("positives a second"), turns.median("megabytes")
    ratio, (model, _, dim) = speed["ours"] / speed["pykeen"], case.partition("-")
    return {
        "model": model,
        "dims": int(dim),
        "positives a second, ours": speed["ours"],
        "positives a second, PyKEEN": speed["pykeen"],
        "ratio": ratio,
        "wanted": 5,
        "reached": ratio >= 5,
        f"positives a second, ours, {SHARED} sharing": speed["shared"],
        "MB, ours": memory["ours"],
        "MB, PyKEEN": memory["pykeen"],
    }


def _nested(rounds: int) -> dict[str, Any]:
    turns = Turns(__file__, NESTED, NESTED_SIDES, rounds)
    seconds, memory = turns.median("seconds"), turns.median("megabytes")
    largest = seconds[f"rotate-{MEASURED[-1]}"]
    apart = float(np.interp(SIZES, MEASURED, [seconds[f"rotate-{size}"] for size in MEASURED]).sum())
    return {
        "sizes": len(SIZES),
        "ms a step, med": 1000 * seconds["med"] / STEPS["med"],
        "ms a step, rotate": 1000 * largest / STEPS["med"],
        "ratio": seconds["med"] / largest,
        "wanted": 1.3,
        "reached": seconds["med"] <= 1.3 * largest,
        "64 trainings over med": apart / seconds["med"],
        "ms a step, rotate at 10": 1000 * seconds["rotate-10"] / STEPS["med"],
        "ms a step, rotate at 160": 1000 * seconds["rotate-160"] / STEPS["med"],
        "MB, med": memory["med"],
        "MB, rotate": memory[f"rotate-{MEASURED[-1]}"],
    }


def _measure(case: str, side: str) -> dict[str, Any]:
    """Seconds, positives a second and the peak; what is loaded or compiled on first use is there before."""
    splits = read_graph(data_folder() / "link_prediction" / "wn18rr").splits()
    model, dim, shared = _asked(case, side)
    first, clock = Clock(1, warm_up=1), Clock(STEPS[side])
    if side == "pykeen":
        _pykeen(model, splits, 10, first)
        with Peak() as peak:
            _pykeen(model, splits, dim, clock)
    else:
        _ours(model, splits, (10,), shared, first)
        with Peak() as peak:
            _ours(model, splits, SIZES if side == "med" else (dim,), shared, clock)
    speed = clock.steps * BATCH / clock.seconds
    return {"seconds": clock.seconds, "positives a second": speed, "megabytes": peak.megabytes}


def _asked(case: str, side: str) -> tuple[str, int, int]:
    """Model, width and how many positives share their negatives."""
    if side == "med":
        return "med", SIZES[-1], 1
    model, _, dim = (side if case == NESTED else case).partition("-")
    return model, int(dim), SHARED if side == "shared" else 1


def _ours(name: str, splits: Splits, sizes: Sequence[int], shared: int, clock: Clock) -> None:
    """The trainer itself, told of every step of its first epoch, which has more steps than are timed."""
    settings: dict[str, Any] = {"batch_size": BATCH, "negatives": NEGATIVES, "shared": shared}
    settings |= {"optimizer": "adam", "learning_rate": 1e-4, "epochs": 1} | MODELS.get(name, MODELS["rotate"])
    settings |= {"widths": tuple(sizes)} if name == "med" else {"dim": sizes[-1]}
    kind = load_model(name)
    model = kind(kind.Config.model_validate(settings), splits.vocabulary.relations, seed=SEED)

    def watch(what: str, done: float, total: float) -> None:
        del what, done, total
        clock.step()

    with suppress(_Stopped):
        model.fit(splits, progress=watch)


def _pykeen(name: str, splits: Splits, dim: int, clock: Clock) -> None:
    """PyKEEN's own training loop, told by a callback of every batch."""
    from pykeen.losses import NSSALoss, SoftplusLoss
    from pykeen.models import ComplEx, RotatE, TransE
    from pykeen.training import SLCWATrainingLoop, TrainingCallback
    from pykeen.triples import CoreTriplesFactory

    class Watch(TrainingCallback):
        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]

        def post_batch(self, epoch: int, batch: Any, **kwargs: Any) -> None:
            del epoch, batch, kwargs
            clock.step()

    torch.set_num_threads(thread_count())
    facts = torch.from_numpy(splits.known.triples.copy())
    vocabulary = splits.vocabulary
    factory = CoreTriplesFactory(facts, len(vocabulary.entities), len(vocabulary.relations))
    given: dict[str, Any] = {"triples_factory": factory, "embedding_dim": dim, "random_seed": SEED}
    model: Any
    sampled = NSSALoss(margin=9.0, adversarial_temperature=1.0)
    if name == "rotate":
        model = RotatE(loss=sampled, **given)
    elif name == "transe":  # without the scaling of all entities after each step, which ours lacks
        model = TransE(loss=sampled, scoring_fct_norm=1, entity_constrainer=None, **given)
    else:
        model = ComplEx(loss=SoftplusLoss(reduction="mean"), regularizer=None, **given)
    loop = SLCWATrainingLoop(
        model=model,
        triples_factory=factory,
        optimizer="adam",
        optimizer_kwargs={"lr": 1e-4},
        negative_sampler="basic",
        negative_sampler_kwargs={"num_negs_per_pos": NEGATIVES},
        automatic_memory_optimization=False,
    )
    with suppress(_Stopped):
        loop.train(
            factory,
            num_epochs=1,
            batch_size=BATCH,
            drop_last=True,
            use_tqdm=False,
            callbacks=[Watch()],
            pin_memory=False,
        )


if __name__ == "__main__":
    sys.exit(main())
