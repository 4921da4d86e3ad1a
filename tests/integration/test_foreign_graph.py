"""The loop through the command line on a graph that is nobody's example: columns swapped, Chinese names."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgplatform.cli import main
from kgplatform.store.protocol import GraphStore

Fact = tuple[str, str, str]
Kgp = Callable[..., tuple[int, list[dict[str, Any]], str]]

CITIES = {"苏州": "江苏", "无锡": "江苏", "杭州": "浙江", "宁波": "浙江", "景德镇": "江西", "佛山": "广东"}
TRADES = ("丝织", "制瓷", "木雕", "造纸", "制茶", "冶铁")
TARGET = "居住于"


def crafts(people: int = 48) -> list[Fact]:
    """Masters and apprentices, where they live and what they make: ten relations, most of them derived."""
    draw = random.Random(7)
    names = [a + b + c for a in "赵钱孙李周吴" for b in "文武德" for c in "山海林风"][:people]
    cities, facts = sorted(CITIES), []
    for i, city in enumerate(cities):
        facts += [(city, "属于", CITIES[city]), (city, "盛产", TRADES[i])]
        facts.append((TRADES[i], "供应", TRADES[(i + 1) % len(TRADES)]))
    master: dict[str, str] = {}
    home = {name: draw.choice(cities) for name in names[:6]}
    for name in names[6:]:
        master[name] = draw.choice(names[: names.index(name)])
        home[name] = home[master[name]]  # an apprentice moves in with the master
    for name in names:
        facts += [(name, TARGET, home[name]), (name, "从事", TRADES[cities.index(home[name])])]
        facts.append((name, "出生于", draw.choice(cities)))
    for name, teacher in master.items():
        facts += [(teacher, "徒弟", name), (name, "师父", teacher)]
        facts += [(name, "同门", other) for other in names if master.get(other) == teacher]
        facts += [
            (name, "邻居", other) for other in draw.sample(names, 6) if home[other] == home[name] != name
        ]
    return sorted({f for f in facts if f[0] != f[2]})


@pytest.fixture
def kgp(
    store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Kgp:
    """Calls `kgp … --json` on the store: exit status, the objects on stdout, the text on stderr."""
    monkeypatch.setenv("KGP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KGP_STORE", store.url)

    def call(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--json"])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), [json.loads(line) for line in out.splitlines()], err

    return call


def test_a_graph_of_somebody_else_goes_round_the_loop(
    store: GraphStore, graph: str, kgp: Kgp, tmp_path: Path
) -> None:
    facts = crafts()
    assert len({r for _, r, _ in facts}) == 10
    path = tmp_path / "手工业.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((tail, head, relation) for head, relation, tail in facts)

    status, _, error = kgp("import", str(path), "--as", graph)
    assert status == 3
    assert "--columns" in error

    arguments = ("import", str(path), "--as", graph, "--columns", "tail,head,relation")
    status, (imported,), _ = kgp(*arguments)
    entities = {end for head, _, tail in facts for end in (head, tail)}
    assert (status, imported["domain"], imported["rejected"]) == (0, "triples", 0)
    assert imported["added"] == len(facts) + len(entities)
    status, (again,), _ = kgp(*arguments)
    assert (status, again["added"], again["changed"]) == (0, 0, 0)

    status, (trained,), _ = kgp("train", "red_gnn", graph, "--set", "epochs=2")
    assert (status, trained["graph"], trained["split"]) == (0, graph, "test")
    assert 0 < trained["metrics"]["mrr"] <= 1
    run = trained["run"]

    head = next(h for h, r, _ in facts if r == TARGET)
    status, predicted, _ = kgp("predict", run, "--head", head, "--relation", TARGET, "--top", "3")
    assert (status, len(predicted)) == (0, 3)
    known = set(map(tuple, facts))
    for item in predicted:
        assert (item["head"], item["relation"]) == (head, TARGET)
        assert item["tail"] in entities
        assert 0 <= item["probability"] <= 1
        assert all(tuple(fact) in known for p in item["paths"] for fact in p["facts"])

    status, (explained,), _ = kgp("explain", run, head, TARGET, predicted[0]["tail"])
    assert status == 0
    assert explained["score"] == pytest.approx(predicted[0]["score"], rel=1e-4)

    status, (promoted,), _ = kgp("promote", run, "--relation", TARGET, "--top", "2", "--queries", "10")
    assert status == 0
    statement = (
        "MATCH (h:Concept {graph: $graph})-[p:PREDICTED {relation: $relation}]->(t) "
        "RETURN h.name AS head, t.name AS tail, p.run_id AS run ORDER BY head, tail"
    )
    status, rows, _ = kgp("query", statement, "-p", f"graph={graph}", "-p", f"relation={TARGET}")
    assert (status, len(rows)) == (0, promoted["predictions"])
    assert rows
    assert {row["run"] for row in rows} == {run}
    status, (count,), _ = kgp(
        "query", f"MATCH (:Concept {{graph: '{graph}'}})-[f:`{TARGET}`]->() RETURN count(f) AS facts"
    )
    assert count["facts"] == sum(r == TARGET for _, r, _ in facts)

    status, (there,), _ = kgp("status", graph)
    assert there["predictions"] == promoted["predictions"]
    status, (undone,), _ = kgp("rollback", graph)
    assert (status, undone["undone"], undone["relations"], undone["runs"]) == (0, run, [TARGET], [])
    status, (there,), _ = kgp("status", graph)
    assert there["predictions"] == 0
    status, nothing, error = kgp("rollback", graph)
    assert (status, nothing) == (1, [])
    assert "There stands nothing" in error
