"""What the README says, run: its Cypher on both servers, its Python, its commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph_schema.wording import Phrasebook
from kgplatform import views
from kgplatform.cli import COMMANDS
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion, promote
from kgplatform.runs.promotion import rollback
from tests.conftest import Loop
from tests.drug_world import write_world
from tests.small_graphs import silent
from tests.typed_pairs import CLASSES, DRUGS

README = Path(__file__).parents[2] / "README.md"


def _blocks(language: str, page: Path = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


def test_questions_about_embeddings_in_cypher(loop: Loop) -> None:
    """Those of docs/embeddings.md."""
    run = retrain(
        loop.store, loop.registry, "drug", "med", settings={"epochs": 2, "widths": (2, 4)},
        promotion=Promotion(top=1, queries=2), progress=silent,
    )  # fmt: skip
    card, of_relations = _blocks("cypher", README.parent / "docs" / "embeddings.md")
    (row,) = [row for row in loop.store.query(card).rows if row[0] == run.id]
    assert [list(row[1]), list(row[2]), len(row[3])] == [[2, 4], [4, 8], 2]
    found = loop.store.query(of_relations).rows
    assert {len(vector) for _, *both in found for vector in both} == {4}
    rollback(loop.store, loop.registry, "drug", "med")
    assert loop.store.query(of_relations).rows == ()


def test_its_questions_in_cypher(loop: Loop) -> None:
    promote(loop.store, loop.registry, loop.runs[0].id, Promotion(top=3, queries=15), progress=silent)
    best, through, _, vectors, pointed, metrics = _blocks("cypher")
    found = loop.store.query(best)
    assert len(found.rows) == 10
    chances = [row[found.columns.index("probability")] for row in found.rows]
    assert chances == sorted(chances, reverse=True)
    assert all(row[found.columns.index("evidence")] for row in found.rows)
    runs = loop.store.query(metrics)
    trained = [row for row in runs.rows if row[0] == "drug"]
    assert len(trained) >= 2
    assert all(row[runs.columns.index("test_mrr")] > 0 for row in trained)
    run = retrain(
        loop.store, loop.registry, "drug", "transe", settings={"epochs": 2, "dim": 4},
        promotion=Promotion(top=1, queries=2), progress=silent,
    )  # fmt: skip
    embedded = loop.store.query(vectors, limit=2)
    assert [(row[2], row[3], len(row[1])) for row in embedded.rows] == [(run.id, 4, 4)] * 2
    followed = loop.store.query(pointed)
    assert followed.columns == ("name", "vector", "run")
    assert followed.rows == tuple(row[:3] for row in loop.store.query(vectors).rows)
    small = Promotion(top=1, queries=2, at_once=0)
    promote(loop.store, loop.registry, run.id, small, progress=silent)
    assert loop.store.query(pointed).rows == followed.rows
    assert loop.store.query(vectors).rows == ()
    for statement in (pointed, vectors):
        rollback(loop.store, loop.registry, "drug", "transe")
        assert bool(loop.store.query(statement).rows) == (statement is pointed)
    assert loop.store.query(pointed).rows == ()
    # The entity most evidence passes through, whichever that is after two short trainings.
    rows = loop.store.read(
        "MATCH (:Entity {graph: 'drug'})-[p:PREDICTED]->() UNWIND p.evidence_nodes AS id "
        "MATCH (e:Entity {key: 'drug/' + id}) "
        "RETURN e.name AS name, count(*) AS n ORDER BY n DESC, name LIMIT 1"
    )
    passing = loop.store.query(through.replace("CYP3A4", rows[0]["name"]))
    assert len(passing.rows) == rows[0]["n"]
    assert loop.store.query(through).columns == passing.columns


def test_its_question_about_an_enzyme_of_both_in_cypher(loop: Loop, tmp_path: Path) -> None:
    import_files(loop.store, write_world(tmp_path / "world"), graph="readme-typed", domain="drug")
    try:
        retrain(
            loop.store, loop.registry, "readme-typed", "analogue_vote",
            promotion=Promotion(), progress=silent,
        )  # fmt: skip
        statement = _blocks("cypher")[2]
        standing = views.best_predictions(loop.store, "readme-typed", limit=500)
        least = standing[len(standing) // 4]["interacts"]
        found = loop.store.query(statement.replace("0.8", str(least))).rows
        assert found
        metabolised = {f"drug {i:02d}" for i in range(0, DRUGS, CLASSES)} | {"new one"}
        phrases = Phrasebook(views.relations(loop.store, "readme-typed"))
        wanted = {
            phrases[row["relation"]].fact(row["head_name"], row["tail_name"])
            for row in standing
            if row["interacts"] >= least and {row["head_name"], row["tail_name"]} <= metabolised
        }
        assert {row[0] for row in found} == wanted
        chances = [row[1] for row in found]
        assert chances == sorted(chances, reverse=True)
        assert len(loop.store.query(statement).rows) <= len(found)
    finally:
        loop.store.drop_graph("readme-typed")


def test_its_python(loop: Loop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in loop.environment.items():
        monkeypatch.setenv(name, value)
    (block,) = _blocks("python")
    exec(compile(block, str(README), "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_its_commands_exist() -> None:
    shown = re.findall(r"^kgp (\w+)", README.read_text("utf-8"), flags=re.MULTILINE)
    assert shown
    assert set(shown) <= set(COMMANDS)
