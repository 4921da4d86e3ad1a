"""What every store promises about graphs: the same for each server."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pyarrow as pa
import pytest

from graph_schema.errors import InputError, UnknownName
from graph_schema.tables import GraphData
from kgplatform.store import available_stores
from kgplatform.store.bolt.normal import normal_data
from kgplatform.store.bolt.reading import joined
from kgplatform.store.protocol import Changes, GraphStore
from tests.contracts.graphs import SCHEMA, STRINGS, facts, nodes, relations, small


def version(store: GraphStore, graph: str) -> str:
    found: str = next(g["version"] for g in store.graphs() if g["name"] == graph)
    return found


def same(left: GraphData, right: GraphData) -> bool:
    """Whether two graphs in normal form hold the same rows."""
    return bool(left.nodes == right.nodes and left.facts == right.facts and left.relations == right.relations)


def test_backends_are_the_files_of_the_folder() -> None:
    assert available_stores() == ("local", "neo4j", "neo4j_local")


def test_what_is_put_comes_back(store: GraphStore, graph: str) -> None:
    data = normal_data(small())
    assert store.put_graph(graph, SCHEMA, small()) == {"nodes": Changes(3), "facts": Changes(3)}
    back = store.get_graph(graph)
    assert back.nodes.to_pylist() == data.nodes.to_pylist()
    assert back.facts.to_pylist() == data.facts.to_pylist()
    assert back.relations.to_pylist() == data.relations.to_pylist()
    assert back.nodes.schema.names == data.nodes.schema.names


def test_how_many_are_read_at_a_time_does_not_show(
    store: GraphStore, graph: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one entity a page, the gene's page has no fact."""
    store.put_graph(graph, SCHEMA, small())
    before = store.get_graph(graph)
    for size in ("_NODE_PAGE", "_FACT_HEADS"):
        monkeypatch.setattr(f"kgplatform.store.bolt.reading.{size}", 1)
    assert same(store.get_graph(graph), before)


@pytest.mark.parametrize("pages", [["ab", "cd"], ["b", "", "ac"], ["abd", "c"]])
def test_pages_are_joined_in_order(pages: list[str]) -> None:
    letters = [pa.table({"id": pa.array([*page], pa.string())}) for page in pages]
    whole = joined(pa.concat_tables(letters), ["id"])
    assert whole["id"].to_pylist() == sorted("".join(pages))
    assert whole["id"].num_chunks == 1


def test_importing_twice_changes_nothing(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    before, shown = version(store, graph), store.graphs()
    assert store.compare_graph(graph, SCHEMA, small())["facts"] == Changes(unchanged=3)
    again = store.put_graph(graph, SCHEMA, small())
    assert again == {"nodes": Changes(unchanged=3), "facts": Changes(unchanged=3)}
    assert version(store, graph) == before
    assert store.graphs() == shown


def test_only_what_differs_is_changed(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    before = version(store, graph)
    update = GraphData(
        nodes(("d1", "Drug", "Coumadin"), ("g1", "Gene", "CYP2C9"), ("g2", "Gene", "VKORC1")),
        facts(("d1", "treats:1", "g1", "TREATS"), ("d1", "BINDS", "g2", "BINDS")),
        relations(("treats:1", "TREATS"), ("BINDS", "BINDS")),
    )
    expected = {"nodes": Changes(1, 1, 1), "facts": Changes(1, 0, 1)}
    assert store.compare_graph(graph, SCHEMA, update) == expected
    assert version(store, graph) == before
    assert store.put_graph(graph, SCHEMA, update) == expected
    assert version(store, graph) != before
    back = {row["id"]: row for row in store.get_graph(graph).nodes.to_pylist()}
    assert back["d1"]["name"] == "Coumadin"
    assert back["d1"]["mass"] == 308.33  # not mentioned, so it stays
    about = next(g for g in store.graphs() if g["name"] == graph)
    assert (about["nodes"], about["facts"]) == (4, 4)
    counted = store.read(
        "MATCH (r:RelationType {graph: $g}) RETURN r.name AS name, r.facts AS facts ORDER BY name",
        {"g": graph},
    )
    assert {r["name"]: r["facts"] for r in counted} == {"BINDS": 2, "treats:1": 1, "treats:2": 1}


def test_sources_are_united(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    other = small()
    sources = pa.array([["there"], ["here"], ["here"]], STRINGS)
    index = other.facts.column_names.index("sources")
    other = dataclasses.replace(other, facts=other.facts.set_column(index, "sources", sources))
    assert store.put_graph(graph, SCHEMA, other)["facts"] == Changes(0, 1, 2)
    rows = {r["relation"]: r["sources"] for r in store.get_graph(graph).facts.to_pylist()}
    assert rows == {"treats:1": ["here", "there"], "treats:2": ["here"], "BINDS": ["here"]}
    assert store.put_graph(graph, SCHEMA, other)["facts"] == Changes(unchanged=3)


@pytest.mark.parametrize(
    "name",
    [
        "/film/actor./performance",
        "is a kind of",
        "a`b",
        "it's",
        'say "so"',
        "中文",
        "a\\b",
        "x{y}",
        "$z",
        "1:1",
    ],
)
def test_hostile_names_survive(store: GraphStore, graph: str, name: str) -> None:
    data = GraphData(
        nodes((name, "Thing", name), ("b/c d", "Thing", "b"), **{f"p {name}": pa.array([name, None])}),
        facts((name, name, "b/c d", name)),
        relations((name, name)),
    )
    store.put_graph(graph, SCHEMA, data)
    back = store.get_graph(graph)
    assert back.facts.to_pylist() == normal_data(data).facts.to_pylist()
    assert back.nodes.to_pylist() == normal_data(data).nodes.to_pylist()


@pytest.mark.parametrize("name", ["a~b", "a,b", "a*", "Drug"])
def test_names_arcadedb_cannot_hold_are_refused_before_writing(
    store_on: Callable[[str], GraphStore], name: str
) -> None:
    data = GraphData(
        nodes(("a", "Drug", "a"), ("b", "Drug", "b")), facts(("a", name, "b", name)), relations((name, name))
    )
    with pytest.raises(InputError, match="ArcadeDB"):
        store_on("arcadedb").put_graph("refused", SCHEMA, data)
    assert not [g for g in store_on("arcadedb").graphs() if g["name"] == "refused"]
    neo4j = store_on("neo4j")
    assert neo4j.put_graph("allowed", SCHEMA, data)["facts"] == Changes(1)
    neo4j.drop_graph("allowed")


def test_both_servers_hold_the_same(store_on: Callable[[str], GraphStore]) -> None:
    both = []
    for name in ("arcadedb", "neo4j"):
        store = store_on(name)
        store.put_graph("differential", SCHEMA, small())
        both.append(store.get_graph("differential"))
        store.drop_graph("differential")
    assert same(*both)


def test_a_node_keeps_its_type(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    data = GraphData(nodes(("d1", "Gene", "Warfarin")), facts(), relations())
    with pytest.raises(InputError, match="'d1' of type 'Gene'"):
        store.put_graph(graph, SCHEMA, data)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (GraphData(nodes(("a", "Drug", "a"), ("a", "Drug", "b")), facts(), relations()), "twice"),
        (
            GraphData(nodes(("a", "Drug", "a")), facts(("a", "r", "zz", "r")), relations(("r", "r"))),
            "tail 'zz'",
        ),
        (GraphData(nodes(("a", "Drug", "a")), facts(("a", "r", "a", "r")), relations()), "relation 'r'"),
        (
            GraphData(nodes(("a", "Drug", "a"), when=pa.array([0], pa.date32())), facts(), relations()),
            "date32",
        ),
        (GraphData(nodes(("a", "Drug", "a"), key=pa.array(["x"])), facts(), relations()), "'key'"),
    ],
)
def test_broken_data_is_refused_whole(store: GraphStore, graph: str, broken: GraphData, says: str) -> None:
    with pytest.raises(InputError, match=says):
        store.put_graph(graph, SCHEMA, broken)
    assert not [g for g in store.graphs() if g["name"] == graph]


@pytest.mark.parametrize("name", ["", "a/b", " a", "a\n"])
def test_graph_names_that_cannot_begin_a_key_are_refused(store: GraphStore, name: str) -> None:
    with pytest.raises(InputError, match="graph name"):
        store.put_graph(name, SCHEMA, small())


def test_dropping_leaves_other_graphs_alone(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    other = f"{graph}0"
    store.put_graph(other, SCHEMA, small())
    store.drop_graph(other)
    assert [g["name"] for g in store.graphs() if g["name"] in (graph, other)] == [graph]
    left = store.read("MATCH (n) WHERE n.graph = $g RETURN count(n) AS c", {"g": other})
    assert left == [{"c": 0}]
    assert len(store.get_graph(graph).facts) == 3
    with pytest.raises(UnknownName, match=other):
        store.get_graph(other)
    with pytest.raises(UnknownName, match=other):
        store.drop_graph(other)


def test_a_transaction_that_raises_leaves_nothing(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())

    def interrupted() -> None:
        with store.transaction() as transaction:
            transaction.run("MATCH (n:Entity {key: $k}) SET n.mark = 1", {"k": f"{graph}/d1"})
            transaction.run("CREATE (:Run {id: 'r'})")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        interrupted()
    marked = store.read("MATCH (n:Entity {key: $k}) RETURN n.mark AS mark", {"k": f"{graph}/d1"})
    assert marked == [{"mark": None}]
    assert store.read("MATCH (r:Run {id: 'r'}) RETURN r.id AS id") == []


def test_predictions_are_no_facts(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    with store.transaction() as transaction:
        transaction.run(
            "MATCH (a:Entity {key: $a}) MATCH (b:Entity {key: $b}) "
            "CREATE (a)-[:PREDICTED {run_id: 'r'}]->(b)",
            {"a": f"{graph}/d2", "b": f"{graph}/g1"},
        )
    assert len(store.get_graph(graph).facts) == 3
    assert store.put_graph(graph, SCHEMA, small())["facts"] == Changes(unchanged=3)
