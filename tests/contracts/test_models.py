"""What every model promises, whatever it computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import trainers.models
from graph_schema.errors import RunError, UnknownName
from kgplatform.graphs.pulling import aligned
from measuring.graphs import read_graph
from tests.small_graphs import grandparents, silent
from trainers.registry import available_models, load_model
from trainers.settings import read_settings, settings_called, settings_for
from trainers.trainer import Explainer, TailScorer, Trainer

MODELS = tuple(name for name in available_models() if load_model(name).task == "link_prediction")


@pytest.fixture(scope="module", params=MODELS)
def fitted(request: pytest.FixtureRequest) -> Trainer:
    return _fit(request.param, seed=0)


def _fit(name: str, seed: int, checkpoint: Path | None = None, **settings: int) -> Trainer:
    splits, model = grandparents(), load_model(name)
    values = {"epochs": 3, **settings} if "epochs" in model.Config.model_fields else {}
    config = model.Config.model_validate(model.default_config(splits).model_dump() | values)
    trainer = model(config, splits.vocabulary.relations, seed=seed)
    trainer.fit(splits, progress=silent, checkpoint=checkpoint)
    return trainer


QUERY_HEADS, QUERY_RELATIONS = np.array([3, 20, 41, 3]), np.array([0, 1, 2, 3])


def _scores(trainer: Trainer) -> np.ndarray:
    assert isinstance(trainer, TailScorer)
    return trainer.score_tails(QUERY_HEADS, QUERY_RELATIONS)


def test_it_names_its_paper_and_its_settings(fitted: Trainer) -> None:
    assert fitted.reference.title
    assert fitted.reference.year >= 1990
    assert fitted.Config.model_config["extra"] == "forbid"


def test_scores_are_finite_and_complete(fitted: Trainer) -> None:
    scores = _scores(fitted)
    assert scores.shape == (4, 60)
    assert np.isfinite(scores).all()


def test_a_row_does_not_depend_on_its_batch(fitted: Trainer) -> None:
    assert isinstance(fitted, TailScorer)
    together = _scores(fitted)
    for i in range(len(QUERY_HEADS)):
        alone = fitted.score_tails(QUERY_HEADS[i : i + 1], QUERY_RELATIONS[i : i + 1])
        np.testing.assert_allclose(alone[0], together[i], rtol=1e-4, atol=1e-5)


def test_the_seed_decides(fitted: Trainer) -> None:
    (name,) = [m for m in MODELS if load_model(m) is type(fitted)]
    np.testing.assert_array_equal(_scores(_fit(name, seed=0)), _scores(fitted))
    if fitted.tensors() and name != "frequency":
        assert not np.array_equal(_scores(_fit(name, seed=1)), _scores(fitted))


def test_what_was_saved_answers_the_same(fitted: Trainer, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    again = type(fitted).load(tmp_path)
    again.bind(grandparents().known)
    np.testing.assert_array_equal(_scores(again), _scores(fitted))


def test_a_cut_model_file_is_refused(fitted: Trainer, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(RunError, match="cannot be read"):
        type(fitted).load(tmp_path)


def test_a_model_of_another_version_is_refused(fitted: Trainer, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    file = tmp_path / "model.json"
    described = json.loads(file.read_text("utf-8"))
    described["config"]["no_longer_known"] = 1
    file.write_text(json.dumps(described), "utf-8")
    with pytest.raises(RunError, match="no_longer_known"):
        type(fitted).load(tmp_path)


def test_kept_settings_are_valid() -> None:
    folder = Path(trainers.models.__file__).parent
    files = list(folder.glob("*/*.yaml"))
    assert files
    for file in files:
        kept = settings_called(file.parent.name, file.stem)
        load_model(file.parent.name).Config.model_validate(kept)
        assert settings_called(file.parent.name, file.stem.partition("_")[2]) == kept
        (fingerprint, *_) = read_settings(file)["data"]
        assert settings_for(file.parent.name, fingerprint) == kept
    assert settings_for("red_gnn", "0" * 64) is None
    with pytest.raises(UnknownName, match="zhang2022_umls"):
        settings_called("red_gnn", "umsl")


def test_an_unknown_model_lists_the_known() -> None:
    with pytest.raises(UnknownName, match="red_gnn"):
        load_model("redgnn")


def test_explainers_give_connected_paths_that_matter(fitted: Trainer) -> None:
    if not isinstance(fitted, Explainer):
        pytest.skip("this model gives no evidence")
    splits = grandparents()
    known, relation = splits.known, splits.vocabulary.relation("grandparent")
    rows = splits.test.triples[splits.test.triples[:, 1] == relation][:5]
    found = fitted.best_paths(rows[:, 0], rows[:, 1], [[t] for t in rows[:, 2]], 3)
    for (head, _, tail), (paths,) in zip(rows, found, strict=True):
        assert paths
        weights = [p.weight for p in paths]
        assert weights == sorted(weights, reverse=True)
        assert all(0 <= w <= 1 for w in weights)
        assert len({p.facts for p in paths}) == len(paths)
        for path in paths:
            at = head
            for fact in path.facts:
                h, _, t = known.triples[fact]
                assert at in (h, t)
                at = t if at == h else h
            assert at == tail
    near = fitted.neighbourhood(rows[:1, 0], rows[:1, 1])[0]
    gone = fitted.score_without(rows[:1, 0], rows[:1, 1], [near.tolist()])
    assert not np.array_equal(gone, fitted.score_tails(rows[:1, 0], rows[:1, 1]))


@pytest.mark.parametrize("change", ["grown", "a node lost", "a node renamed", "a relation gained"])
def test_a_graph_may_change_between_training_and_answering(
    fitted: Trainer, change: str, tmp_path: Path
) -> None:
    splits = grandparents()
    if not isinstance(fitted, TailScorer):
        pytest.skip("this model does not score entities")
    rows = [splits.known.names(row) for row in splits.known.triples]
    first = rows[0][0]
    changes: dict[str, list[tuple[str, ...]]] = {
        "grown": [*rows, ("newcomer", rows[0][1], first), (first, rows[0][1], "another")],
        "a node lost": [row for row in rows if first not in (row[0], row[2])],
        "a node renamed": [tuple("renamed" if part == first else part for part in row) for row in rows],
        "a relation gained": [*rows, (first, "a neighbour of", "newcomer"), (rows[1][0], "knows", first)],
    }
    (tmp_path / "train.tsv").write_text("".join("\t".join(row) + "\n" for row in changes[change]), "utf-8")
    graph = aligned(read_graph(tmp_path), splits.vocabulary.relations)
    assert sum(graph.left_out.values()) == (2 if change == "a relation gained" else 0)
    known, vocabulary = graph.known, graph.vocabulary
    fitted.bind(known)
    try:
        scores = fitted.score_tails(known.triples[:5, 0], known.triples[:5, 1])
        assert scores.shape == (5, len(vocabulary.entities))
        assert np.isfinite(scores).all()
        if isinstance(fitted, Explainer):
            goal = [[int(t)] for t in known.triples[:5, 2]]
            for ((*paths,),) in fitted.best_paths(known.triples[:5, 0], known.triples[:5, 1], goal, 2):
                assert all(0 <= f < len(known) for path in paths for f in path.facts)
    finally:
        fitted.bind(splits.known)


def test_an_interrupted_training_ends_as_an_uninterrupted_one(fitted: Trainer, tmp_path: Path) -> None:
    (name,) = [m for m in MODELS if load_model(m) is type(fitted)]
    if "epochs" not in fitted.Config.model_fields:
        pytest.skip("this model is trained in one go")

    class Interrupted(Exception):  # noqa: N818
        pass

    def stop(what: str, done: float, total: float) -> None:
        if done > 1.5:
            raise Interrupted

    splits, model = grandparents(), load_model(name)
    config = model.Config.model_validate(model.default_config(splits).model_dump() | {"epochs": 3})
    broken = model(config, splits.vocabulary.relations, seed=0)
    with pytest.raises(Interrupted):
        broken.fit(splits, progress=stop, checkpoint=tmp_path)
    np.testing.assert_array_equal(_scores(_fit(name, seed=0, checkpoint=tmp_path)), _scores(fitted))
