"""Drugs to be asked about together: found by name, kept in the address by id."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kgplatform.graphs.searching import NameIndex
from ui.components import addresses
from ui.session import name_index, plain

_KEY, _TEXT, _NEAR = "drugs", "drug-text", "drug-near"


def pick_drugs(graph: str, kind: str, examples: Sequence[str], most: int) -> list[str]:
    """Draw what is chosen and a box to find more. Args: examples: ids to open with. Returns: ids."""
    index = name_index(graph)
    said = addresses.said("drug", _KEY)
    if said is not None:
        st.session_state[_KEY] = _there(index, said, most) if said else list(examples[:most])
    # Said again: a box with other limits is another box to Streamlit, and would begin empty.
    st.session_state[_KEY] = list(st.session_state[_KEY])
    names = {id_: index.name_of(id_) for id_ in st.session_state[_KEY]}
    shared = {n for n in names.values() if list(names.values()).count(n) > 1}
    chosen = st.multiselect(
        "Drugs", list(names), key=_KEY, max_selections=max(1, most), placeholder="none yet",
        format_func=lambda id_: f"{names[id_]} ({id_})" if names[id_] in shared else names[id_],
        help="2 to 10, those that are added among them.",
    )  # fmt: skip
    addresses.keep("drug", chosen)
    full = len(chosen) >= most
    text = st.text_input(
        "Add a drug: name, alias or id", key=_TEXT, icon=":material/search:", disabled=full,
        on_change=_take, args=(index, kind), placeholder="warfarin, DB00682 …",
    )  # fmt: skip
    if full:
        st.caption("No room for more; leave one out first.")
    elif text and text.strip():
        _near(index, kind, text, chosen)
    return list(chosen)


def _take(index: NameIndex, kind: str) -> None:
    """Take the one drug that is called so, and clear the box."""
    found, _ = index.search(st.session_state[_TEXT], types=(kind,), limit=2)
    exact = [f.id for f in found if f.quality == 0]
    if len(exact) == 1:
        _join(exact[0])


def _join(id_: str) -> None:
    st.session_state[_KEY] = list(dict.fromkeys([*st.session_state[_KEY], id_]))
    st.session_state[_TEXT] = ""


def _near(index: NameIndex, kind: str, text: str, chosen: Sequence[str]) -> None:
    found, _ = index.search(text, types=(kind,), limit=10)
    exact = [f for f in found if f.quality == 0]
    if not found:
        st.warning(f"No {plain(kind)} is called {plain(text)}.", icon=":material/search_off:")
        return
    shown = [f for f in exact or found if f.id not in chosen]
    words = {f.id: f"{f.name} ({f.id})" for f in shown}
    st.pills(
        f"{len(exact)} are called so; which one?" if len(exact) > 1 else "Which one?", list(words),
        format_func=lambda id_: words[id_], key=_NEAR, on_change=_join_near,
    )  # fmt: skip


def _join_near() -> None:
    if st.session_state.get(_NEAR):
        _join(st.session_state[_NEAR])


def _there(index: NameIndex, said: Sequence[str], most: int) -> list[str]:
    """Those of an address that are in the graph; a word about the others."""
    kept = [id_ for id_ in dict.fromkeys(said) if id_ in index]
    gone = [id_ for id_ in said if id_ not in kept]
    if gone:
        st.warning(f"Not in this graph: {plain(', '.join(gone))}.", icon=":material/search_off:")
    if len(kept) > most:
        st.warning(f"{len(kept)} drugs; the first {most} are shown.", icon=":material/info:")
    return kept[:most]
