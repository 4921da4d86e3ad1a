"""Drugs described in a line: what a key means, and a graph with them in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graph_schema.errors import InputError, MissingExtra, UnknownName
from kgplatform.graphs.pulling import PulledGraph
from kgplatform.serving.added import Added, asked_kind, read_added, with_added
from measuring.graphs import read_graph
from tests.drug_world import GENES, write_world
from trainers.analogues import structures


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> PulledGraph:
    return read_graph(*write_world(tmp_path_factory.mktemp("added") / "world"), domain="drug")


def test_keys_are_relations_by_name_or_by_words(graph: PulledGraph) -> None:
    said = "New drug ; SMILES=CC=O; enzymes=CYP2C9, 1576;targets = abcb1; INHIBITS=CYP2D6; has_enzyme=CYP2C9"
    found = read_added(graph, said)
    assert (found.name, found.smiles, found.notes) == ("New drug", "CC=O", ())
    assert found.facts == (
        ("HAS_ENZYME", GENES[0][0]), ("HAS_ENZYME", GENES[1][0]), ("TARGETS", GENES[3][0]),
        ("INHIBITS", GENES[2][0]),
    )  # fmt: skip
    assert read_added(graph, "bare") == Added("bare")
    assert asked_kind(graph) == "Drug"


def test_a_relation_without_facts_is_told_by_what_it_implies(tmp_path: Path) -> None:
    folders = write_world(tmp_path / "world")
    facts = folders[1] / "facts.tsv"
    facts.write_text(facts.read_text("utf-8").replace("INHIBITS", "BINDS"), "utf-8")
    graph = read_graph(*folders, domain="drug")
    triples, v = graph.known.triples, graph.vocabulary

    def having(relation: str) -> set[int]:
        return set(triples[triples[:, 1] == v.relation(relation), 2].tolist())

    enzymes, bound = having("HAS_ENZYME"), having("BINDS")
    assert enzymes & bound
    for gene in sorted(enzymes | bound):
        here = triples[triples[:, 2] == gene, 1].tolist()
        often = [here.count(v.relation(name)) for name in ("BINDS", "HAS_ENZYME")]
        told = "HAS_ENZYME" if often[1] > often[0] else "BINDS"
        found = read_added(graph, f"x; inhibits={v.entities[gene]}")
        assert found.facts == ((told, v.entities[gene]),)
        assert f"INHIBITS is told as {told}" in found.notes[0]
    with pytest.raises(UnknownName, match="no key 'carries'"):
        read_added(graph, "x; carries=CYP2C9")


def test_everybody_else_keeps_his_number_and_every_fact_its_row(graph: PulledGraph) -> None:
    new = Added("Aaa", "CCO", (("HAS_ENZYME", GENES[0][0]), ("TARGETS", GENES[3][0])))
    other = with_added(graph, [new, Added("bare")])
    count = len(graph.vocabulary.entities)
    assert list(other.vocabulary.entities[:count]) == list(graph.vocabulary.entities)
    assert list(other.vocabulary.entities[count:]) == ["Aaa", "bare"]
    np.testing.assert_array_equal(other.known.triples[: len(graph.known)], graph.known.triples)
    fresh = [other.known.names(row) for row in other.known.triples[len(graph.known) :]]
    assert sorted(fresh) == [("Aaa", "HAS_ENZYME", GENES[0][0]), ("Aaa", "TARGETS", GENES[3][0])]
    assert other.vocabulary.structures["Aaa"] == "CCO"
    types = graph.vocabulary.relation_ids[graph.targets[0]]
    assert other.allowed_ends[types][count:].all(), "it is a drug"
    assert len(graph.vocabulary.entities) == count
    with pytest.raises(InputError, match="a name of its own for each"):
        with_added(graph, [Added("x"), Added("x")])


def test_a_name_that_fits_two_lists_them(graph: PulledGraph) -> None:
    nodes = graph.data.nodes
    names = ["CYP2C9" if name == "CYP2D6" else name for name in nodes["name"].to_pylist()]
    at = nodes.column_names.index("name")
    twice = replace(
        graph, data=replace(graph.data, nodes=nodes.set_column(at, nodes.schema.field(at), [names]))
    )
    with pytest.raises(InputError, match=rf"2 called 'CYP2C9'.*{GENES[0][0]}.*{GENES[2][0]}"):
        read_added(twice, "x; enzyme=CYP2C9")


def test_structures_need_their_extra(graph: PulledGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structures, "can_read_structures", lambda: False)
    with pytest.raises(MissingExtra, match="chem"):
        read_added(graph, "x; smiles=CCO")
