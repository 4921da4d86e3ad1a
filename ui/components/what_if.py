"""What if facts did not hold: the served model answers anew, and how fast the answer falls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from graph_schema.records import FactNames, Prediction
from graph_schema.wording import Phrasebook
from ui.components.figures import PROBABILITY, RANK, figures, rank_text
from ui.components.table import table
from ui.session import left_out_by, phrases_of, what_if

Parts = Sequence[Sequence[FactNames]]
"""The facts of each path or case of evidence, best first."""


def what_if_panel(
    graph: str, row: dict[str, Any], parts: Parts, known: Mapping[str, Mapping[str, Any]]
) -> None:
    """Facts of the evidence to switch off, and what the model says then."""
    facts = list(dict.fromkeys(fact for part in parts for fact in part))
    if not facts:
        st.info("There are no facts of evidence to switch off.", icon=":material/info:")
        return
    labels: dict[str, FactNames] = {}
    phrases = phrases_of(graph)
    for fact in facts:
        label = _label(fact, known, phrases)
        labels[label if label not in labels else f"{label} ({fact[0]}, {fact[2]})"] = fact
    off = st.pills(
        "Facts switched off",
        list(labels),
        selection_mode="multi",
        key="off",
        bind="query-params",
        help="The run that made the prediction answers again as if these facts were not known.",
    )
    without = tuple(labels[label] for label in off or () if label in labels)
    with st.spinner("The model answers again…"):
        before, after = what_if(row, graph, ()), what_if(row, graph, without)
    figures(
        "what-if",
        [
            {
                "label": "Probability",
                "value": "–" if after.probability is None else f"{after.probability:.3f}",
                "delta": _change(before.probability, after.probability, 3),
                "help": f"Without the facts switched off. {PROBABILITY}",
            },
            *([] if after.rank is None else [_rank(before, after)]),
            {
                "label": "Score",
                "value": f"{after.score:.3f}",
                "delta": _change(before.score, after.score, 3),
            },
        ],
    )
    strange = left_out_by(row["run"], graph)
    if strange:
        st.caption(f"{strange[:1].upper()}{strange[1:]}.")
    if not without:
        st.caption("Nothing is switched off: this is what the model says now.")


def faithfulness(graph: str, row: dict[str, Any], parts: Parts, called: str) -> None:
    """The stored faithfulness, and how probability and rank fall as evidence is taken away, best first.

    Args:
        graph: Its name.
        row: The prediction.
        parts: The facts of each path or case.
        called: "paths" or "cases".
    """
    stored, others = row["faithfulness"], "types" if row["rank"] is None else "candidates"
    if stored is None:
        st.info("Faithfulness was not measured for this prediction.", icon=":material/info:")
    elif round(stored, 2) > 0:
        st.markdown(
            f"Without all facts of these {called} the answer keeps **{math.exp(-stored):.0%}** of its "
            f"probability among the {others} (log-probability falls by {stored:.2f})."
        )
    else:
        st.markdown(
            f"Without all facts of these {called} the answer **loses nothing** of its probability among the "
            f"{others} (log-probability changes by {abs(stored):+.2f}): other facts carry it as well."
        )
    if not parts:
        return
    removed: list[FactNames] = []
    rows = []
    with st.spinner("The model answers again without each of them…"):
        for number in range(len(parts) + 1):
            said = what_if(row, graph, tuple(dict.fromkeys(removed)))
            rows.append(
                {f"{called} removed": number, "probability": said.probability, "score": said.score}
                | ({} if said.rank is None else {"rank": said.rank})
            )
            removed += parts[number] if number < len(parts) else ()
    measure = "score" if rows[0]["probability"] is None else "probability"
    st.line_chart(rows, x=f"{called} removed", y=measure, height=260)
    st.caption(
        f"Deletion curve: {called} removed one after the other, the best first; the model answers anew each "
        "time."
    )
    table(rows, name="deletion-curve")


def _rank(before: Prediction, after: Prediction) -> dict[str, Any]:
    return {
        "label": "Rank",
        "value": rank_text({"rank_low": after.rank_low, "rank_high": after.rank_high}),
        "delta": _change(before.rank, after.rank, 1),
        "delta_color": "inverse",
        "help": RANK,
    }


def _label(fact: FactNames, known: Mapping[str, Mapping[str, Any]], phrases: Phrasebook) -> str:
    head, relation, tail = fact
    names = [known.get(e, {"name": e})["name"] for e in (head, tail)]
    return f"{names[0]} {phrases[relation].between(True)} {names[1]}".replace("[", "(").replace("]", ")")


def _change(before: float | None, after: float | None, digits: int) -> str | None:
    if before is None or after is None or round(after - before, digits) == 0:
        return None
    return f"{after - before:+.{digits}f}"
