"""What every model promises of a graph that has changed since it was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgplatform.graphs.pulling import PulledGraph, aligned
from measuring.graphs import read_graph
from tests.small_graphs import grandparents
from trainers.trainer import Explainer, TailScorer, Trainer

CHANGES = ("grown", "grown at the front", "a node lost", "a node renamed", "a relation gained")


def _changed(change: str, folder: Path) -> PulledGraph:
    """The known facts, changed, with the relation ids of the model."""
    splits = grandparents()
    rows = [splits.known.names(row) for row in splits.known.triples]
    first = rows[0][0]
    changes: dict[str, list[tuple[str, ...]]] = {
        "grown": [*rows, ("zacharias", rows[0][1], first), (first, rows[0][1], "zoe")],
        "grown at the front": [*rows, ("aaron", rows[0][1], first), (first, rows[0][1], "abel")],
        "a node lost": [row for row in rows if first not in (row[0], row[2])],
        "a node renamed": [tuple("renamed" if part == first else part for part in row) for row in rows],
        "a relation gained": [*rows, (first, "a neighbour of", "newcomer"), (rows[1][0], "knows", first)],
    }
    (folder / "train.tsv").write_text("".join("\t".join(row) + "\n" for row in changes[change]), "utf-8")
    return aligned(read_graph(folder), splits.vocabulary.relations)


@pytest.mark.parametrize("change", CHANGES)
def test_a_graph_may_change_between_training_and_answering(
    fitted: Trainer, change: str, tmp_path: Path
) -> None:
    if not isinstance(fitted, TailScorer):
        pytest.skip("this model does not score entities")
    graph = _changed(change, tmp_path)
    assert sum(graph.left_out.values()) == (2 if change == "a relation gained" else 0)
    known, entities = graph.known, graph.vocabulary.entities
    fitted.bind(known)
    try:
        scores = fitted.score_tails(known.triples[:5, 0], known.triples[:5, 1])
        assert scores.shape == (5, len(entities))
        assert np.isfinite(scores).all()
        learned = set(grandparents().vocabulary.entities)
        assert fitted.knows.tolist() == [not fitted.per_entity or e in learned for e in entities]
        if isinstance(fitted, Explainer):
            goal = [[int(t)] for t in known.triples[:5, 2]]
            for ((*paths,),) in fitted.best_paths(known.triples[:5, 0], known.triples[:5, 1], goal, 2):
                assert all(0 <= f < len(known) for path in paths for f in path.facts)
    finally:
        fitted.bind(grandparents().known)


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_model_knows_of_entities_is_not_touched_by_others(
    fitted: Trainer, change: str, tmp_path: Path
) -> None:
    if not (fitted.per_entity and isinstance(fitted, TailScorer)):
        pytest.skip("this model is inductive: it answers by the graph")
    before, known = grandparents().known, _changed(change, tmp_path).known
    own, names = before.vocabulary.entity_ids, known.vocabulary.entities
    fitted.bind(known)
    try:
        place = np.flatnonzero(fitted.knows)
        was = np.array([own[names[i]] for i in place.tolist()])
        for relation in range(4):
            fitted.bind(before)
            wanted = fitted.score_tails(was, np.full(len(was), relation))[:, was]
            fitted.bind(known)
            found = fitted.score_tails(place, np.full(len(place), relation))
            np.testing.assert_array_equal(found[:, place], wanted)
            strange = found[:, ~fitted.knows]
            assert (strange < wanted.min(axis=1, keepdims=True)).all()
            assert (strange == strange[:, :1]).all()
            nobody = np.flatnonzero(~fitted.knows)
            level = fitted.score_tails(nobody, np.full(len(nobody), relation))
            assert (level == level[:, :1]).all()
    finally:
        fitted.bind(before)
