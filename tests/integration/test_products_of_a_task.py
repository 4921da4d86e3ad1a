"""What a task hands back of a run is promoted, shown and rolled back by the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_schema.errors import RunError
from kgplatform.graphs.importing import import_files
from kgplatform.store.protocol import GraphStore
from tests.commands import SKY
from tests.products import GRAPH, Place
from tests.trees import run_in, tree_with

MADE = {
    "trainers/models/counting.py": '''
from trainers.models.frequency import Frequency as Base
from trainers.trainer import ModelConfig, Reference

class CountingConfig(ModelConfig):
    """None."""

class Counting(Base):
    """Counts, and says how."""
    Config = CountingConfig
    task = "telling"
    reference = Reference(title="Counting", venue="test", year=2026)
''',
    "trainers/tasks/telling.py": '''
import numpy as np
from graph_schema.records import Text, Values
from trainers.tasks.link_prediction import LinkPrediction as Ranking

class Telling(Ranking):
    """Ranking, with a number of each entity and a text."""
    def products(self, model, known):
        names = known.vocabulary.entities
        letters = np.array([np.nan if name == "Sun" else len(name) for name in names])
        yield Values("letters", names, letters)
        yield Text("formula", f"letters of\\n{len(names)} names")
''',
}  # fmt: skip


@pytest.fixture
def place(store: GraphStore, tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "sky.tsv").write_text(SKY, "utf-8")
    import_files(store, [tmp_path / "sky.tsv"], graph=GRAPH, domain="triples")
    yield Place(store, tmp_path)
    store.drop_graph(GRAPH)


def test_a_task_hands_back_values_and_texts(place: Place, tmp_path: Path) -> None:
    tree = tree_with(tmp_path / "tree", MADE)

    def kgp(*words: str) -> str:
        return run_in(tree, "-m", "kgplatform", "--store", place.store.url, *words)

    letters = (
        "MATCH (n:Entity {graph: $graph}) WHERE n.letters IS NOT NULL "
        "RETURN n.id AS id, n.letters AS value ORDER BY id"
    )
    (done,) = map(json.loads, kgp("train", "counting", GRAPH, "--json").splitlines())
    run, formula = done["run"], "letters of\n4 names"
    assert place.rows("MATCH (r:Run {graph: $graph}) RETURN r.text_formula AS said") == [{"said": formula}]
    assert place.rows(letters) == []
    assert kgp("runs", run[:-1]).endswith(f"formula:\n{formula}\n")
    kgp("promote", run)
    counted = [("Earth", 5.0), ("Mars", 4.0), ("Moon", 4.0)]
    assert [(row["id"], row["value"]) for row in place.rows(letters)] == counted
    (shown,) = map(json.loads, kgp("runs", run, "--json").splitlines())
    assert (shown["run"], shown["status"], shown["texts"]) == (run, "promoted", {"formula": formula})
    kgp("promote", run, "--at-once", "0")
    (at,) = place.rows("MATCH (g:Graph {name: $graph}) RETURN g.values_letters AS name")
    assert at["name"].startswith("letters__")
    assert place.rows(letters) == []
    kgp("rollback", GRAPH)
    assert [(row["id"], row["value"]) for row in place.rows(letters)] == counted
    kgp("rollback", GRAPH)
    assert place.rows(letters) == []
    with pytest.raises(RunError, match="There stands nothing"):
        place.rollback()
