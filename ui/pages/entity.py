"""Entity: its properties, neighbours, predicted links, and the predictions it is evidence for."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui import links
from ui.components import states
from ui.components.copying import copy_button, entity_as_cypher
from ui.components.counted import counted_chips
from ui.components.predicted import predicted_table
from ui.components.style import chips, colour_of
from ui.components.table import table
from ui.session import evidence_for, graphs, plain, store, view

TITLE, ICON, ORDER = "Entity", ":material/hexagon:", 30

_ARROWS = {"out": "→", "in": "←"}


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
    st.caption(f"{plain(about['id'])} in graph {plain(graph)}")
    if schema["disclaimer"]:
        st.caption(plain(schema["disclaimer"]))
    _properties(about)
    st.header("Neighbours")
    _neighbours(graph, id_)
    st.header("Predicted links")
    _predicted(graph, id_, about["name"])
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
    for graph in graphs():
        rows = store().read(
            "MATCH (n:Entity) WHERE n.key >= $first RETURN n.id AS id ORDER BY n.key LIMIT 1",
            {"first": f"{graph['graph']}/"},
        )
        if rows:
            return graph["graph"], rows[0]["id"]
    return None


def _properties(about: dict[str, Any]) -> None:
    rows = [{"property": "alias", "value": a} for a in about["aliases"]]
    for name, value in about["properties"].items():
        if isinstance(value, list) and len(value) > 16 and all(isinstance(v, float) for v in value):
            rows.append({"property": name, "value": f"embedding of {len(value)} values"})
        else:
            rows.append({"property": name, "value": str(value)})
    if not rows:
        st.caption("It has a name and an id, and no further properties.")
        return
    what = "property" if len(rows) == 1 else "properties"
    with st.expander(f"{len(rows)} {what}", expanded=len(rows) <= 8):
        table(rows, name="properties")


def _neighbours(graph: str, id_: str) -> None:
    counts = view("neighbour_counts", graph, id_=id_)
    if not counts:
        st.caption("It stands in no fact.")
        return
    labels = {f"{_ARROWS[c['direction']]} {c['relation']}": c for c in counts}
    chosen = counted_chips(
        "Relation",
        {label: c["facts"] for label, c in labels.items()},
        name="neighbours",
        hint="→ it is the head of the fact, ← it is the tail.",
    )
    side = labels[chosen[0]]
    rows = view("neighbours", graph, id_=id_, relation=side["relation"], direction=side["direction"])
    shown = [
        {"name": r["name"], "type": r["type"], "id": r["id"], "sources": ", ".join(r["sources"]),
         "held out": r["split"] in ("valid", "test")}
        for r in rows
    ]  # fmt: skip
    picked = table(
        shown,
        name="neighbours",
        select=True,
        columns={
            "name": st.column_config.TextColumn(width="large"),
            "sources": st.column_config.TextColumn(help="Where the fact comes from."),
            "held out": st.column_config.CheckboxColumn(help="Kept from the models, to be predicted."),
        },
    )
    copy_button("Cypher", entity_as_cypher(graph, id_, side["direction"], side["relation"]))
    if side["facts"] > len(rows):
        st.caption(f"{len(rows):,} of {side['facts']:,} shown, by name.")
    if picked is not None:
        links.go("entity", graph=graph, id=rows[picked]["id"])


def _predicted(graph: str, id_: str, name: str) -> None:
    rows = view("best_predictions", graph, head=id_, limit=50) + view(
        "best_predictions", graph, tail=id_, limit=50
    )
    if not rows:
        st.caption(f"No promoted prediction begins or ends at {plain(name)}.")
        return
    predicted_table(graph, rows, name="predicted")
