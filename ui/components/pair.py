"""One pair of drugs: whether and how they interact, what speaks for it and what against."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kgplatform.serving.added import Added
from kgplatform.serving.pair_reports import LikelyType, PairReport
from ui import links
from ui.components.analogues import analogues
from ui.components.copying import copy_buttons
from ui.components.figures import INTERACTS, OF_TYPE, figures, percent, weight_text
from ui.components.matrix import BADGES
from ui.components.style import PALETTE, chips
from ui.components.table import as_csv, as_json, table
from ui.interacting import structures_of
from ui.session import phrases_of, plain, view


def pair(graph: str, report: PairReport, added: dict[str, Added]) -> None:
    """Draw it, with buttons that save its evidence. Args: added: those who are in no graph, by name."""
    one, other = report.one, report.other
    st.header(plain(f"Do {one.name} and {other.name} interact?"))
    state = "known" if report.known else "nobody can say" if report.cannot_say else "predicted"
    chips([(state, PALETTE[0]), (f"{BADGES[report.protocol]} {report.protocol}".strip(), PALETTE[1])])
    for drug in (one, other):
        for note in drug.notes:
            st.caption(plain(f"{drug.name}: {note}."))
    if report.cannot_say:
        st.info(
            f"Cannot say: {plain(report.cannot_say)}. That does not make the pair safe.",
            icon=":material/help:",
        )
        return
    for fact in report.known:
        st.markdown(f"It is known: {plain(fact.sentence)}.")
    _figures(report)
    if report.basis:
        st.caption(f"{plain(report.basis[:1].upper() + report.basis[1:])}.")
    tabs = st.tabs(["For and against", "Analogues"], key="pair-tab")
    with tabs[0]:
        _cases(report)
    with tabs[1]:
        fact_ids = [e for k in report.types for c in k.prediction.cases for e in (c.fact[0], c.fact[2])]
        ids = tuple(sorted({one.id, other.id, *fact_ids}))
        names = {i: e["name"] for i, e in view("entities", graph, ids=list(ids)).items()}
        smiles = structures_of(graph, ids) | {a.name: a.smiles for a in added.values() if a.smiles}
        analogues(report, names, smiles, phrases_of(graph))
    _take_along(graph, report)


def _figures(report: PairReport) -> None:
    chance = report.types[0].prediction.probability if report.types else None
    said = "known" if report.known else "–" if report.interacts is None else percent(report.interacts)
    label = (
        "Its type without that fact, given that they interact"
        if report.known
        else "Likeliest type, given that they interact"
    )
    figures(
        "pair",
        [
            {"label": "Interacts", "value": said, "help": INTERACTS},
            {"label": label, "value": "–" if chance is None else percent(chance), "help": OF_TYPE},
        ],
    )


def _cases(report: PairReport) -> None:
    rows = [{"if they interact": k.sentence, "probability": k.prediction.probability} for k in report.types]
    table(
        rows,
        name="types",
        columns={
            "if they interact": st.column_config.TextColumn(width="large"),
            "probability": st.column_config.ProgressColumn(
                min_value=0.0, max_value=1.0, format="%.2f", help=OF_TYPE
            ),
        },
    )
    left, right = st.columns(2)
    with left:
        st.subheader("For")
        _side(report.types[0] if report.types else None, "The model gives no evidence for it.")
    with right:
        st.subheader("Against")
        if report.interacts is not None:
            st.markdown(
                f"Of pairs like this one {percent(1 - report.interacts)} are not recorded, which does not "
                "make them safe."
            )
        _side(report.against, "No known fact speaks for another type.")


def _side(kind: LikelyType | None, without: str) -> None:
    if kind is None or not kind.evidence:
        st.markdown(without)
        return
    st.markdown(f"For “{plain(kind.sentence)}” it speaks that")
    st.markdown("\n".join(f"1. {plain(said)} (weight {weight_text(w)})" for w, said in kind.evidence))


def evidence_rows(report: PairReport) -> list[dict[str, Any]]:
    """What is saved of its evidence, a row each."""
    sides = [*(("for", kind) for kind in report.types[:1])]
    sides += [("against", report.against)] if report.against else []
    return [
        {"one": report.one.name, "other": report.other.name, "side": side, "type": kind.sentence,
         "weight": weight, "evidence": said}
        for side, kind in sides
        for weight, said in kind.evidence
    ]  # fmt: skip


def _take_along(graph: str, report: PairReport) -> None:
    row = report.types[0].prediction.model_dump() | {"model": report.model} if report.types else None
    with st.container(horizontal=True, gap="small"):
        for kind, text, mime in (
            ("CSV", as_csv(evidence_rows(report)), "text/csv"),
            ("JSON", as_json([report.model_dump(mode="json")]), "application/json"),
        ):
            st.download_button(
                kind, text, f"evidence.{kind.lower()}", mime, key=f"save-evidence-{kind}", type="tertiary",
                icon=":material/download:", on_click="ignore", help=f"The evidence of this pair as {kind}.",
            )  # fmt: skip
        if row is None or report.one.added or report.other.added:
            return
        copy_buttons(graph, row)
        stored = view("prediction", graph, **{k: row[k] for k in ("head", "relation", "tail")})
        if stored:
            st.page_link(
                st.session_state["pages"]["why"],
                label="Why",
                icon=":material/route:",
                query_params={"graph": graph, **{k: row[k] for k in ("head", "relation", "tail")}},
            ) if "pages" in st.session_state else st.markdown(f"[Why]({links.why(graph, row)})")
    if not stored:
        st.caption(
            "No promoted prediction says this; `kgp promote RUN` gives predictions a page of their own."
        )
