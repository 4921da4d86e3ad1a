"""All that pages may ask of the graph: plain rows, totally ordered, the same from every server."""

from kgplatform.views.entities import entities, entity, facts_between, names, neighbour_counts, neighbours
from kgplatform.views.graphs import graphs, relations, runs, schema_of, stamp
from kgplatform.views.predictions import (
    best_predictions,
    evidence_of,
    prediction,
    predictions_at,
    predictions_through,
)

__all__ = [
    "best_predictions",
    "entities",
    "entity",
    "evidence_of",
    "facts_between",
    "graphs",
    "names",
    "neighbour_counts",
    "neighbours",
    "prediction",
    "predictions_at",
    "predictions_through",
    "relations",
    "runs",
    "schema_of",
    "stamp",
]
