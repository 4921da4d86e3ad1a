"""What every model promises, whatever it computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import trainers.models
from graph_schema.errors import RunError, UnknownName
from graph_schema.triples import TripleSet
from tests.contracts.models import fit, name_of, untrained
from tests.small_graphs import grandparents
from trainers.kernels.threads import kernel_threads, thread_count
from trainers.reach import ReachScorer
from trainers.registry import load_model
from trainers.settings import read_settings, settings_called, settings_for
from trainers.trainer import Embedder, Explainer, TailScorer, Trainer

QUERY_HEADS, QUERY_RELATIONS = np.array([3, 20, 41, 3]), np.array([0, 1, 2, 3])


def _scores(trainer: Trainer) -> np.ndarray:
    assert isinstance(trainer, TailScorer)
    return trainer.score_tails(QUERY_HEADS, QUERY_RELATIONS)


def test_it_names_its_paper_and_its_settings(fitted: Trainer) -> None:
    assert fitted.reference.title
    assert fitted.reference.year >= 1990
    assert fitted.Config.model_config["extra"] == "forbid"
    assert fitted.task


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


def test_it_computes_where_it_was_told_and_its_products_are_numpy(fitted: Trainer, device: str) -> None:
    assert isinstance(fitted, TailScorer)
    assert fitted.device == device
    network = getattr(fitted, "network", None)
    if network is not None:
        assert {p.device.type for p in network.parameters()} == {torch.device(device).type}
    assert isinstance(_scores(fitted), np.ndarray)
    assert all(value.device.type == "cpu" for value in fitted.tensors().values())


def test_what_is_reached_scores_as_in_the_table(fitted: Trainer) -> None:
    if not isinstance(fitted, ReachScorer):
        pytest.skip("scores every entity")
    table, found = _scores(fitted), fitted.score_reached(QUERY_HEADS, QUERY_RELATIONS)
    assert found.ptr[-1] == len(found.entity) == len(found.score)
    for row in range(len(QUERY_HEADS)):
        entity, score = found.of(row)
        assert len(np.unique(entity)) == len(entity)
        every = np.full(table.shape[1], found.rest, dtype=np.float32)
        every[entity] = score
        np.testing.assert_allclose(every, table[row], rtol=1e-4, atol=1e-6)


def test_a_cost_is_told_and_nothing_is_learned_by_it(fitted: Trainer) -> None:
    """Or none is told; afterwards the model answers as before, once it is bound again."""
    splits, before = grandparents(), _scores(fitted)
    cost = fitted.cost(splits)
    fitted.bind(splits.known)
    np.testing.assert_array_equal(_scores(fitted), before)
    assert cost is None or (cost.queries > 0 and cost.messages > 0 and cost.seconds > 0 and cost.memory > 0)


def test_the_seed_decides(fitted: Trainer) -> None:
    name = name_of(fitted)
    np.testing.assert_array_equal(_scores(fit(name, 0, fitted.device)), _scores(fitted))
    if fitted.tensors() and name != "frequency":
        assert not np.array_equal(_scores(fit(name, 1, fitted.device)), _scores(fitted))


def test_what_was_saved_answers_the_same(fitted: Trainer, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    again = type(fitted).load(tmp_path, device=fitted.device)
    again.bind(grandparents().known)
    np.testing.assert_array_equal(_scores(again), _scores(fitted))
    assert again.entities == fitted.entities
    assert (tmp_path / "entities.json").exists() == fitted.per_entity


@pytest.mark.parametrize("damage", ["missing", "cut", "one too few"])
def test_a_model_without_its_entities_is_refused(fitted: Trainer, damage: str, tmp_path: Path) -> None:
    if not fitted.per_entity:
        pytest.skip("this model is inductive")
    fitted.save(tmp_path)
    file = tmp_path / "entities.json"
    whole = file.read_text("utf-8")
    if damage == "missing":
        file.unlink()
    else:
        file.write_text(whole[:-5] if damage == "cut" else json.dumps(json.loads(whole)[1:]), "utf-8")
    with pytest.raises(RunError, match="cannot be read"):
        type(fitted).load(tmp_path)


def test_a_graph_with_other_relations_does_not_answer(fitted: Trainer) -> None:
    other = TripleSet.from_names([("p000", "knows", "p001"), ("p000", "parent", "p001")])
    with pytest.raises(RunError, match="knows"):
        fitted.bind(other)


def test_an_embedder_has_a_vector_for_each_of_its_entities(fitted: Trainer) -> None:
    if not isinstance(fitted, Embedder):
        pytest.skip("this model has no vectors")
    vectors = fitted.embed()
    assert len(vectors) == len(fitted.entities) == 60
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


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


def test_an_interrupted_training_ends_as_an_uninterrupted_one(fitted: Trainer, tmp_path: Path) -> None:
    if "epochs" not in fitted.Config.model_fields:
        pytest.skip("this model is trained in one go")

    def stop(what: str, done: float, total: float) -> None:
        if done > 1.5:
            raise KeyboardInterrupt

    broken, again = (untrained(name_of(fitted), 0, fitted.device) for _ in range(2))
    with pytest.raises(KeyboardInterrupt):
        broken.fit(grandparents(), progress=stop, checkpoint=tmp_path)
    run: set[str] = set()
    with kernel_threads(thread_count() + 1):  # a machine with another number of cores
        report = again.fit(
            grandparents(),
            progress=lambda what, done, of: run.add(what.partition(":")[0]),
            checkpoint=tmp_path,
        )
    assert report.extra["threads"] == thread_count()
    assert run == {"epoch 2", "epoch 3"}
    assert report.epochs == len(report.history) == 3
    np.testing.assert_array_equal(_scores(again), _scores(fitted))
