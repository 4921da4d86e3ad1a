"""What pages draw and save, apart from Streamlit: pictures, tables, statements, sentences."""

from __future__ import annotations

import csv
import io
import json

from ui.components import evidence as drawn
from ui.components.copying import as_cypher, as_python, entity_as_cypher, predictions_as_cypher
from ui.components.evidence import chain, picture
from ui.components.lanes import LanePath, lane_path
from ui.components.result_graph import dot, elements
from ui.components.table import as_csv, as_json
from ui.components.wording import sentences
from ui.links import address
from ui.pages.cypher import plan_lines

_HOSTILE = "<b>\"'`\\ שלום"
_KNOWN = {"a": {"name": "Anna", "type": "Person"}, "b": {"name": _HOSTILE, "type": "Person"}}
_PATHS = [
    LanePath(("a", "b", "c"), (("r", True), ("s", False)), 0.5),
    LanePath(("a", "c"), (("t", True),), 0.25),
]


def test_facts_of_a_lane_are_those_it_was_made_of() -> None:
    facts = (("b", "r", "a"), ("b", "s", "c"))
    assert lane_path("a", facts, 0.5).facts == facts


def test_a_picture_draws_both_ends_once_and_each_path_in_its_lane() -> None:
    found = picture("g", _PATHS, _KNOWN, {("a", "r", "b"): ["Source"]}, {"Person": "#123456"})
    assert [(n["id"], n["lane"], n["paths"]) for n in found["nodes"]] == [
        ("end0", None, [0, 1]),
        ("p0.1", 0, [0]),
        ("end1", None, [0, 1]),
    ]
    assert [e["forwards"] for e in found["edges"]] == [True, False, True]
    assert found["edges"][0]["width"] > found["edges"][2]["width"]
    assert found["edges"][0]["hover"].endswith("Source")
    assert "no source" in found["edges"][1]["hover"]
    assert [p["share"] for p in found["paths"]] == [1.0, 0.5]
    assert found["leftOut"] == 0
    assert found["signature"] != picture("g", _PATHS[:1], _KNOWN, {}, {})["signature"]


def test_a_picture_says_what_it_leaves_out() -> None:
    many = [
        LanePath(("a", *(f"n{i}.{k}" for k in range(9)), "c"), (("r", True),) * 10, 0.5) for i in range(200)
    ]
    found = picture("g", many, {}, {}, {})
    assert len(found["nodes"]) + len(found["edges"]) <= drawn.MOST
    assert found["leftOut"] == 200 - len(found["paths"]) > 0


def test_a_chain_keeps_the_arrows_of_its_facts() -> None:
    assert chain(_PATHS[0], _KNOWN) == f"Anna —r→ {_HOSTILE} ←s— c"


def test_tables_are_saved_as_they_are_but_never_as_formulas() -> None:
    rows = [{"name": _HOSTILE, "n": 1, "paths": [["a", "r"]]}, {"name": "=1+1", "n": -1, "paths": []}]
    back = list(csv.DictReader(io.StringIO(as_csv(rows))))
    assert back[0] == {"name": _HOSTILE, "n": "1", "paths": '[["a", "r"]]'}
    assert back[1]["name"] == "'=1+1"
    assert back[1]["n"] == "-1"
    assert json.loads(as_json(rows)) == rows
    assert as_csv([]) == ""


def test_statements_to_copy_quote_what_they_must() -> None:
    row = {"head": "it's", "relation": "r\\", "tail": "t", "model": "m", "run": "run"}
    text = as_cypher("g", row)
    asked = {"head": "it's", "relation": None, "tail": None, "through": "x", "by": "r\\"}
    several = predictions_as_cypher("g", asked, 0.5, 9)
    assert (
        "h.graph = 'g' AND h.key = 'g/it\\'s' AND 'x' IN p.evidence_nodes AND 'r\\\\' IN "
        "p.evidence_relations AND p.probability >= 0.5\n" in several
    )
    assert "})<-[f]-(other" in entity_as_cypher("g", "e", "in", "r")
    assert "'g/it\\'s'" in text
    assert "'r\\\\'" in text
    compile(as_python("g", row), "copied", "exec")


def test_sentences_come_from_the_domain() -> None:
    row = {"head": "a", "relation": "p", "tail": "c", "probability": 0.5, "model": "red_gnn"}
    relations: list[dict[str, str | None]] = [
        {"relation": "r", "template": "{head} knows {tail}."},
        {"relation": "s", "template": None},
    ]
    first, second, third = sentences(row, _PATHS, _KNOWN, relations)
    assert "0.50" in first
    assert second.startswith("1. Because **Anna** knows **")
    assert "\\<b\\>" in second
    assert "**c** — s → **" in second
    assert third.startswith("2. Because")


def test_a_result_is_drawn_without_reading_names_as_dot() -> None:
    node = {"_labels": ["Drug", "Entity"], "key": 'g/"x', "name": '"]; a -> b ["'}
    link = {"_type": "R", "_start": 'g/"x', "_end": "g/y", "relation": "r"}
    nodes, links = elements([{"n": node, "r": [link, 3]}, {"n": None, "r": link}])
    assert links == [('g/"x', "r", "g/y")]
    assert set(nodes) == {'g/"x', "g/y"}
    text = dot(nodes, links, {"Drug": "#123456"})
    assert text.count("->") - text.count("a -> b") == 1
    assert '\\"]; a -> b [\\"' in text


def test_addresses_hold_what_was_asked() -> None:
    assert address("why", graph="a b", head="x&y", model=None) == "/why?graph=a+b&head=x%26y"
    assert address("home") == "/home"


def test_a_plan_is_read_from_the_top() -> None:
    plan = {
        "operatorType": "ProduceResults@neo4j",
        "args": {"Details": "n", "EstimatedRows": 10.0},
        "children": [{"operatorType": "AllNodesScan@neo4j", "args": {}, "children": []}],
    }
    assert list(plan_lines(plan)) == ["ProduceResults  n  about 10 rows", "  AllNodesScan  "]
    text = {"operatorType": "Plan", "args": {"string-representation": "+ MATCH\n+ LIMIT\n"}, "children": []}
    assert list(plan_lines(text)) == ["+ MATCH", "+ LIMIT"]
