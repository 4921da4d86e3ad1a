"""Graphs as integers by Arrow: the ids, rows and digests that plain Python gives."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_schema.domains import load_domain
from graph_schema.names import Names
from graph_schema.schema import GraphSchema
from graph_schema.tables import FACT_COLUMNS, NODE_COLUMNS, RELATION_COLUMNS, GraphData
from graph_schema.triples import TripleSet, Vocabulary
from kgplatform.graphs.encoding import FOR_ARRAYS, encoded
from kgplatform.graphs.pulling import PulledGraph, aligned

Fact = tuple[str, str, str]
Parts = dict[Fact, str | None]

OPEN = load_domain("triples")
KIND = OPEN.node_types[0].name
SYMMETRIC = OPEN.model_copy(
    update={"relation_types": (load_domain("family").relation_types[0].model_copy(
        update={"name": "r", "head": (KIND,), "tail": (KIND,), "symmetric": True, "inverse_of": ()}),)}
)  # fmt: skip
names = st.sampled_from(["a", "b", "é", "\uffff", "\U00010000", "😀", "z\u0301"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\1"), min_size=1, max_size=3
)
relations = st.sampled_from(["r", "s", "\ue000", "\U0001f600"])
graphs = st.dictionaries(
    st.tuples(names, relations, names), st.sampled_from([None, "facts", "train", "valid", "test"]), max_size=9
)


def data_of(parts: Parts, alone: Sequence[str], dice: random.Random) -> GraphData:
    """Tables with their rows in any order."""
    ids = [*{*alone, *(end for h, _, t in parts for end in (h, t))}]
    kinds = [*{r for _, r, _ in parts}, "unused"]
    rows = [
        {
            "head": h,
            "relation": r,
            "tail": t,
            "type": r,
            "sources": ["x"],
            "imported_from": [],
            "split": split,
        }
        for (h, r, t), split in parts.items()
    ]
    for some in (ids, kinds, rows):
        dice.shuffle(some)
    nodes = [{"id": i, "type": KIND, "name": i.upper(), "aliases": []} for i in ids]
    about = [{"name": r, "type": r, "description": "", "template": None} for r in kinds]
    return GraphData(
        pa.Table.from_pylist(nodes, NODE_COLUMNS),
        pa.Table.from_pylist(rows, FACT_COLUMNS),
        pa.Table.from_pylist(about, RELATION_COLUMNS),
    )


def plain_fingerprint(data: GraphData) -> str:
    digest = hashlib.sha256()
    for table, columns in (
        (data.nodes, ["id", "type"]),
        (data.facts, ["head", "relation", "tail", "split"]),
    ):
        ordered = table.select(columns).sort_by([(c, "ascending") for c in columns])
        for column in columns:
            digest.update("\0".join(v or "" for v in ordered[column].to_pylist()).encode())
            digest.update(b"\1")
    return digest.hexdigest()


def check(graph: PulledGraph, parts: Parts, alone: Sequence[str], digest: str) -> None:
    ends = {*alone, *(end for h, _, t in parts for end in (h, t))}
    vocabulary = Vocabulary.of(
        [*ends], [*{r for _, r, _ in parts}, "unused"], *symmetric(graph.schema, parts)
    )
    assert graph.vocabulary == vocabulary
    assert vocabulary == graph.vocabulary
    for found, splits in (
        (graph.known, (None, "facts", "train")), (graph.valid, ("valid",)), (graph.test, ("test",)),
        (graph.held_out, ("valid", "test")), (graph.of_splits("train", None), ("train", None)),
    ):  # fmt: skip
        facts = [fact for fact, split in parts.items() if split in splits]
        rows = vocabulary.encode(*zip(*facts, strict=True)) if facts else np.zeros((0, 3), np.int64)
        np.testing.assert_array_equal(found.triples, TripleSet.of(vocabulary, rows).triples)
    assert graph.fingerprint == digest


def symmetric(schema: GraphSchema, parts: Parts) -> tuple[list[str]]:
    return (["r"] if schema is SYMMETRIC and any(r == "r" for _, r, _ in parts) else [],)


@settings(deadline=None)
@given(
    graphs, st.lists(names, max_size=3), st.randoms(use_true_random=False), st.booleans(), st.integers(1, 4)
)
def test_a_graph_is_what_plain_python_makes_of_it(
    parts: Parts, alone: Sequence[str], dice: random.Random, mirrored: bool, at_a_time: int
) -> None:
    data, schema = data_of(parts, alone, dice), SYMMETRIC if mirrored else OPEN
    digest = plain_fingerprint(data)
    for some in (data, encoded(data), encoded(encoded(data, FOR_ARRAYS))):
        check(PulledGraph("g", "1", schema, some), parts, alone, digest)
        with patch("kgplatform.graphs.encoding._AT_A_TIME", at_a_time):
            check(PulledGraph("g", "1", schema, some), parts, alone, digest)
    for name in ("nodes", "facts", "relations"):
        assert getattr(encoded(data), name).to_pylist() == getattr(data, name).to_pylist()


@settings(deadline=None)
@given(graphs, st.randoms(use_true_random=False))
def test_a_graph_over_fewer_relations_is_one_without_their_facts(parts: Parts, dice: random.Random) -> None:
    data = data_of(parts, ["a"], dice)
    met = ("s", "r")
    fewer = aligned(PulledGraph("g", "1", OPEN, encoded(data)), met)
    kept = {fact for fact, split in parts.items() if fact[1] in met and split not in ("valid", "test")}
    assert {fewer.known.names(row) for row in fewer.known.triples} == kept
    assert fewer.vocabulary.relations == met
    gone = [r for _, r, _ in parts if r not in met]
    assert fewer.left_out == {r: gone.count(r) for r in sorted(set(gone))}


@given(st.lists(names))
def test_names_are_like_a_tuple(some: list[str]) -> None:
    given, like = tuple(some), Names(pa.array(some, pa.string()))
    assert like == given
    assert given == like
    assert hash(like) == hash(given)
    assert (tuple(like), len(like), like[1:3]) == (given, len(given), given[1:3])
    assert like != (*given, "more")
    assert [like[i] for i in range(-len(given), len(given))] == [*given, *given]
