"""What people call entities and relations, where names differ only in case."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_schema.errors import InputError, UnknownName
from kgplatform.graphs.naming import find_entity, find_relation, find_relations
from kgplatform.graphs.pulling import PulledGraph, aligned
from kgplatform.serving.loading import left_out
from measuring.graphs import read_graph


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> PulledGraph:
    folder: Path = tmp_path_factory.mktemp("named")
    rows = ["Ann\tlikes\tann", "ann\tLikes\tBob", "Bob\tknows\tAnn", "Bob\tlikes\tCID", "Cid\tlikes\tBob"]
    (folder / "train.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    return read_graph(folder)


def test_a_relation_called_exactly_that_wins_over_one_that_differs_in_case(graph: PulledGraph) -> None:
    assert find_relations(graph, "likes") == ["likes"]
    assert find_relations(graph, "Likes") == ["Likes"]
    assert find_relations(graph, "KNOWS") == ["knows"]
    with pytest.raises(InputError, match="2 relations"):
        find_relation(graph, "LIKES")
    with pytest.raises(UnknownName, match="hates"):
        find_relations(graph, "hates")


def test_an_entity_called_exactly_that_wins_too(graph: PulledGraph) -> None:
    assert find_entity(graph, "Ann") == "Ann"
    assert find_entity(graph, "ann") == "ann"
    assert find_entity(graph, "bOB") == "Bob"
    with pytest.raises(InputError, match="2 entities called 'ANN'"):
        find_entity(graph, "ANN")


def test_facts_of_relations_that_a_model_never_met_are_left_out_and_counted(graph: PulledGraph) -> None:
    fewer = aligned(graph, ("likes", "loathes"))
    assert fewer.left_out == {"Likes": 1, "knows": 1}
    assert fewer.vocabulary.relations == ("likes", "loathes")
    assert fewer.vocabulary.entities == graph.vocabulary.entities
    assert len(fewer.known) == len(graph.known) - 2
    assert set(fewer.allowed_ends) == {0, 2}
    assert aligned(graph, graph.vocabulary.relations).left_out == {}
    assert left_out(fewer.left_out) == "left out: 2 facts of 'Likes', 'knows', which the run never met"
    with pytest.raises(UnknownName, match="'knows'"):
        find_relations(fewer, "knows")
