"""Do drugs interact: known, half-known, unseen and unknown pairs, drugs in no graph; Python and `kgp ddi`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from click.testing import CliRunner, Result

import kgplatform as kgp
from graph_schema.errors import InputError, RunError, UnknownName, UsageError
from graph_schema.records import RunRecord
from kgplatform.cli import cli
from kgplatform.graphs.importing import import_files
from kgplatform.jobs.pipeline import retrain
from kgplatform.serving.interactions import interactions
from kgplatform.serving.loading import Serving
from tests.conftest import Loop
from tests.drug_world import NEW, NOBODY, TWICE, write_world
from tests.small_graphs import silent

GRAPH = "checked"
LINE = "fresh; smiles=CCCCO; enzymes=CYP2C9; inhibits=1559, abcb1"


@dataclass(frozen=True)
class World:
    """A graph with a run that tells types."""

    loop: Loop
    serving: Serving
    run: RunRecord


@pytest.fixture(scope="module")
def world(loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    import_files(
        loop.store, write_world(tmp_path_factory.mktemp("world") / "ddi"), graph=GRAPH, domain="drug"
    )
    serving = Serving(loop.store, loop.registry)
    with pytest.raises(RunError, match="kgp train analogue_vote checked"):
        interactions(serving, GRAPH, ["drug 00", "drug 01"])
    retrain(loop.store, loop.registry, GRAPH, "majority", progress=silent)
    run = retrain(loop.store, loop.registry, GRAPH, "analogue_vote", progress=silent)
    yield World(loop, serving, run)
    loop.store.drop_graph(GRAPH)


def test_pairs_known_half_known_and_unseen_in_order(world: World) -> None:
    graph = world.serving.graph(GRAPH)
    typed = [graph.vocabulary.relation(name) for name in graph.targets]
    row = next(row for row in graph.known.triples if row[1] in typed)
    head, _, tail = graph.known.names(row)
    drugs = [head, graph.names[tail], "DRUG 40", "new one", f"{GRAPH}/DB00041"]
    found = interactions(world.serving, GRAPH, drugs)
    assert len(found) == 10
    assert {one.run for one in found} == {world.run.id}, "better than counting types alone"
    order = [(not one.known, -(one.interacts or 0.0)) for one in found]
    assert order == sorted(order)
    (known,) = [one for one in found if {one.one.id, one.other.id} == {head, tail}]
    assert known.known[0].sentence.startswith(("drug", "#"))
    assert known.interacts is None
    assert known.types[0].prediction.relation == known.known[0].relation
    facts = {(one.head, one.relation, one.tail) for one in known.known}
    assert not facts & {case.fact for case in known.types[0].prediction.cases}
    for one in found:
        wanted = "one new" if NEW in (one.one.id, one.other.id) else "both known"
        assert one.protocol == wanted
        if not one.known:
            assert 0 < (one.interacts or 0.0) < 1
            assert one.types[0].evidence
            chances = [kind.prediction.probability or 0.0 for kind in one.types]
            assert chances == sorted(chances, reverse=True)
            assert len({kind.prediction.relation for kind in one.types}) == len(one.types)
            assert one.against is None or one.against == one.types[1]


def test_who_has_nothing_is_never_guessed_at(world: World) -> None:
    (one,) = interactions(world.serving, GRAPH, ["drug 00", NOBODY])
    assert one.cannot_say == "the graph has no fact of nobody and no structure"
    assert (one.interacts, one.types, one.known) == (None, (), ())
    both = interactions(world.serving, GRAPH, ["new one", TWICE[0]])
    assert both[0].protocol == "both new"
    assert both[0].basis is not None
    assert "there were none with both new" in both[0].basis


def test_an_added_drug_is_asked_and_nothing_is_written(world: World) -> None:
    before = world.loop.store.read("MATCH (n:Entity {graph: $g}) RETURN count(n) AS n", {"g": GRAPH})
    (one,) = interactions(world.serving, GRAPH, ["drug 06"], added=[LINE])
    assert one.other.added
    assert one.protocol == "one new"
    assert one.types[0].evidence, "it is like alcohols, which stand in known pairs"
    again = interactions(world.serving, GRAPH, ["drug 06"], added=[LINE])
    assert again == [one]
    assert before == world.loop.store.read("MATCH (n:Entity {graph: $g}) RETURN count(n) AS n", {"g": GRAPH})
    here = world.serving.serve(world.run.id).graph
    assert "fresh" not in here.vocabulary.entity_ids, "what is served stays as it is"
    two = interactions(world.serving, GRAPH, [], added=[LINE, "bare"])
    assert two[0].cannot_say is not None
    assert "bare" in two[0].cannot_say


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("; smiles=CCO", "without a name"),
        ("drug 03; smiles=CCO", "is in graph 'checked' already"),
        ("x; smiles=no molecule", "a SMILES that RDKit reads"),
        ("x; inhibits", "KEY=VALUE"),
        ("x; inhibits=CYP9X9", "no Gene 'CYP9X9'"),
        ("x; eats=CYP2C9", "no key 'eats'"),
    ],
)
def test_what_cannot_be_read_of_an_added_drug_is_said(world: World, line: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        interactions(world.serving, GRAPH, ["drug 00"], added=[line])


def test_what_cannot_be_asked_is_said(world: World) -> None:
    for drugs, error, said in (
        (["drug 00"], UsageError, "1 drugs; wanted 2 to 10"),
        ([f"drug {i:02d}" for i in range(11)], UsageError, "11 drugs"),
        (["drug 00", "DB00000"], UsageError, "are one drug"),
        (["drug 00", "twice"], InputError, TWICE[0]),
        (["drug 00", "CYP2C9"], InputError, "a Gene of graph 'checked'; wanted a Drug"),
        (["drug 00", "drug 99"], UnknownName, "no Drug 'drug 99'"),
    ):
        with pytest.raises(error, match=said):
            interactions(world.serving, GRAPH, drugs)
    with pytest.raises(UsageError, match="learned link_prediction"):
        interactions(world.serving, GRAPH, ["a", "b"], run=world.loop.runs[0].id)


def test_it_is_asked_in_python(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in world.loop.environment.items():
        monkeypatch.setenv(name, value)
    with kgp.open() as store:
        found = store[GRAPH].interactions(["drug 00", "drug 01", "drug 02"], evidence=0)
    assert len(found) == 3
    assert not any(kind.evidence for one in found if not one.known for kind in one.types)


def _call(world: World, *arguments: str) -> Result:
    return CliRunner(env=world.loop.environment).invoke(cli, ["ddi", *arguments])


def test_the_command_says_it_in_words_and_in_json(world: World) -> None:
    said = _call(world, "drug 00", "new one", "nobody", "--graph", GRAPH, "--drug", LINE)
    assert said.exit_code == 0, said.output
    assert "drug 00 – new one · one new · interacts " in said.stdout
    assert "given that they interact" in said.stdout
    assert "cannot say" in said.stdout
    assert "fresh (added)" in said.stdout
    assert "not known to be safe" in said.stdout.splitlines()[-1]
    rows = _call(world, "drug 00", "new one", "--graph", GRAPH, "--json", "--top", "2")
    (row,) = [json.loads(line) for line in rows.stdout.splitlines()]
    assert row["protocol"] == "one new"
    assert len(row["types"]) == 2
    assert 0 < row["interacts"] < 1
    weight, sentence = row["types"][0]["evidence"][0]
    assert 0 <= weight <= 1
    assert " does " in sentence


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("drug 00", "twice"), InputError),
        (("drug 00", "--drug", "x; smiles=((("), InputError),
        (("drug 00",), UsageError),
    ],
)
def test_the_command_ends_with_the_status_of_what_was_wrong(
    world: World, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    found = _call(world, *arguments, "--graph", GRAPH)
    assert isinstance(found.exception, error)
