"""Entity: what it is, predicted links, neighbours by facts and by vectors, what it is evidence for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui import links
from ui.components import addresses, states
from ui.components.alike import alike_table
from ui.components.chooser import in_order
from ui.components.copying import copy_button, entity_as_cypher
from ui.components.counted import counted_chips
from ui.components.neighbourhood import neighbourhood, side_name
from ui.components.predicted import predicted_table
from ui.components.properties import properties, texts
from ui.components.style import chips, colour_of
from ui.components.table import table
from ui.session import evidence_for, graphs, phrases_of, plain, store, view

TITLE, ICON, ORDER = "Entity", ":material/hexagon:", 30

_PREDICTED = 215
"""Height of the table of predicted links: what is below begins on the first screen."""


def page() -> None:
    """Draw the page; without an entity in the address, an example."""
    graph, id_ = st.query_params.get("graph", ""), st.query_params.get("id", "")
    if not graph or not id_:
        found = _example()
        if found is None:
            states.empty("No graphs yet. `kgp quickstart` loads the samples.")
            return
        graph, id_ = found
        st.query_params["graph"], st.query_params["id"] = graph, id_
    about = view("entity", graph, id_=id_)
    schema = view("schema_of", graph)
    st.title(plain(about["name"]))
    chips([(about["type"], colour_of(schema, about["type"]))])
    for text in texts(about):
        st.markdown(plain(text))
    st.caption(f"{plain(about['id'])} in graph {plain(graph)}")
    if schema["disclaimer"]:
        st.caption(plain(schema["disclaimer"]))
    properties(about)
    _predicted(graph, id_)
    st.header("Neighbours")
    _neighbours(graph, about, schema)
    st.header("Similar by vectors")
    alike_table(graph, id_)
    st.header("Where it is evidence")
    through = evidence_for(graph, id_)
    if through:
        st.caption("Predictions between others whose evidence passes through it, likeliest first.")
        predicted_table(graph, through, name="evidence-for")
    else:
        st.caption("No promoted prediction rests on it.")


def _example() -> tuple[str, str] | None:
    best = states.example()
    if best:
        return best[0], best[1]["head"]
    for graph in in_order(graphs()):
        rows = store().read(
            "MATCH (n:Entity) WHERE n.key >= $first RETURN n.id AS id ORDER BY n.key LIMIT 1",
            {"first": f"{graph['graph']}/"},
        )
        if rows:
            return graph["graph"], rows[0]["id"]
    return None


def _predicted(graph: str, id_: str) -> None:
    rows = view("best_predictions", graph, head=id_, limit=50) + view(
        "best_predictions", graph, tail=id_, limit=50
    )
    if not rows:
        st.caption("No promoted prediction begins or ends here.")
        return
    st.header("Predicted links")
    predicted_table(graph, rows, name="predicted", height=_PREDICTED if len(rows) > 5 else "auto")


def _neighbours(graph: str, about: dict[str, Any], schema: dict[str, Any]) -> None:
    symmetric = tuple(r["relation"] for r in view("relations", graph) if r["symmetric"])
    sides = view("neighbour_counts", graph, id_=about["id"], symmetric=symmetric)
    if not sides:
        st.caption("It stands in no fact.")
        return
    left, right = st.columns(2)
    with left:
        _picture(graph, about, sides, schema)
    with right:
        _listed(graph, about["id"], {side_name(s): s for s in sides})


def _picture(graph: str, about: dict[str, Any], sides: list[dict[str, Any]], schema: dict[str, Any]) -> None:
    """Draw the neighbourhood, and go where a click leads."""
    types = sorted({about["type"], *(n["type"] for s in sides for n in s["first"])})
    colours = {t: colour_of(schema, t) for t in types}
    chips([(t, colours[t]) for t in types])
    turned = st.query_params.get_all("turned")
    now, clicked = neighbourhood(about, sides, colours, phrases_of(graph), turned)
    addresses.keep("turned", now)
    if "entity" in clicked:
        links.go("entity", graph=graph, id=clicked["entity"])
    if "side" in clicked:
        st.query_params["neighbours"] = clicked["side"]


def _listed(graph: str, id_: str, sides: Mapping[str, dict[str, Any]]) -> None:
    """The neighbours by one relation as a table."""
    phrases = phrases_of(graph)
    chosen = counted_chips(
        "Relation",
        {name: s["facts"] for name, s in sides.items()},
        name="neighbours",
        words={name: phrases[s["relation"]].at(s["direction"]) for name, s in sides.items()},
        hint="With → it is the head of the fact, with ← the tail.",
    )
    side = sides[chosen[0]]
    rows = view("neighbours", graph, id_=id_, relation=side["relation"], direction=side["direction"])
    shown = [
        {"name": r["name"], "sources": ", ".join(r["sources"]),
         "held out": r["split"] in ("valid", "test"), "type": r["type"], "id": r["id"]}
        for r in rows
    ]  # fmt: skip
    picked = table(
        shown,
        name="neighbours",
        select=True,
        columns={
            "name": st.column_config.TextColumn(width="medium"),
            "sources": st.column_config.TextColumn(help="Where the fact comes from."),
            "held out": st.column_config.CheckboxColumn(help="Kept from the models, to be predicted."),
        },
    )
    copy_button("Cypher", entity_as_cypher(graph, id_, side["direction"], side["relation"]))
    if side["facts"] > len(rows):
        st.caption(f"{len(rows):,} of {side['facts']:,} shown, by name.")
    if picked is not None:
        links.go("entity", graph=graph, id=rows[picked]["id"])
