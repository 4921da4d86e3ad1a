"""Promotion: what a run predicts, with evidence, written back into its graph."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from graph_schema.errors import RunError, UsageError
from graph_schema.progress import Progress
from graph_schema.records import Prediction, RunRecord, Vectors
from graph_schema.wording import Phrasebook
from kgplatform import views
from kgplatform.graphs.pulling import pull
from kgplatform.runs.given import is_given
from kgplatform.runs.predictions import check_size
from kgplatform.runs.promotion import promote as write_back
from kgplatform.runs.properties import NUMBERS_AT_ONCE
from kgplatform.runs.registry import RunRegistry
from kgplatform.serving.asking import QUERIES, Served
from kgplatform.serving.loading import Serving
from kgplatform.serving.matrices import matrix_of
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

    Of a run whose vectors were made elsewhere these alone are written.

    Returns:
        The predictions written.

    Raises:
        UsageError: more predictions than one transaction holds, or other products that cannot be written; a
            relation was asked for of a run that predicts none.
        RunError: the run was not finished.
    """
    record = registry.read(run)
    if record.status == "running":
        raise RunError(f"run {record.id!r} is being trained; promote it when it has ended")
    if record.status in ("interrupted", "failed"):
        how = "was interrupted" if record.status == "interrupted" else "was ended by an error"
        raise RunError(f"run {record.id!r} {how}; go on with `kgp train … --resume {record.id}`")
    if is_given(record):
        _write_vectors(store, registry, record, promotion, progress)
        return []
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
    phrases = Phrasebook(views.relations(store, record.graph))
    predictions = [
        p.model_copy(update={"sentence": phrases[p.relation].fact(p.head_name, p.tail_name)})
        for p in predictions
    ]
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


def _write_vectors(
    store: GraphStore, registry: RunRegistry, record: RunRecord, promotion: Promotion, progress: Progress
) -> None:
    """What a run has of the graph's entities as they stand, written back."""
    if promotion.relation is not None:
        raise UsageError(
            f"relation {promotion.relation!r} of run {record.id!r}; wanted none: its vectors were made "
            "elsewhere, and it predicts nothing"
        )
    graph, matrix = pull(store, record.graph, progress=progress), matrix_of(registry, record.id)
    known = graph.vocabulary.entity_ids
    here = [row for row, id_ in enumerate(matrix.ids) if id_ in known]
    if not here:
        raise RunError(f"no entity of run {record.id!r} is in graph {graph.name!r} any more")
    values = matrix.crop(np.array(here), matrix.widths[-1])
    progress(f"writing vectors of {len(here)} entities as {record.model}", 0, 1)
    write_back(
        store,
        registry,
        record,
        [],
        version=graph.version,
        products=[Vectors([matrix.ids[row] for row in here], values)],
        at_once=promotion.at_once,
        progress=progress,
    )


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
