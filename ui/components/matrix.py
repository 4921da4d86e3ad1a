"""Pairs of drugs as a matrix beside a table of the same rows: a click in either chooses the pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from graph_schema.wording import Phrasebook
from kgplatform.serving.pair_reports import Drug, PairReport
from ui.components.figures import INTERACTS, OF_TYPE, percent
from ui.components.style import PALETTE

_HERE, _KEY = Path(__file__).parent, "matrix"
_LEAST, _MOST = 6, 22
"""Pixels across of what hardly and of what surely interacts."""

BADGES = {"both known": "", "one new": "◐", "both new": "○"}
"""By protocol: how many of the two stand in a known pair."""

_OTHERS = PALETTE[-1]
_PROTOCOL = "How many of the two stand in a known pair: the fewer, the less sure the answer."


@cache
def _drawn() -> Any:
    styles = [(_HERE / f"{name}.css").read_text("utf-8") for name in ("drawing", "matrix")]
    script = (_HERE / "matrix.js").read_text("utf-8")
    return component("kgp_matrix", html='<div class="matrix"></div>', css="\n".join(styles), js=script)


def matrix(reports: Sequence[PairReport], phrases: Phrasebook, chosen: tuple[str, str]) -> None:
    """Draw pairs; a click writes `pair` into the address. Args: chosen: ids of the pair that is open."""
    data = laid_out(reports, phrases) | {"chosen": list(chosen)}
    _drawn()(data=data, key=_KEY, on_go_change=_choose)


def _choose() -> None:
    clicked = st.session_state[_KEY].get("go")
    if clicked:
        st.query_params["pair"] = [str(id_) for id_ in clicked]


def laid_out(reports: Sequence[PairReport], phrases: Phrasebook) -> dict[str, Any]:
    """What the component draws: drugs, pairs in order of the reports, and the legend."""
    colours = _colours(reports)
    return {
        "drugs": [{"id": drug.id, "name": drug.name} for drug in drugs_in(reports)],
        "pairs": [_pair(report, colours) for report in reports],
        "legend": _legend(reports, colours, phrases),
        "columns": [
            ["pair", "Choose one to see why."],
            ["interacts", INTERACTS],
            ["likeliest", OF_TYPE],
            ["drugs", _PROTOCOL],
        ],
        "label": "How likely each pair interacts, and how; the table beside it says the same",
    }


def drugs_in(reports: Sequence[PairReport]) -> list[Drug]:
    """The drugs of pairs, by name."""
    found = {drug.id: drug for report in reports for drug in (report.one, report.other)}
    return sorted(found.values(), key=lambda drug: (drug.name.casefold(), drug.id))


def rows_of(reports: Sequence[PairReport]) -> list[dict[str, Any]]:
    """The table as it is saved."""
    return [
        {
            "one": r.one.name, "one id": r.one.id, "other": r.other.name, "other id": r.other.id,
            "state": state_of_pair(r), "interacts": r.interacts, "likeliest": said_of(r),
            "probability given that they interact": r.types[0].prediction.probability if r.types else None,
            "drugs": r.protocol, "cannot say": r.cannot_say, "model": r.model, "run": r.run,
        }
        for r in reports
    ]  # fmt: skip


def state_of_pair(report: PairReport) -> str:
    """What is said of a pair in a word: known, predicted or cannot say."""
    if report.known:
        return "known"
    return "cannot say" if report.cannot_say else "predicted"


def said_of(report: PairReport) -> str:
    """The likeliest type as a sentence; of a known pair what is known, of one nobody can judge, why."""
    if report.known:
        return report.known[0].sentence
    return report.types[0].sentence if report.types else (report.cannot_say or "")


def _type(report: PairReport) -> str | None:
    if report.known:
        return report.known[0].relation
    return report.types[0].prediction.relation if report.types else None


def _colours(reports: Sequence[PairReport]) -> Mapping[str, str]:
    """A colour of its own for each of the commonest types."""
    common = Counter(kind for kind in map(_type, reports) if kind).most_common(len(PALETTE) - 1)
    return {kind: colour for (kind, _), colour in zip(common, PALETTE, strict=False)}


def _pair(report: PairReport, colours: Mapping[str, str]) -> dict[str, Any]:
    names, chance = f"{report.one.name} – {report.other.name}", report.interacts
    figure = (
        "known" if report.known else "?" if report.cannot_say else "–" if chance is None else percent(chance)
    )
    share = 1.0 if report.known or report.cannot_say else chance or 0.0
    said = {"known": "known", "cannot say": "nobody can say"}.get(
        state_of_pair(report), f"interacts {figure}, predicted"
    )
    return {
        "id": f"{report.one.id}~{report.other.id}",
        "one": report.one.id,
        "other": report.other.id,
        "names": names,
        "state": {"cannot say": "unsaid"}.get(state_of_pair(report), state_of_pair(report)),
        "colour": colours.get(_type(report) or "", _OTHERS),
        "size": round(_LEAST + (_MOST - _LEAST) * share),
        "figure": figure,
        "type": said_of(report),
        "protocol": f"{BADGES[report.protocol]} {report.protocol}".strip(),
        "badge": BADGES[report.protocol],
        "hover": f"{names}: {said}; {said_of(report)}; {report.protocol}",
    }


def _legend(
    reports: Sequence[PairReport], colours: Mapping[str, str], phrases: Phrasebook
) -> list[dict[str, Any]]:
    def line(words: str, colour: str, state: str = "predicted", size: int = 14) -> dict[str, Any]:
        return {"words": words, "colour": colour, "state": state, "size": size}

    kinds = [line(f"{phrases[kind].fact('A', 'B')}", colour) for kind, colour in colours.items()]
    if any(kind not in colours for kind in map(_type, reports) if kind):
        kinds.append(line("another type", _OTHERS))
    states = {state_of_pair(report) for report in reports}
    if "predicted" in states:
        kinds.append(line("predicted: the larger, the likelier they interact", "currentColor", size=10))
    if "known" in states:
        kinds.append(line("known: a fact of the graph", "currentColor", "known", 20))
    if "cannot say" in states:
        kinds.append(line("nobody can say, which does not mean that it is safe", _OTHERS, "unsaid", 20))
    new = [f"{BADGES[p]} {p}" for p in BADGES if BADGES[p] and any(r.protocol == p for r in reports)]
    return [*kinds, *(line(words, "transparent", size=0) for words in new)]
