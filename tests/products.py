"""A small graph, and runs that say whatever a test has them say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graph_schema.records import Prediction, Product, RunRecord
from kgplatform.runs import promotion
from kgplatform.runs.properties import NUMBERS_AT_ONCE
from kgplatform.runs.registry import RunRegistry
from kgplatform.store.protocol import GraphStore, Row

GRAPH = "products"
IDS = ("Earth", "Mars", "Moon", "Sun")
PLAIN, STAGED = NUMBERS_AT_ONCE, 0
POINTED = (
    "MATCH (g:Graph {name: $graph}) WITH g.vectors_{m} AS at, g.run_of_vectors_{m} AS run "
    "MATCH (n:Entity {graph: $graph}) WHERE n[at] IS NOT NULL "
    "RETURN n.id AS id, n[at] AS vector, run ORDER BY id"
).replace("{m}", "steady")
REACH = (
    "MATCH (n:Entity {graph: $graph}) WHERE n.reach IS NOT NULL "
    "MATCH (p:Promotion {graph: $graph, product: 'values', stored_as: 'reach'}) WHERE p.until IS NULL "
    "RETURN n.id AS id, n.reach AS value, p.run AS run ORDER BY id"
)


class Place:
    """A small graph, and runs that say whatever a test has them say."""

    def __init__(self, store: GraphStore, folder: Path) -> None:
        self.store, self.registry, self._tick = store, RunRegistry(folder / "runs"), 0

    def run(self, name: str, model: str = "steady", **more: Any) -> RunRecord:
        fields: dict[str, Any] = {
            "id": name, "model": model, "graph": GRAPH, "domain": "triples", "seed": 0, "config": {},
            "fingerprint": "f", "schema_fingerprint": "s", "created": datetime(2026, 1, 1, tzinfo=UTC),
        }  # fmt: skip
        record = RunRecord.model_validate(fields | more)
        self.registry.path(name).mkdir(parents=True, exist_ok=True)
        self.registry.write(record)
        return record

    def promote(self, record: RunRecord, *products: Product, at_once: int = PLAIN) -> None:
        guess = Prediction(
            run=record.id, head="Moon", relation="orbits", tail="Sun", score=1.0, probability=None,
            rank_low=1, rank=1, rank_high=1,
        )  # fmt: skip
        (graph,) = [g for g in self.store.graphs() if g["name"] == GRAPH]
        promotion.promote(
            self.store,
            self.registry,
            record,
            [guess],
            version=graph["version"],
            products=products,
            at_once=at_once,
        )

    def rollback(self) -> promotion.RolledBack:
        return promotion.rollback(self.store, self.registry, GRAPH)

    def rows(self, statement: str) -> list[Row]:
        return self.store.read(statement, {"graph": GRAPH})

    def reach(self) -> dict[str, tuple[float, str]]:
        return {row["id"]: (row["value"], row["run"]) for row in self.rows(REACH)}

    def pointed(self) -> list[tuple[str, float, str]]:
        """What README's second statement gives; a vector's numbers are all one here."""
        rows = self.rows(POINTED)
        assert all(set(row["vector"]) == {row["vector"][0]} for row in rows)
        return [(row["id"], row["vector"][0], row["run"]) for row in rows]

    def standing(self) -> list[str]:
        """Which properties of vectors there are on the nodes."""
        rows = self.rows(
            "MATCH (n:Entity {graph: $graph}) UNWIND keys(n) AS key RETURN DISTINCT key ORDER BY key"
        )
        return [row["key"] for row in rows if row["key"].startswith("steady")]
