"""A form that describes a drug which is in no graph; it goes into the address, and nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from graph_schema.errors import GraphPlatformError
from ui.interacting import added_drug
from ui.session import plain

_FIELDS = 6


def add_form(graph: str, keys: Sequence[str], full: bool) -> None:
    """Draw it; a drug that can be read joins `added` in the address. Args: full: no room for another."""
    with (
        st.expander("Add a drug that is not here", icon=":material/add:", key="adding"),
        st.form("add-drug", border=False),
    ):
        left, right = st.columns(2)
        name = left.text_input("Its name", key="added-name")
        smiles = right.text_input(
            "Structure as SMILES", key="added-smiles", placeholder="CC(=O)Oc1ccccc1C(=O)O"
        )
        boxes = [box for _ in range(2) for box in st.columns(3)]
        given = {
            key: box.text_input(
                key[0].upper() + key[1:], key=f"added-{key}", placeholder="CYP2C9, CYP3A4",
                help="Names or ids in the graph, with commas between.",
            )
            for key, box in zip(keys[:_FIELDS], boxes, strict=False)
        }  # fmt: skip
        more = st.text_input(
            "Anything else", key="added-more", placeholder="KEY=NAMES; KEY=NAMES",
            help="Keys: " + ", ".join(keys[_FIELDS:]) if keys[_FIELDS:] else None,
        )  # fmt: skip
        if not st.form_submit_button("Add it", icon=":material/add:", disabled=full):
            return
        parts = [name, *([f"smiles={smiles}"] if smiles.strip() else [])]
        parts += [f"{key}={value}" for key, value in given.items() if value.strip()]
        line = "; ".join([*parts, *([more] if more.strip() else [])])
        try:
            fresh = added_drug(graph, line)
        except GraphPlatformError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
    lines = [
        kept for kept in st.query_params.get_all("added") if kept.partition(";")[0].strip() != fresh.name
    ]
    st.query_params["added"] = [*lines, line]
    st.rerun()
