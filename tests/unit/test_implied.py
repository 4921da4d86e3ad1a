"""Paths in all their forms, and facts that say less beside those that say more."""

from __future__ import annotations

import numpy as np
import pytest

from graph_schema.triples import TripleSet, Vocabulary
from trainers.evidence.implied import FactsBetween, without_implied
from trainers.evidence.rules import RuleCounts
from trainers.kernels import MessageGraph
from trainers.models.red_gnn import RedGNN, RedGNNConfig

# ket inhibits and binds cyp; war is cleared by and binds cyp; asp only binds cyp.
NAMES = ("asp", "cyp", "ket", "war")
VOCABULARY = Vocabulary.of(
    NAMES,
    ["binds", "cleared", "inhibits", "with"],
    symmetric=["with"],
    implies=[("inhibits", "binds"), ("cleared", "binds")],
)
KNOWN = TripleSet.of(
    VOCABULARY,
    VOCABULARY.encode(
        ["ket", "ket", "war", "war", "asp"],
        ["inhibits", "binds", "cleared", "binds", "binds"],
        ["cyp"] * 5,
    ),
)


def _row(head: str, relation: str) -> int:
    (fact,) = VOCABULARY.encode([head], [relation], ["cyp"])
    return int(np.flatnonzero((KNOWN.triples == fact).all(axis=1))[0])


def test_what_is_implied_goes_through_several_steps_and_knows_no_circle() -> None:
    chain = Vocabulary.of(["x"], list("abcd"), implies=[("a", "b"), ("b", "c"), ("c", "a"), ("d", "zzz")])
    assert chain.implied.tolist() == [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]]
    assert Vocabulary.of(["x"], ["a"]).implied.shape == (0, 2)


def test_facts_that_say_less_stand_aside_only_where_one_that_says_more_is_known() -> None:
    between = FactsBetween.over(MessageGraph.of(KNOWN))
    aside = {tuple(KNOWN.names(KNOWN.triples[row])) for row in np.flatnonzero(between.implied)}
    assert aside == {("ket", "binds", "cyp"), ("war", "binds", "cyp")}


def test_a_path_is_found_without_the_facts_that_others_imply() -> None:
    between = FactsBetween.over(MessageGraph.of(KNOWN))
    path = np.array([[_row("ket", "binds"), _row("war", "binds"), -1]])
    origin, forms = without_implied(between, path)
    assert origin.tolist() == [0]
    assert forms.tolist() == [[_row("ket", "inhibits"), _row("war", "cleared"), -1]]


@pytest.mark.parametrize("seed", range(3))
def test_evidence_never_says_less_than_is_known(seed: int) -> None:
    model = RedGNN(RedGNNConfig(dim=8, layers=2), VOCABULARY.relations, seed=seed)
    model.bind(KNOWN)
    asked, to = VOCABULARY.relation("with"), VOCABULARY.entity
    (((*paths,),),) = model.best_paths(np.array([to("ket")]), np.array([asked]), [[to("war")]], 3)
    assert [p.facts for p in paths] == [(_row("ket", "inhibits"), _row("war", "cleared"))]
    (((*paths,),),) = model.best_paths(np.array([to("ket")]), np.array([asked]), [[to("asp")]], 3)
    assert [p.facts for p in paths] == [(_row("ket", "inhibits"), _row("asp", "binds"))]


def test_without_the_fact_that_says_more_the_other_is_evidence_again() -> None:
    model = RedGNN(RedGNNConfig(dim=8, layers=2), VOCABULARY.relations, seed=0)
    model.bind(KNOWN)
    asked, to = VOCABULARY.relation("with"), VOCABULARY.entity
    gone = [_row("ket", "inhibits")]
    (((*paths,),),) = model.best_paths(np.array([to("ket")]), np.array([asked]), [[to("war")]], 3, [gone])
    assert {p.facts[0] for p in paths} == {_row("ket", "binds")}
    assert RuleCounts(KNOWN).walks([to("ket")], [paths[0]])[0][0][0] == VOCABULARY.relation("binds")
