"""Evidence that is no path: known facts that speak for a prediction, each with its weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from graph_schema.wording import Phrasebook
from ui import links
from ui.components.table import table

_WEIGHT = "Share of the prediction's odds, against all other types, that goes without this fact."
_LIKENESS = "Mean of two cosines: between the vectors of both heads, and between those of both tails."
NO_DELETION = (
    "Analogies have no measure by deletion: the model answers from its vectors, and cannot do without what "
    "it has learned from."
)


def analogous(row: Mapping[str, Any]) -> bool:
    """Whether the cases of a prediction are analogies: those of a model that ranks entities by vectors."""
    return bool(row["cases"]) and row["rank"] is not None


def case_text(case: Mapping[str, Any], known: Mapping[str, Any], phrases: Phrasebook) -> str:
    """A case as a sentence. Args: known: by entity id, its `name`."""
    head, relation, tail = case["fact"]
    names = [known.get(end, {"name": end})["name"] for end in (head, tail)]
    return phrases[relation].fact(*names)


def cases_table(graph: str, row: Mapping[str, Any], known: Mapping[str, Any], phrases: Phrasebook) -> None:
    """Draw the cases of a prediction; choosing one opens what is not an end of the prediction itself."""
    cases = row["cases"]
    if analogous(row):
        st.markdown(
            "Analogies: known facts of the same kind, between two whose vectors are nearest to these:"
        )
    else:
        st.markdown("Known facts of the same kind that speak for it:")
    picked = table(
        [{"weight": c["weight"], "known fact": case_text(c, known, phrases)} for c in cases],
        name="cases",
        select=True,
        columns={
            "weight": st.column_config.ProgressColumn(
                min_value=0.0,
                max_value=1.0,
                format="%.2f",
                help=_LIKENESS if analogous(row) else _WEIGHT,
                width="small",
            ),
            "known fact": st.column_config.TextColumn(width="large"),
        },
    )
    if picked is not None:
        head, _, tail = cases[picked]["fact"]
        links.go("entity", graph=graph, id=tail if head in (row["head"], row["tail"]) else head)
