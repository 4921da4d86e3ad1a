"""Graphs laid out for messages: once for the same facts, anew for others."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np

from graph_schema.triples import TripleSet, Vocabulary
from trainers.kernels import MessageGraph

VOCABULARY = Vocabulary(("a", "b", "c"), ("r", "s"))


def facts() -> TripleSet:
    return TripleSet.of(VOCABULARY, np.array([[0, 0, 1], [1, 1, 2]]))


def test_runs_that_answer_over_the_same_facts_share_their_graph() -> None:
    known = facts()
    first = MessageGraph.of(known)
    assert MessageGraph.of(known) is first
    assert MessageGraph.of(TripleSet(VOCABULARY, known.triples)) is first
    assert MessageGraph.of(facts()) is not first


def test_another_vocabulary_has_a_graph_of_its_own() -> None:
    known = facts()
    first = MessageGraph.of(known)
    symmetric = TripleSet(replace(VOCABULARY, symmetric=frozenset({"r"})), known.triples)
    other = MessageGraph.of(symmetric)
    assert other is not first
    assert other.inverse.tolist() != first.inverse.tolist()


def test_nothing_is_kept_that_nobody_holds() -> None:
    known = facts()
    held = weakref.ref(MessageGraph.of(known))
    gc.collect()
    assert held() is None
