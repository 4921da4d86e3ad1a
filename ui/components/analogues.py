"""The drugs by whose known interactions a pair is judged, each beside the one whose place it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from graph_schema.records import FactNames
from graph_schema.wording import Phrasebook
from kgplatform.serving.pair_reports import PairReport
from ui.components.figures import weight_text
from ui.components.structures import can_draw, structure
from ui.session import plain

_MOST = 5


def replaced(pair: FactNames, case: FactNames) -> list[tuple[str, str]]:
    """(who, whose place it takes) of a known fact beside a predicted one; none for the same pair."""
    ends, others = [pair[0], pair[2]], [case[0], case[2]]
    for end in list(ends):
        if end in others:
            ends.remove(end)
            others.remove(end)
    return list(zip(others, ends, strict=True))


def analogues(
    report: PairReport, names: Mapping[str, str], smiles: Mapping[str, str], phrases: Phrasebook
) -> None:
    """Draw them, weightiest first. Args: names, smiles: by id."""
    kind = report.types[0].prediction if report.types else None
    cases = kind.cases[:_MOST] if kind else ()
    if kind is None or not cases:
        st.caption(f"{plain(report.model)} has no analogues for this pair.")
        return
    asked = (kind.head, kind.relation, kind.tail)
    shown = [(case, replaced(asked, case.fact)) for case in cases]
    missing = _missing([id_ for _, places in shown for two in places for id_ in two], smiles)
    if missing:
        st.caption(missing)
    for case, places in shown:
        head, relation, tail = case.fact
        fact = phrases[relation].fact(names.get(head, head), names.get(tail, tail))
        for who, place in places:
            st.markdown(
                f"**{plain(names.get(who, who))}** in the place of **{plain(names.get(place, place))}**: "
                f"it is known that {plain(fact)} (weight {weight_text(case.weight)})."
            )
            if can_draw() and (who in smiles or place in smiles):
                for box, id_ in zip(st.columns(2), (who, place), strict=True):
                    with box:
                        structure(names.get(id_, id_), smiles.get(id_))
                        st.caption(plain(names.get(id_, id_)) + ("" if id_ in smiles else ": no structure"))


def _missing(ids: Sequence[str], smiles: Mapping[str, str]) -> str | None:
    if not can_draw():
        return "Names alone: `pip install 'kg-platform[chem]'` draws structures."
    return None if any(id_ in smiles for id_ in ids) else "Names alone: the graph has no structures of these."
