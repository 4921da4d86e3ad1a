"""Promotion: what a run predicts, with evidence, written back into its graph."""

from __future__ import annotations

import time
from dataclasses import dataclass

from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.records import Prediction
from kgplatform.runs.predictions import check_size
from kgplatform.runs.promotion import promote as write_back
from kgplatform.runs.properties import NUMBERS_AT_ONCE
from kgplatform.runs.registry import RunRegistry
from kgplatform.serving.asking import QUERIES, Served
from kgplatform.serving.loading import Serving
from kgplatform.store.protocol import GraphStore


@dataclass(frozen=True, slots=True)
class Promotion:
    """What of a run goes into the graph: `top` predictions of each of `queries` queries of a relation.

    `relation` None is what the run learned, or the graph's target; `sample` predictions are also measured
    against removals of facts drawn at random. Vectors and values of more than `at_once` numbers are staged.
    """

    relation: str | None = None
    top: int = 10
    queries: int = QUERIES
    paths: int = 3
    sample: int = 200
    at_once: int = NUMBERS_AT_ONCE


def promote(
    store: GraphStore, registry: RunRegistry, run: str, promotion: Promotion, *, progress: Progress
) -> list[Prediction]:
    """Predict with evidence over the graph as it stands, and write it back in one transaction.

    Returns:
        The predictions written.

    Raises:
        UsageError: more predictions than one transaction holds, or other products that cannot be written.
        RunError: the run was not finished.
    """
    record = registry.read(run)
    if record.status == "running":
        raise RunError(f"run {record.id!r} is being trained; promote it when it has ended")
    if record.status in ("interrupted", "failed"):
        how = "was interrupted" if record.status == "interrupted" else "was ended by an error"
        raise RunError(f"run {record.id!r} {how}; go on with `kgp train … --resume {record.id}`")
    served = Serving(store, registry).serve(record.id, progress=progress)
    return write_predictions(store, registry, served, promotion, progress)


def write_predictions(
    store: GraphStore,
    registry: RunRegistry,
    served: Served,
    promotion: Promotion,
    progress: Progress,
    *,
    by: str = "hand",
) -> list[Prediction]:
    """What a run predicts, written back. Args: by: who promotes, "hand" or "training"."""
    record, relations = served.record, served.relations(promotion.relation)
    for name in (name for name in relations if not served.learned(name)):
        progress(f"warning: run {record.id!r} was not trained on {name}; it gives no probability", 1, 1)
    rows = promotion.top * served.count_queries(promotion.relation, promotion.queries)
    check_size(rows)
    _report_estimate(served, promotion, rows, progress)
    predictions = served.predict(
        relation=promotion.relation,
        top=promotion.top,
        queries=promotion.queries,
        paths=promotion.paths,
        per_query=True,
        random_sample=promotion.sample,
        progress=progress,
    )
    record = record.model_copy(update={"metrics": record.metrics | {"evidence": _faithfulness(predictions)}})
    registry.write(record)
    progress(f"writing {len(predictions)} predictions", 0, 1)
    write_back(
        store,
        registry,
        record,
        predictions,
        version=served.graph.version,
        relations=relations,
        products=served.products(),
        at_once=promotion.at_once,
        by=by,
        progress=progress,
    )
    return predictions


def _report_estimate(served: Served, promotion: Promotion, rows: int, progress: Progress) -> None:
    """Say how many rows there will be and how long it takes, judged by a twentieth of the queries."""

    def ask(queries: int, sample: int) -> float:
        started = time.monotonic()
        served.predict(
            relation=promotion.relation,
            top=promotion.top,
            queries=queries,
            paths=promotion.paths,
            per_query=True,
            random_sample=sample,
        )
        return time.monotonic() - started

    ask(1, 1)  # what is compiled and laid out at the first query is not part of the pace
    tried = max(1, promotion.queries // 20)
    share = tried / promotion.queries
    seconds = ask(tried, round(promotion.sample * share)) / share
    progress(f"at most {rows} predictions to write, in about {seconds:.0f} s", 1, 1)


def _faithfulness(predictions: list[Prediction]) -> dict[str, float]:
    """How far log-probabilities fall without the evidence, and without as many facts drawn at random."""
    falls = [p.faithfulness for p in predictions if p.faithfulness is not None]
    pairs = [
        (p.faithfulness, p.random_faithfulness)
        for p in predictions
        if p.faithfulness is not None and p.random_faithfulness is not None
    ]
    out = {"predictions": float(len(predictions)), "explained": float(len(falls))}
    if falls:
        out["faithfulness"] = sum(falls) / len(falls)
    if pairs:
        out["random_faithfulness"] = sum(r for _, r in pairs) / len(pairs)
        out["above_random"] = sum(f > r for f, r in pairs) / len(pairs)
    return out
