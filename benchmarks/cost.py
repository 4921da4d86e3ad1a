"""What a training is told to take before it begins, against what its first epoch takes: seconds and memory.

python benchmarks/cost.py

Each graph in a process of its own. The epoch is a whole one, validation included, after another training of
two steps has compiled what there is to compile. Memory is what an epoch takes on top of what was held before.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graph_schema.triples import Splits
from measuring.graphs import read_graph
from measuring.memory import Peak
from measuring.recording import data_folder, record
from trainers.models.red_gnn import RedGNN, RedGNNConfig
from trainers.settings import settings_called

WITHIN = 2.0
"""Told and measured seconds may differ by this factor."""


def _kept(name: str) -> tuple[Splits, RedGNNConfig]:
    splits = read_graph(data_folder() / "link_prediction" / name).splits()
    return splits, RedGNNConfig.model_validate(settings_called("red_gnn", name))


def _wn18rr() -> tuple[Splits, RedGNNConfig]:
    splits = read_graph(data_folder() / "link_prediction" / "wn18rr").splits()
    return splits, RedGNNConfig(layers=5, keep=100, query_share=0.1, validate_at_most=1000)


def _treats() -> tuple[Splits, RedGNNConfig]:
    splits = read_graph(data_folder() / "drug" / "hetionet_subset", domain="drug").splits()
    return splits.asking(["TREATS"]), RedGNNConfig(layers=3, keep=1000)


CASES: dict[str, Callable[[], tuple[Splits, RedGNNConfig]]] = {
    "umls": lambda: _kept("umls"),
    "family": lambda: _kept("family"),
    "wn18rr, adaptive": _wn18rr,
    "hetionet, TREATS": _treats,
}


def main() -> int:
    """Measure; the exit status says whether all told seconds were near, and no memory was more than told."""
    if sys.argv[1:]:
        print(json.dumps(_measure(sys.argv[1])))
        return 0
    rows: list[dict[str, Any]] = []
    for case in CASES:
        command = [sys.executable, str(Path(__file__).resolve()), case]
        rows.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))
        print(rows[-1], file=sys.stderr, flush=True)
    reached = all(
        1 / WITHIN <= row["ratio"] <= WITHIN and row["MiB, measured"] <= row["MiB, told"] for row in rows
    )
    record("cost", {"graphs": rows, "within": WITHIN, "reached": reached}, seeds=[0])
    return 0 if reached else 1


def _measure(case: str) -> dict[str, Any]:
    splits, config = CASES[case]()
    warm = config.model_copy(update={"epochs": 1, "steps": 2, "validate_at_most": 10})
    RedGNN(warm, splits.vocabulary.relations, seed=0).fit(splits, progress=_silent)
    told = RedGNN(config, splits.vocabulary.relations, seed=0).cost(splits)
    model = RedGNN(config.model_copy(update={"epochs": 1}), splits.vocabulary.relations, seed=0)
    with Peak() as peak:
        report = model.fit(splits, progress=_silent)
    seconds = report.history[0]["seconds"]
    return {
        "graph": case,
        "queries an epoch": told.queries,
        "messages a query": told.messages,
        "seconds, told": told.seconds,
        "seconds, measured": seconds,
        "ratio": seconds / told.seconds,
        "MiB, told": told.memory / 2**20,
        "MiB, measured": peak.megabytes,
    }


def _silent(what: str, done: float, total: float) -> None:
    del what, done, total


if __name__ == "__main__":
    sys.exit(main())
