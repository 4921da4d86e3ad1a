"""Facts that say the same from the other end: declared by a schema, or found in the facts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pydantic import ValidationError

from graph_schema.domains import load_domain
from graph_schema.schema import GraphSchema, NodeType, RelationType
from graph_schema.triples import TripleSet
from kgplatform.graphs.importing import read_files
from kgplatform.graphs.mirrors import Mirrors, undeclared
from kgplatform.graphs.pulling import PulledGraph

_PEOPLE = [f"p{i:02}" for i in range(40)]


def schema(**inverse_of: tuple[str, ...]) -> GraphSchema:
    ends = {"head": ("Person",), "tail": ("Person",)}
    return GraphSchema(
        domain="d", title="", description="", licence="", node_types=(NodeType(name="Person"),),
        relation_types=tuple(
            RelationType(name=name, **ends, inverse_of=others) for name, others in inverse_of.items()
        ),
    )  # fmt: skip


def test_facts_of_two_sides_are_one() -> None:
    mirrors = Mirrors.of(load_domain("family"))
    same = {mirrors.as_one(f) for f in [("x", "MOTHER", "y"), ("y", "SON", "x"), ("y", "DAUGHTER", "x")]}
    assert len(same) == 1
    assert mirrors.as_one(("y", "MOTHER", "x")) not in same
    assert mirrors.as_one(("x", "AUNT", "y")) not in same


def test_facts_of_one_side_are_one_in_both_directions() -> None:
    mirrors = Mirrors.of(load_domain("family"))
    facts = [(a, r, b) for a, b in (("x", "y"), ("y", "x")) for r in ("BROTHER", "SISTER")]
    assert len({mirrors.as_one(f) for f in facts}) == 1


def test_a_relation_without_mirrors_is_itself() -> None:
    assert Mirrors.of(schema(A=(), B=("B",))).as_one(("x", "A", "y")) == ("x", "A", "y")


def test_an_inverse_that_no_relation_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="'A' is inverse of 'C'"):
        schema(A=("C",), B=())


def test_mirrors_that_nobody_declared_are_named() -> None:
    dice = random.Random(2)
    pairs = [(h, t) for h, t in (dice.sample(_PEOPLE, 2) for _ in range(60))]
    facts = [(h, "A", t) for h, t in pairs]
    facts += [(t, "B" if i % 2 else "C", h) for i, (h, t) in enumerate(pairs)]
    facts += [(dice.choice(_PEOPLE), "D", dice.choice(_PEOPLE)) for _ in range(60)]
    both = TripleSet.from_names(facts)
    found = undeclared(both, Mirrors.of(schema(A=(), B=(), C=(), D=())))
    assert [(m.relation, m.others) for m in found] == [("A", ("B", "C")), ("B", ("A",)), ("C", ("A",))]
    assert "said once more from the other end, by B, C" in str(found[0])
    assert undeclared(both, Mirrors.of(schema(A=("B", "C"), B=(), C=(), D=()))) == []


def test_facts_that_hold_in_both_directions_are_named() -> None:
    pairs = [(a, b) for a, b in zip(_PEOPLE, reversed(_PEOPLE), strict=True) if a != b]
    facts = TripleSet.from_names([(a, "LIKES", b) for a, b in pairs])
    (found,) = undeclared(facts, Mirrors.of(schema(LIKES=())))
    assert (found.relation, found.mirrored) == ("LIKES", len(pairs))
    assert "hold in both directions" in str(found)
    assert undeclared(facts, Mirrors.of(schema(LIKES=("LIKES",)))) == []


def test_mirrors_are_learned_from_or_held_out_together(tmp_path: Path) -> None:
    dice = random.Random(4)
    pairs = sorted({(h, t) for h, t in (dice.sample(_PEOPLE, 2) for _ in range(300))})
    rows = [f"{h}\tMOTHER\t{t}\n{t}\tSON\t{h}\n" for h, t in pairs]
    (tmp_path / "a.tsv").write_text("".join(rows))
    reading = read_files([tmp_path / "a.tsv"], domain="family")
    division = PulledGraph("g", "1", reading.schema, reading.data).division
    assert division.mirrored == ()
    for part in (division.splits.known, division.splits.valid, division.splits.test):
        named = {part.names(row) for row in part.triples}
        assert named
        assert {(t, "SON", h) for h, r, t in named if r == "MOTHER"} == {f for f in named if f[1] == "SON"}
    reading = read_files([tmp_path / "a.tsv"], domain="triples")
    loose = PulledGraph("g", "1", reading.schema, reading.data).division
    assert {m.relation for m in loose.mirrored} == {"MOTHER", "SON"}
