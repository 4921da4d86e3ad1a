"""A graph of a million entities and five million made-up facts through the loop, on the default store.

python acceptance/large_graph.py [--facts N]

Imported from files, learned for a minute by the settings that the defaults choose, a thousand predictions
with evidence promoted and read back: seconds and memory of each step. Other numbers of facts are printed,
not recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pyarrow.compute as pc
import pyarrow.csv

from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.opening import connect, registry_of
from kgplatform.reporting import reporting
from kgplatform.store import down
from measuring.made_up import columns
from measuring.memory import Peak
from measuring.recording import record

FACTS, SHARE, GRAPH, RELATION = 5_000_000, 5, "made-up", "relation 007"
"""Facts, how many there are for each entity, and what is asked."""

WANTED = Promotion(relation=RELATION, top=10, queries=100)
Result = TypeVar("Result")


def main() -> int:
    """Go round the loop; the exit status says whether the predictions stand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=FACTS)
    facts: int = parser.parse_args().facts
    seconds: dict[str, float] = {}
    mebibytes: dict[str, float] = {}

    def measured(step: str, work: Callable[[], Result]) -> Result:
        with Peak() as peak:
            began = time.perf_counter()
            found = work()
            seconds[step] = time.perf_counter() - began
        mebibytes[step] = peak.megabytes
        return found

    with tempfile.TemporaryDirectory() as folder, reporting() as progress:
        os.environ["KGP_DATA"] = f"{folder}/data"
        files = _written(Path(folder), facts)
        url = f"local:{folder}/store"
        store = connect(url)
        try:
            registry = registry_of(store)
            measured(
                "import",
                lambda: import_files(store, files, graph=GRAPH, domain="triples", progress=progress),
            )
            settings = {"budget": 60.0, "validate_at_most": 100}
            run = measured(
                "training",
                lambda: retrain(
                    store, registry, GRAPH, "red_gnn", settings=settings, relations=[RELATION],
                    progress=progress,
                ),
            )  # fmt: skip
            written = measured(
                "promotion", lambda: promote(store, registry, run.id, WANTED, progress=progress)
            )
            read = measured(
                "reading back",
                lambda: views.best_predictions(store, GRAPH, relation=RELATION, limit=10_000),
            )
        finally:
            store.close()
            down(url)
    explained = sum(bool(row["paths"]) for row in read)
    reached = len(read) == len(written) > 0 and {row["run"] for row in read} == {run.id}
    values = {
        "entities": facts // SHARE,
        "facts": facts,
        "settings": run.config,
        "steps": [
            {"step": step, "s": seconds[step], "MiB beyond what was held": mebibytes[step]}
            for step in seconds
        ],
        "predictions": len(read),
        "with paths": explained,
        "reached": reached,
    }
    if facts == FACTS:
        record("large_graph_loop", values, seeds=[0])
    else:
        print(json.dumps(values))
    return 0 if reached else 1


def _written(folder: Path, facts: int) -> list[Path]:
    """The graph as three files, one for each part of its division."""
    table = columns(facts // SHARE, facts).facts
    files = []
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    for split in ("train", "valid", "test"):
        part = table.filter(pc.equal(table["split"], split)).select(["head", "relation", "tail"])
        files.append(folder / f"{split}.tsv")
        pyarrow.csv.write_csv(part, files[-1], options)
    return files


if __name__ == "__main__":
    sys.exit(main())
