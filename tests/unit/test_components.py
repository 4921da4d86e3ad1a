"""What pages draw and save, apart from Streamlit: pictures, tables, statements, sentences."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from graph_schema.wording import Phrasebook
from ui.components import evidence as drawn
from ui.components.chooser import in_order
from ui.components.copying import as_cypher, as_python, entity_as_cypher, predictions_as_cypher
from ui.components.evidence import chain, picture
from ui.components.figures import chance_text, weight_text
from ui.components.lanes import LanePath, lane_path
from ui.components.neighbourhood import shares, surroundings
from ui.components.properties import texts
from ui.components.result_graph import dot, elements
from ui.components.run_line import run_line
from ui.components.table import as_csv, as_json
from ui.components.wording import sentences
from ui.links import address
from ui.pages.cypher import plan_lines

_HOSTILE = "<b>\"'`\\ שלום"
_KNOWN = {"a": {"name": "Anna", "type": "Person"}, "b": {"name": _HOSTILE, "type": "Person"}}


def _said(relation: str, words: str, template: str | None, *, symmetric: bool = False) -> dict[str, Any]:
    return {
        "relation": relation,
        "display": words,
        "template": template,
        "question": None,
        "symmetric": symmetric,
    }


_PHRASES = Phrasebook([_said("s", "is near", None, symmetric=True)])
_PATHS = [
    LanePath(("a", "b", "c"), (("r", True), ("s", False)), 0.5, 42, 84, None),
    LanePath(("a", "c"), (("t", True),), 0.25),
]


def test_facts_of_a_lane_are_those_it_was_made_of() -> None:
    facts = (("b", "r", "a"), ("b", "s", "c"))
    assert lane_path("a", {"facts": facts, "weight": 0.5}).facts == facts


def _picture(paths: list[LanePath], known: Mapping[str, Mapping[str, str]] = _KNOWN) -> dict[str, Any]:
    sources = {("a", "r", "b"): ["Source"]}
    return picture("g", "p", paths, known, sources, {"Person": "#123456"}, _PHRASES)


def test_a_picture_draws_both_ends_once_in_either_layout() -> None:
    found = _picture(_PATHS)
    for layout in found["layouts"].values():
        assert [(n["name"], n["end"], n["paths"]) for n in layout["nodes"]] == [
            ("Anna", True, [0, 1]),
            (_HOSTILE, False, [0]),
            ("c", True, [0, 1]),
        ]
        assert [e["arrow"] for e in layout["edges"]] == ["forwards", "", "forwards"]
        assert [e["words"] for e in layout["edges"]] == ["r", "is near", "t"]
        assert layout["edges"][0]["hover"].endswith("Source")
        assert "no source" in layout["edges"][1]["hover"]
        assert len({part["id"] for part in (*layout["nodes"], *layout["edges"])}) == 6
    assert [p["share"] for p in found["paths"]] == [1.0, 0.5]
    assert (
        found["paths"][0]["rule"]
        == "of 84 other pairs joined like this, it is known of 42 that the first p the second"
    )
    assert found["paths"][1]["rule"] is None
    assert found["leftOut"] == 0
    assert found["signature"] != _picture(_PATHS[:1])["signature"]


def test_what_paths_share_is_drawn_once_unless_they_are_drawn_apart() -> None:
    paths = [*_PATHS, LanePath(("a", "b", "c"), (("t", True), ("s", False)), 0.2)]
    layouts = _picture(paths)["layouts"]
    assert [n["paths"] for n in layouts["together"]["nodes"] if n["shared"]] == [[0, 2]]
    assert [e["paths"] for e in layouts["together"]["edges"]] == [[0], [2], [0, 2], [1]]
    assert not [n for n in layouts["apart"]["nodes"] if n["shared"]]
    assert len(layouts["apart"]["edges"]) == 5


def test_a_picture_says_what_it_leaves_out() -> None:
    many = [
        LanePath(("a", *(f"n{i}.{k}" for k in range(9)), "c"), (("r", True),) * 10, 0.5) for i in range(200)
    ]
    found = _picture(many, {})
    for layout in found["layouts"].values():
        assert len(layout["nodes"]) + len(layout["edges"]) <= drawn.MOST
    assert found["leftOut"] == 200 - len(found["paths"]) > 0


def test_a_chain_keeps_the_arrows_of_its_facts() -> None:
    assert chain(_PATHS[0], _KNOWN, _PHRASES) == f"Anna — r → {_HOSTILE} — is near — c"
    assert (
        chain(LanePath(("b", "a"), (("HAS_PART", False),), 1.0), _KNOWN, _PHRASES)
        == f"{_HOSTILE} ← has part — Anna"
    )


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
        "p.evidence_relations AND coalesce(p.interacts, p.probability) >= 0.5\n" in several
    )
    assert "})<-[f]-(other" in entity_as_cypher("g", "e", "in", "r")
    assert "})-[f]-(other" in entity_as_cypher("g", "e", "both", "r")
    assert "'g/it\\'s'" in text
    assert "'r\\\\'" in text
    compile(as_python("g", row), "copied", "exec")


def test_sentences_come_from_the_domain() -> None:
    row = {
        "head": "a",
        "relation": "p",
        "tail": "c",
        "probability": 0.5,
        "model": "red_gnn",
        "cases": [],
        "rank": 1,
    }
    rows = [_said("r", "knows", "{head} knows {tail} *well*."), _said("s", "is near", None)]
    first, second, third = sentences(row, _PATHS, _KNOWN, Phrasebook(rows))
    assert "0.50" in first
    assert second.startswith("1. Because **Anna** knows **")
    assert "\\<b\\>" in second
    assert "\\*well\\*; and **c** is near **" in second
    assert second.endswith(
        "Of 84 other pairs joined like this\\, it is known of 42 that the first p the second."
    )
    assert third.startswith("2. Because")
    assert third.endswith("(weight 0.25).")


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


def _side(relation: str, direction: str, facts: int) -> dict[str, Any]:
    first = [{"id": f"{relation}{i}", "name": f"N{i}", "type": "Person"} for i in range(min(facts, 12))]
    return {"relation": relation, "direction": direction, "facts": facts, "first": first}


def test_a_neighbourhood_is_grouped_and_says_what_it_leaves_out() -> None:
    sides = [_side("s", "both", 2000), _side("KNOWS", "out", 3), _side("KNOWS", "in", 1)]
    found = surroundings({"name": "Anna", "type": "Person"}, sides, {"Person": "#123456"}, _PHRASES)
    assert [g["side"] for g in found["groups"]] == ["s", "→ KNOWS", "← KNOWS"]
    assert [g["words"] for g in found["groups"]] == ["is near", "knows →", "← knows"]
    assert [g["facts"] for g in found["groups"]] == [2000, 3, 1]
    assert [len(g["nodes"]) + g["more"] for g in found["groups"]] == [2000, 3, 1]
    assert [len(g["nodes"]) for g in found["groups"]] == [12, 3, 1]
    assert all(g["open"] for g in found["groups"])
    assert found["leftOut"] == 0


def test_a_neighbourhood_is_never_more_than_sixty_nodes() -> None:
    sides = [_side(f"r{i}", "out", 2000 - i) for i in range(40)]
    found = surroundings({"name": "Anna", "type": "Person"}, sides, {}, Phrasebook([]))
    drawn_nodes = 2 + sum(1 + len(g["nodes"]) + (g["more"] > 0) for g in found["groups"])
    assert drawn_nodes <= 60
    assert found["leftOut"] == 40 - len(found["groups"])
    assert all(g["nodes"] for g in found["groups"])
    assert not all(g["open"] for g in found["groups"])


def test_room_is_shared_in_turns() -> None:
    assert shares([12, 12], [500, 500]) == [8, 8]
    assert shares([12, 1], [500, 1]) == [12, 1]
    assert shares([9, 9], [9, 9]) == [9, 9]
    assert shares([], []) == []


def test_sentences_about_an_entity_are_text() -> None:
    about = {"properties": {"note": "it has more than just five words", "gloss": "a cat", "sex": "F", "n": 3}}
    assert texts(about) == ["a cat", "it has more than just five words"]


def test_a_run_is_called_by_what_it_is() -> None:
    run = {
        "model": "red_gnn", "created": "2026-11-28T17:38:48+00:00", "seed": 3, "metric": "MRR",
        "test": 0.9149, "baseline": None,
    }  # fmt: skip
    assert run_line(run) == "red_gnn, trained 28 November 2026, seed 3; test MRR 0.915"


def test_graphs_are_shown_in_the_order_of_their_domains_those_with_predictions_first() -> None:
    rows = [
        {"graph": g, "predictions": p, "place": place, "facts": f}
        for g, p, place, f in (("a", 0, 10, 9), ("b", 5, 30, 1), ("c", 5, 20, 1), ("d", 1, 20, 2))
    ]
    assert [r["graph"] for r in in_order(rows)] == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("probability", "said"), [(0.9968, "> 0.99"), (0.99, "0.99"), (0.5, "0.50"), (0.004, "< 0.01")]
)
def test_no_probability_is_shown_as_certain_or_impossible(probability: float, said: str) -> None:
    assert chance_text(probability) == said


def test_a_weight_is_said_in_two_digits_and_never_in_powers_of_ten() -> None:
    assert [weight_text(w) for w in (1.0, 0.734, 0.001, 4.6e-5, 0.0)] == [
        "1", "0.73", "0.001", "<\u00a00.001", "<\u00a00.001",
    ]  # fmt: skip
