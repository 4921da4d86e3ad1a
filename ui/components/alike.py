"""Who is like an entity by vectors: a table, and a slider that cuts the vectors."""

from __future__ import annotations

import streamlit as st

from graph_schema.errors import GraphPlatformError
from kgplatform.serving.similar import Similar
from ui import links
from ui.components import addresses
from ui.components.table import table
from ui.session import alike, plain, runs_with_vectors

TOP = 10


def alike_table(graph: str, id_: str) -> None:
    """Draw it, with the model and the number of dimensions in the address; a word why where there is none."""
    runs = runs_with_vectors(graph)
    if not runs:
        st.caption(f"No vectors stand in this graph; `kgp train med {plain(graph)} --promote` gives it some.")
        return
    model = _model(list(runs)) if len(runs) > 1 else next(iter(runs))
    try:
        whole = alike(graph, runs[model], id_)
        dims = _dims(whole.widths) if len(whole.widths) > 1 else whole.dims
        found = whole if dims == whole.dims else alike(graph, runs[model], id_, dims)
    except GraphPlatformError as error:
        st.caption(plain(str(error)))
        return
    st.caption(_said(found, whole))
    rows = [{"name": n.name, "cosine": n.cosine, "type": n.type, "id": n.id} for n in found.found]
    picked = table(
        rows,
        name="similar",
        select=True,
        columns={
            "name": st.column_config.TextColumn(width="medium"),
            "cosine": st.column_config.NumberColumn(
                format="%.3f", help="Of the angle between the two vectors: 1 where they point the same way."
            ),
        },
    )
    if picked is not None:
        links.go("entity", graph=graph, id=found.found[picked].id)


def _model(names: list[str]) -> str:
    key = "similar-model"
    wanted = next(iter(addresses.said("vectors", key) or ()), st.session_state.get(key))
    st.session_state[key] = wanted if wanted in names else names[0]
    name = st.selectbox("Vectors of", names, key=key) or names[0]
    addresses.keep("vectors", [] if name == names[0] else [name])
    return name


def _dims(widths: tuple[int, ...]) -> int:
    key = "similar-dims"
    said = addresses.said("dims", key)
    wanted = next((w for w in widths if said and str(w) == said[0]), None) or st.session_state.get(key)
    st.session_state[key] = wanted if wanted in widths else widths[-1]
    dims: int = st.select_slider(
        "Dimensions",
        widths,
        key=key,
        help="Coordinates that are compared, from the first on: each number of them is a model of its own.",
    )
    addresses.keep("dims", [] if dims == widths[-1] else [str(dims)])
    return dims


def _said(found: Similar, whole: Similar) -> str:
    """Whose vectors, how much of them, and how many neighbours the whole vectors name too."""
    said = f"By the first {found.dims} dimensions ({found.floats} floats) of {plain(found.model)}, cosine."
    if found.dims == whole.dims:
        return said
    shared = len({n.id for n in found.found} & {n.id for n in whole.found})
    return f"{said} {shared} of {len(whole.found)} are also among the nearest by all {whole.dims}."
