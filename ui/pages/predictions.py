"""Predictions: what promoted runs expect of a head, a tail or a relation, and what the evidence passes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from graph_schema.errors import UnknownName
from graph_schema.wording import Phrasebook
from kgplatform.graphs.searching import NameIndex
from ui.components import addresses
from ui.components.chooser import choose_graph
from ui.components.copying import copy_button, predictions_as_cypher
from ui.components.figures import decides
from ui.components.predicted import predicted_table
from ui.session import name_index, phrases_of, plain, view

TITLE, ICON, ORDER = "Predictions", ":material/lightbulb:", 40

_MOST = 500
# By parameter of the view: its name in the address, what stands above the box, what a person reads on asking.
_ENTITIES = {
    "head": ("from", "Head", None),
    "tail": ("to", "Tail", None),
    "through": (
        "through",
        "Evidence passes through",
        "Only predictions with a path that visits this entity between head and tail.",
    ),
}
_RELATIONS = {
    "relation": ("rel", "Relation", None),
    "by": ("by", "Evidence uses", "Only predictions with a path that has a fact of this relation."),
}


def page() -> None:
    """Draw the page."""
    st.title("Predictions")
    graph = choose_graph()
    if graph is None:
        return
    name = graph["graph"]
    if graph["disclaimer"]:
        st.caption(plain(graph["disclaimer"]))
    if not graph["predictions"]:
        st.info(
            "No run is promoted here yet: `kgp train red_gnn GRAPH`, then `kgp promote RUN`.",
            icon=":material/info:",
        )
        return
    index = name_index(name)
    query, least = _filters(index, phrases_of(name), [r["relation"] for r in view("relations", name)])
    if query is None:
        return
    rows = view("best_predictions", name, **query, limit=_MOST)
    if not rows:
        st.info(
            "No promoted prediction fits. Runs are promoted for their target relation and the heads in most "
            "facts; `kgp promote RUN --queries N` takes in more.",
            icon=":material/filter_alt_off:",
        )
        return
    kept = [r for r in rows if decides(r) >= least]
    what = "prediction" if len(kept) == 1 else "predictions"
    st.caption(
        f"{len(kept):,} {what}, likeliest first"
        + (f"; the first {_MOST:,} that fit" if len(rows) == _MOST else "")
        + ". Choose a row to see why."
    )
    predicted_table(name, kept, name="predictions")
    copy_button("Cypher", predictions_as_cypher(name, query, least, _MOST))


def _filters(
    index: NameIndex, phrases: Phrasebook, relations: list[str]
) -> tuple[dict[str, Any] | None, float]:
    """The filters as the view takes them and the least probability; None, and a word, for an unknown name."""
    with st.expander(_label(phrases), icon=":material/filter_list:", key="filters"):
        boxes = st.columns(3) + st.columns(3)
    ends = {}
    for box, (name, (key, label, hint)) in zip(
        (boxes[0], boxes[2], boxes[3]), _ENTITIES.items(), strict=True
    ):
        with box:
            ends[name] = st.text_input(
                label, key=key, bind="query-params", placeholder="any; a name or id", help=hint
            )
    kinds = {}
    for box, (name, (key, label, hint)) in zip((boxes[1], boxes[4]), _RELATIONS.items(), strict=True):
        with box:
            kinds[name] = _relation(label, key, hint, phrases, relations)
    with boxes[5]:
        least = st.slider(
            "Least probability", 0.0, 1.0, 0.0, 0.01, key="least", bind="query-params",
            help="Hides predictions that are less likely; of types of pairs, by how likely the two interact.",
        )  # fmt: skip
    try:
        found = {k: index.id_of(v) if v else None for k, v in ends.items()}
    except UnknownName as error:
        st.warning(plain(str(error)), icon=":material/search_off:")
        return None, least
    return {**found, **kinds}, least


def _relation(
    label: str, name: str, hint: str | None, phrases: Phrasebook, relations: list[str]
) -> str | None:
    """A box of relations in words, whose name is kept in the address."""
    key = f"relation-{name}"
    wanted = addresses.said(name, key)
    if wanted is not None:
        st.session_state[key] = next((r for r in wanted if r in relations), None)
    chosen = st.selectbox(
        label, relations, index=None, key=key, placeholder="any", help=hint,
        format_func=lambda r: phrases[r].words,
    )  # fmt: skip
    addresses.keep(name, [chosen] if chosen else [])
    return chosen


def _label(phrases: Phrasebook) -> str:
    """What is set, as it was when the page was drawn last."""
    given = dict(st.query_params.items())
    said = [f"{label.lower()} {given[key]}" for key, label, _ in _ENTITIES.values() if given.get(key)]
    said += [
        f"{label.lower()} {phrases[given[key]].words}"
        for key, label, _ in _RELATIONS.values()
        if given.get(key)
    ]
    said += [f"least probability {given['least']}"] if given.get("least") else []
    return plain(f"Filters: {', '.join(said)}" if said else "Filters")
