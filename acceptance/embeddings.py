"""Embedding models through the platform: import, train, choose on validation, report on test.

python acceptance/embeddings.py [GRAPH or MODEL …] [--hours H]

WN18RR is learned with the published settings that are kept beside a model, cut to the hours that a training
may take here; what was cut stands in the row. On the small graphs learning rate, and margin or weight of N3,
are chosen by successive halving on validation, all models with 512 bytes an entity; RED-GNN's figure on the
same test facts stands beside. What is not named keeps its rows of the record, which is written after every
row. With H a training on WN18RR takes so many hours at most.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from graph_schema.progress import Progress
from graph_schema.records import RunRecord
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.opening import connect, registry_of
from kgplatform.reporting import reporting
from kgplatform.store import down
from measuring.graphs import read_graph
from measuring.halving import GRIDS, best_settings
from measuring.recording import RESULTS, data_folder, record
from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.model import EmbeddingModel
from trainers.registry import load_model

SEEDS = (0, 1, 2)
NAME = "embeddings"
MODELS = ("complex", "distmult", "simple", "rotate", "transe", "pair_re")
FLOATS = 128
"""Numbers an entity on the small graphs."""


@dataclass(frozen=True)
class Graph:
    """A graph. Args: epochs: Of trainings reported; rounds: epochs of those that choose settings."""

    name: str
    folder: str
    epochs: int = 100
    rounds: tuple[int, ...] = (5, 10, 20)


@dataclass(frozen=True)
class Published:
    """A training on WN18RR.

    Attributes:
        model: Its name.
        kept: The published settings.
        hours: What it may take here.
        cuts: What of the settings is changed for that.
        told: The same in words.
        paper, source: The published MRR.
        wanted: The MRR wanted here; None: none.
    """

    model: str
    kept: str
    hours: float
    cuts: dict[str, Any] = field(repr=False)
    told: str
    paper: float
    source: str
    wanted: float | None = None


SMALL = (
    Graph("umls", "link_prediction/umls"),
    Graph("family", "link_prediction/family", epochs=40, rounds=(2, 4, 8)),
    Graph("wn18rr_v1", "link_prediction_inductive/wn18rr_v1/seen"),
)
LARGE = Graph("wn18rr", "link_prediction/wn18rr")
_LESS = {"validate_at_most": 1000}
PUBLISHED = (
    Published("complex", "lacroix2018_wn18rr", 3.0, _LESS, "1000 validation facts an epoch",
              0.46, "ComplEx-N3, rank 50: facebookresearch/kbc, README", 0.44),
    Published("rotate", "sun2019_wn18rr", 3.0, {"negatives": 64, "validate_at_most": 100},
              "64 negatives of 1024; 100 validation facts an epoch",
              0.476, "authors' repository", 0.45),
    Published("distmult", "libkge2020_wn18rr", 1.0, _LESS | {"dim": 128},
              "128 coordinates of 512; 1000 validation facts an epoch", 0.452, "LibKGE, README"),
    Published("transe", "libkge2020_wn18rr", 1.0, {"dim": 256, "batch_size": 512, "validate_at_most": 200},
              "256 coordinates of 512; 512 facts a step, not 128; 200 validation facts an epoch",
              0.228, "LibKGE, README"),
)  # fmt: skip


def main() -> int:
    """Run them all, or those named; the exit status says whether every mean reached what was wanted."""
    graphs = (LARGE, *SMALL)
    names = (*(g.name for g in graphs), *MODELS)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[[], *names])
    parser.add_argument("--hours", type=float)
    asked = parser.parse_args()
    models = [m for m in MODELS if m in asked.names] or list(MODELS)
    chosen = [g for g in graphs if g.name in asked.names] or list(graphs)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("KGP_DATA", f"{folder}/data")
        url = f"local:{folder}/store"
        store = connect(url)
        for graph in chosen:
            work = Work(store, registry_of(store), graph)
            with reporting() as progress:
                work.take_in(progress)
            for model in models:
                with reporting() as progress:
                    row = _row(work, model, asked.hours, progress)
                if row:
                    rows.append(row)
                    values = {"models": _with_others(rows), "split": "test", "ranking": "filtered, realistic"}
                    record(NAME, values, seeds=SEEDS)
        store.close()
        down(url)
    return 0 if all(row["reached"] is not False for row in rows) else 1


@dataclass(frozen=True)
class Work:
    """A graph in a store. Args: store, registry: Where it is and its runs."""

    store: Any
    registry: Any
    graph: Graph

    def take_in(self, progress: Progress) -> None:
        """Import it."""
        files = [data_folder() / self.graph.folder]
        import_files(self.store, files, graph=self.graph.name, domain="triples", progress=progress)

    def trained(self, model: str, seed: int, progress: Progress, **wish: Any) -> RunRecord:
        """A run. Args: wish: See `retrain`."""
        name = self.graph.name
        run = retrain(self.store, self.registry, name, model, seed=seed, progress=progress, **wish)
        mrr = run.metrics["test"]["mrr"]
        print(f"{name} {model} seed {seed}: test MRR {mrr:.4f}", file=sys.stderr, flush=True)
        return run


def _row(work: Work, model: str, hours: float | None, progress: Progress) -> dict[str, Any] | None:
    if work.graph is not LARGE:
        return _small(work, model, progress)
    found = next((p for p in PUBLISHED if p.model == model), None)
    return _published(work, found, hours or found.hours, progress) if found else None


def _published(work: Work, asked: Published, hours: float, progress: Progress) -> dict[str, Any]:
    settings = asked.cuts | {"budget": 3600 * hours}
    run = work.trained(asked.model, SEEDS[0], progress, config=asked.kept, settings=settings)
    told = f"{asked.told}; {hours:g} h: {run.epochs} epochs of {run.config['epochs']}"
    row = _figures(work.graph.name, asked.model, [run])
    return row | {
        "settings": asked.kept,
        "cuts": told,
        "paper_mrr": asked.paper,
        "paper": asked.source,
        "wanted": asked.wanted,
        "reached": None if asked.wanted is None else row["test_mrr"] >= asked.wanted,
        "date": _today(),
    }


def _small(work: Work, model: str, progress: Progress) -> dict[str, Any]:
    graph = work.graph
    splits = read_graph(data_folder() / graph.folder).splits()
    base: dict[str, Any] = {"dim": FLOATS // _parts(model, _settings(model, {}))}
    if model == "transe":  # whose own loss has no margin
        base |= {"loss": "self_adversarial"}
    chosen = best_settings(model, splits, GRIDS[model], base, rounds=graph.rounds, progress=progress)
    settings = base | chosen | {"epochs": graph.epochs}
    runs = [work.trained(model, seed, progress, settings=settings) for seed in SEEDS]
    return _figures(graph.name, model, runs) | {
        "settings": "on validation: " + ", ".join(f"{name} {value:g}" for name, value in chosen.items()),
        "red_gnn_mrr": _of_red_gnn(graph.name),
        "reached": None,
        "date": _today(),
    }


def _figures(graph: str, model: str, runs: list[RunRecord]) -> dict[str, Any]:
    test = [run.metrics["test"] for run in runs]
    mrr, config = [figures["mrr"] for figures in test], _settings(model, runs[0].config)
    floats = config.dim * _parts(model, config)
    return {
        "graph": graph,
        "model": model,
        "test_mrr": statistics.fmean(mrr),
        "spread": statistics.stdev(mrr) if len(mrr) > 1 else None,
        "seeds": len(mrr),
        "hits@1": statistics.fmean(figures["hits@1"] for figures in test),
        "hits@10": statistics.fmean(figures["hits@10"] for figures in test),
        "valid_mrr": statistics.fmean(run.metrics["valid"]["mrr"] for run in runs),
        "baseline_mrr": runs[0].baseline["test"]["mrr"],
        "seconds_a_run": statistics.median(run.seconds for run in runs),
        "dims": config.dim,
        "floats": floats,
        "bytes": 4 * floats,
    }


def _settings(model: str, config: Mapping[str, Any]) -> EmbeddingConfig:
    settings = load_model(model).Config.model_validate(dict(config))
    assert isinstance(settings, EmbeddingConfig)
    return settings


def _parts(model: str, settings: EmbeddingConfig) -> int:
    """Numbers to a coordinate of an entity."""
    kind = load_model(model)
    assert issubclass(kind, EmbeddingModel)
    return kind.scored(settings).entity_parts


def _of_red_gnn(graph: str) -> float | None:
    """RED-GNN's test MRR on the same facts; None where its record has none."""
    file = RESULTS / "red_gnn.json"
    rows = json.loads(file.read_text("utf-8"))["values"]["benchmarks"] if file.exists() else []
    return next((row["test_mrr"] for row in rows if row["graph"] == graph), None)


def _with_others(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """These rows, and those of the record for what was not measured now."""
    file = RESULTS / f"{NAME}.json"
    before = json.loads(file.read_text("utf-8"))["values"]["models"] if file.exists() else []
    found = {(row["graph"], row["model"]): row for row in [*before, *rows]}
    order = [(graph.name, model) for graph in (LARGE, *SMALL) for model in MODELS]
    return [found[key] for key in order if key in found]


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
