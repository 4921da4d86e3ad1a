"""The read-only door: what passes, what is refused, and what ends a statement that takes too long."""

from __future__ import annotations

import time

import pytest

from graph_schema.errors import QueryRefused, QueryTimeout
from kgplatform.store.console.guard import check_reads_only
from kgplatform.store.protocol import GraphStore
from tests.contracts.graphs import SCHEMA, small

READING = (
    "MATCH (n) RETURN count(n)",
    "match (d:Drug)-[r:TREATS|BINDS*1..2]->(g:Gene) where d.name starts with 'W' return d.name, size(r) AS n",
    "MATCH (d:Drug) OPTIONAL MATCH (d)-->(g) WITH d, collect(g.id) AS g RETURN d.id, g ORDER BY d.id DESC",
    "UNWIND $xs AS x RETURN x UNION ALL UNWIND [1, 2] AS x RETURN x",
    "MATCH (n:Drug) RETURN n.set, n.`create`, n.delete // SET n.x = 1",
    "MATCH (n:Drug) WHERE n.name = 'CREATE (x)' /* DELETE n */ RETURN n.name SKIP 0 LIMIT 3;",
    "RETURN CASE WHEN 1 > 0 THEN 'a' ELSE \"b\" END AS letter",
    "MATCH p = shortestPath((a:Drug)-[*..3]-(b:Gene)) RETURN [x IN nodes(p) WHERE x.id <> '' | x.id] AS ids",
    "CALL db.labels() YIELD label RETURN label ORDER BY label",
    "EXPLAIN MATCH (n:Drug) RETURN n",
    "MATCH (d:Drug) WHERE EXISTS { MATCH (d)-[:BINDS]->(:Gene) } RETURN d.id",
    "MATCH (d:Drug) RETURN d.id AS id, {mass: d.mass, of: toUpper(d.name)} AS about",
    "MATCH ()-[r:DELETE|MERGE|SET]->() RETURN count(r) AS n",
    "RETURN 0x1F + 1e3 + .5 AS n, [1, 2][0..1] AS x",
    "RETURN 'it\\'s' AS a, 'caf\\u00e9' AS b",
)

WRITING = (
    "CREATE (n)",
    "MATCH (n) //\\u000a LOAD CSV FROM 'http://127.0.0.1/' AS row RETURN row",
    "RETURN 1 AS x /* \\u002a\\u002f UNION LOAD CSV FROM 'http://127.0.0.1/' AS x RETURN x /* */",
    "MATCH (n) SET n.x = 1",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n) REMOVE n.x",
    "MERGE (n:Drug {id: 1})",
    "MATCH (n) FOREACH (x IN [1] | SET n.x = x)",
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "MATCH (n) CALL { WITH n SET n.x = 1 } IN TRANSACTIONS",
    "MATCH (n) RETURN n; MATCH (n) DELETE n",
    "MATCH (n) /* */ DELETE n",
    "MATCH (n) // '\nDELETE n //'",
    "MATCH (n) // '\rDELETE n //'",
    "MATCH (n) WHERE n.x = '\\u0027 DELETE n //' RETURN n",
    "\\u0043REATE (n)",
    "MATCH (n:`a\\u0060) DELETE n //`) RETURN n",
    "SHOW USERS",
    "SHOW TRANSACTIONS",
    "TERMINATE TRANSACTION 'x'",
    "USE system RETURN 1",
    "DROP CONSTRAINT entity_key",
    "CREATE INDEX FOR (n:Drug) ON (n.name)",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
    "CALL dbms.listConfig()",
    "CALL `dbms`.listConfig()",
    "CALL apoc.cypher.doIt('CREATE (n)', {})",
    "CALL { CREATE (n) RETURN n } RETURN n",
    "RETURN apoc.load.json('http://127.0.0.1')",
    "RETURN {x: apoc.load.json('http://127.0.0.1')} AS m",
    "RETURN [1][0].apoc.load.json('x')",
    "EXPLAIN CREATE (n)",
    "PROFILE MATCH (n) SET n.x = 1",
    "INSERT (n:Drug)",
    "MATCH (n) RETURN 'never closed",
    "",
    " // only a comment",
    "RETURN " + "(" * 100 + "1" + ")" * 100,
    "MATCH (n) RETURN n PURGE n",
    "MATCH (n) WHERE 1 > 0SET n.x = 1",
    "MATCH (n) WHERE 1 > 1.5SET n.x = 1",
    "MATCH (n) WHERE 1 > $0SET n.x = 1",
    "CALL $procedure()",
    "RETURN [x IN [1] WHERE x:A|apoc.load.json('x')] AS x",
    "RETURN '\ud800' AS x",
    "RETURN " + "1+" * 700 + "1",
    "RETURN " + "NOT " * 300 + "true",
    "RETURN " + "true XOR " * 20 + "true",
    "MATCH (n) " * 300 + "RETURN n",
    "RETURN [1]" + "[0]" * 700,
    "MATCH (n) WHERE " + "EXISTS { MATCH (n) WHERE " * 20 + "true" + "}" * 20 + " RETURN n",
)


@pytest.mark.parametrize("statement", READING)
def test_reading_statements_run(store: GraphStore, graph: str, statement: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    result = store.query(statement, {"xs": [1, 2, 3]})
    assert result.columns or not result.rows  # ArcadeDB names no columns where there are no rows


@pytest.mark.parametrize("statement", WRITING)
def test_other_statements_are_refused(statement: str) -> None:
    with pytest.raises(QueryRefused, match="wanted"):
        check_reads_only(statement)


def test_the_door_asks_the_guard(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    with pytest.raises(QueryRefused, match="'SET' at line 1, column 11"):
        store.query("MATCH (n) SET n.x = 1 RETURN n")
    assert store.read("MATCH (n:Entity) WHERE n.x = 1 RETURN count(n) AS c") == [{"c": 0}]


def test_rows_are_capped(store: GraphStore) -> None:
    result = store.query("UNWIND range(1, 10) AS x RETURN x, x * x AS y", limit=3)
    assert result.columns == ("x", "y")
    assert result.rows == ((1, 1), (2, 4), (3, 9))
    assert result.truncated
    assert not store.query("UNWIND range(1, 3) AS x RETURN x", limit=3).truncated


def test_bytes_are_capped(store: GraphStore) -> None:
    text = "reduce(s = '{}', x IN range(1, 16) | s + s) AS s"
    result = store.query(f"WITH {text.format('a' * 64)} UNWIND range(1, 30) AS x RETURN s")
    assert result.truncated
    assert 1 <= len(result.rows) <= 4  # of 4 MiB each
    with pytest.raises(QueryRefused, match="a row of more than 16 MiB"):
        store.query(f"RETURN {text.format('a' * 512)}")


@pytest.mark.parametrize("value", [10**30, "\ud800", object()])
def test_parameters_that_cannot_be_sent(store: GraphStore, value: object) -> None:
    with pytest.raises(QueryRefused, match="parameters that cannot be sent"):
        store.query("RETURN $p AS p", {"p": value})


def test_the_server_says_what_is_wrong(store: GraphStore) -> None:
    with pytest.raises(QueryRefused, match=r"line 1.*10"):
        store.query("MATCH (a {")
    with pytest.raises(QueryRefused, match="nothere"):
        store.query("MATCH (n:Drug) RETURN nothere")
    with pytest.raises(QueryRefused, match="missing"):
        store.query("RETURN $missing")


def test_graph_values_become_plain(store: GraphStore, graph: str) -> None:
    store.put_graph(graph, SCHEMA, small())
    rows = store.query(
        "MATCH p = (d:Drug)-[f:BINDS]->(g:Gene) WHERE d.key = $k RETURN d, f, p", {"k": f"{graph}/d2"}
    ).rows
    drug, fact, path = rows[0]
    assert drug["_labels"] == ["Drug", "Entity"]
    assert (fact["_type"], fact["_start"], fact["_end"]) == ("BINDS", f"{graph}/d2", f"{graph}/g1")
    assert [step.get("id") or step["_type"] for step in path] == ["d2", "BINDS", "g1"]


_ENDLESS = (
    "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b = 7 RETURN count(*)"
)


def _running(store: GraphStore) -> bool:
    running = store.read("SHOW TRANSACTIONS YIELD currentQuery")
    return any(_ENDLESS in row["currentQuery"] for row in running)


def _ends(store: GraphStore) -> bool:
    """Wait until the endless statement is gone from the server."""
    for _ in range(600):
        if not _running(store):
            return True
        time.sleep(0.2)
    return False


def test_whoever_waits_may_cancel(store: GraphStore) -> None:
    calls = []

    def waiting() -> None:
        calls.append(_running(store))
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.query(_ENDLESS, deadline=600.0, waiting=waiting)
    assert calls[-1]
    assert _ends(store)


def test_a_long_statement_is_ended_on_the_server_too(store: GraphStore) -> None:
    with pytest.raises(QueryTimeout, match="did not finish within 1 seconds"):
        store.query(_ENDLESS, deadline=1.0)
    assert _ends(store)
