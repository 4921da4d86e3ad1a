"""What every task promises, and every model of pair types."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph_schema.errors import UnknownName, UsageError
from kgplatform.graphs.pulling import aligned
from measuring.graphs import read_graph
from tests.small_graphs import silent
from tests.typed_pairs import write_interactions
from trainers.pairs import PairSplits
from trainers.registry import available_models, available_tasks, load_model, load_task, task_of
from trainers.trainer import CaseExplainer, PairScorer, Trainer

PAIR_MODELS = tuple(name for name in available_models() if load_model(name).task == "pair_type")


@pytest.mark.parametrize("name", available_tasks())
def test_a_task_names_its_figures_and_its_baselines(name: str) -> None:
    task = load_task(name)
    assert task.name == name
    assert task.baselines
    assert all(load_model(model).task == name for model in task.baselines)
    assert len(set(task.figures)) == len(task.figures) > 0


def test_every_model_names_a_task_that_there_is() -> None:
    assert {load_model(name).task for name in available_models()} <= set(available_tasks())
    with pytest.raises(UnknownName, match="pair_type"):
        load_task("pair_types")


def test_a_model_of_the_wrong_task_is_refused() -> None:
    model = load_model("red_gnn")
    with pytest.raises(UsageError, match="red_gnn"):
        load_task("pair_type").check("red_gnn", model(model.Config(), ("r",)))
    counting = load_model("majority")
    with pytest.raises(UsageError, match="score entities"):
        load_task("link_prediction").check("majority", counting(counting.Config(), ("r",)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_interactions(tmp_path_factory.mktemp("pairs") / "ddi")


def _data(folder: Path) -> PairSplits:
    data = load_task("pair_type").data(read_graph(folder, domain="drug").dataset)
    assert isinstance(data, PairSplits)
    return data


def _fitted(name: str, folder: Path, device: str) -> Trainer:
    kind, data = load_model(name), _data(folder)
    model = kind(kind.default_config(data), data.vocabulary.relations, device=device)
    model.fit(data, progress=silent)
    return model


@pytest.mark.parametrize("name", PAIR_MODELS)
def test_scores_of_pairs_are_finite_and_no_row_depends_on_its_batch(
    name: str, folder: Path, device: str
) -> None:
    model, data = _fitted(name, folder, device), _data(folder)
    assert isinstance(model, PairScorer)
    assert task_of(name).metric(data).name
    np.testing.assert_array_equal(model.types, data.types)
    rows = data.test.triples[:6]
    scores = model.score_relations(rows[:, 0], rows[:, 2])
    assert scores.shape == (6, len(data.types))
    assert np.isfinite(scores).all()
    for i, row in enumerate(rows):
        alone = model.score_relations(row[:1], row[2:])
        np.testing.assert_allclose(alone[0], scores[i], rtol=1e-5)


@pytest.mark.parametrize("name", PAIR_MODELS)
def test_pairs_keep_their_types_when_the_graph_changes(
    name: str, folder: Path, tmp_path: Path, device: str
) -> None:
    model, data = _fitted(name, folder, device), _data(folder)
    assert isinstance(model, PairScorer)
    rows = data.test.triples[:6]
    before = model.score_relations(rows[:, 0], rows[:, 2])
    write_interactions(tmp_path / "ddi")
    drugs, relations, train = (tmp_path / "ddi" / f"{part}.tsv" for part in ("drugs", "relations", "train"))
    with drugs.open("a", encoding="utf-8") as file:
        file.write("900\tDA00001\tsorts first\n")  # every number of the others moves by one
    drugs.write_text(drugs.read_text("utf-8").replace("\tdrug 01\n", "\tanother name\n"), "utf-8")
    with relations.open("a", encoding="utf-8") as file:
        file.write("9\t#Drug1 is new to #Drug2.\n")
    with train.open("a", encoding="utf-8") as file:
        file.write("0\t900\t9\n")
    graph = aligned(read_graph(tmp_path / "ddi", domain="drug"), model.relations)
    assert sum(graph.left_out.values()) == 1, "a type it never met"
    model.bind(graph.known)
    names = [[data.vocabulary.entities[e] for e in rows[:, i]] for i in (0, 2)]
    now = [np.array([graph.vocabulary.entity(n) for n in some]) for some in names]
    np.testing.assert_allclose(model.score_relations(now[0], now[1]), before, rtol=1e-4)
    stranger = np.array([graph.vocabulary.entity("DA00001")])
    assert np.isfinite(model.score_relations(stranger, now[1][:1])).all()
    if isinstance(model, CaseExplainer):
        for relation in model.types.tolist():
            facts = np.stack([now[0], np.full(len(now[0]), relation), now[1]], axis=1)
            for cases in model.cases(facts, 3):
                for case in cases:
                    assert 0 <= case.fact < len(graph.known), "a fact of the graph, of the type or not"
