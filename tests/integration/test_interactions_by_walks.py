"""Interactions told by walks, from files to the graph and back: paths between the two, new drugs included."""

from __future__ import annotations

from pathlib import Path

from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion
from kgplatform.serving.interactions import interactions
from kgplatform.serving.loading import Serving
from tests.conftest import Loop
from tests.drug_world import NEW, write_world
from tests.small_graphs import silent


def test_walks_stand_as_paths_and_a_new_drug_is_asked_about(loop: Loop, tmp_path: Path) -> None:
    import_files(loop.store, write_world(tmp_path / "ddi"), graph="walked", domain="drug")
    try:
        run = retrain(
            loop.store, loop.registry, "walked", "emergnn",
            settings={"epochs": 3}, promotion=Promotion(), progress=silent,
        )  # fmt: skip
        rows = views.best_predictions(loop.store, "walked", limit=50)
        assert rows
        walked = [row for row in rows if row["paths"]]
        assert walked, "some pairs share a protein"
        for row in walked:
            for path in row["paths"]:
                ends = {end for fact in path["facts"] for end in (fact[0], fact[2])}
                assert {row["head"], row["tail"]} <= ends
        serving = Serving(loop.store, loop.registry)
        (found,) = interactions(serving, "walked", ["drug 00", NEW], run=run.id)
        assert found.protocol == "one new"
        assert found.types
    finally:
        loop.store.drop_graph("walked")
