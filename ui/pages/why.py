"""Why: the evidence of one prediction; what speaks for it, what if not, how faithful it is, and in words."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from graph_schema.wording import Phrasebook
from ui.components import states
from ui.components.cases import NO_DELETION, analogous, cases_table
from ui.components.copying import copy_buttons
from ui.components.evidence import chain, evidence, fitting
from ui.components.figures import (
    FAITHFULNESS,
    HELD_OUT,
    INTERACTS,
    OF_TYPE,
    PROBABILITY,
    RANK,
    chance_text,
    figures,
    percent,
    rank_text,
)
from ui.components.lanes import LanePath, lane_path
from ui.components.layering import apart, together
from ui.components.picture_svg import paths_svg
from ui.components.run_line import BELOW, run_line
from ui.components.style import chips, colour_of
from ui.components.table import as_csv, as_json
from ui.components.what_if import faithfulness, what_if_panel
from ui.components.wording import sentences
from ui.session import phrases_of, plain, view

TITLE, ICON, ORDER = "Why", ":material/route:", 50

_PARTS = ("graph", "head", "relation", "tail")


def page() -> None:
    """Draw the page; without a prediction in the address, the best of the first graph that has any."""
    found = _query()
    if found is None:
        return
    graph, rows = found
    row = rows[0]
    if len(rows) > 1:
        models = [r["model"] for r in rows]
        chosen = st.segmented_control(
            "Model", models, default=models[0], key="model", bind="query-params", required=True
        )
        row = rows[models.index(chosen or models[0])]
    _explained(graph, row)


def _query() -> tuple[str, list[dict[str, Any]]] | None:
    wanted = {k: st.query_params.get(k, "") for k in _PARTS}
    if all(wanted.values()):
        graph = wanted["graph"]
        rows = view("prediction", **wanted)
        if not rows:
            states.empty(
                "No promoted run predicts this. It may have been rolled back, or replaced by another run.",
                "predictions",
                **{"in": graph},
            )
            return None
        return graph, rows
    example = states.example()
    if example is None:
        states.empty("No predictions yet. `kgp promote RUN` writes a run's predictions into its graph.")
        return None
    graph, row = example
    for name in _PARTS[1:]:
        st.query_params[name] = row[name]
    st.query_params["graph"] = graph
    return graph, [row]


def _explained(graph: str, row: dict[str, Any]) -> None:
    schema = view("schema_of", graph)
    phrases = phrases_of(graph)
    st.title(plain(phrases[row["relation"]].why(row["head_name"], row["tail_name"])))
    if row["rank"] is None:  # a type among others, which the question above does not name
        st.markdown(plain(phrases[row["relation"]].fact(row["head_name"], row["tail_name"]) + "."))
    if schema["disclaimer"]:
        st.caption(plain(schema["disclaimer"]))
    if row["stale"]:
        st.warning(
            "The facts have changed since this was predicted; train or promote again.",
            icon=":material/update:",
        )
    _figures(row)
    paths = [lane_path(row["head"], p) for p in row["paths"]]
    cases = [c["fact"] for c in row["cases"]]
    ids = sorted(
        {e for p in paths for e in p.entities}
        | {e for head, _, tail in cases for e in (head, tail)}
        | {row["head"], row["tail"]}
    )
    known = view("entities", graph, ids=ids)
    parts = [p.facts for p in paths] or [(fact,) for fact in cases]
    tabs = st.tabs(
        ["For", "What if", "Faithfulness", "In words"], key="tab", bind="query-params", on_change="rerun"
    )
    with tabs[0]:
        if cases:
            cases_table(graph, row, known, phrases)
            _saved(graph, row)
        elif not paths:
            st.info(f"{row['model']} gives no evidence for this prediction.", icon=":material/info:")
        else:
            _for(graph, row, schema, paths, known, phrases)
    with tabs[1]:
        if tabs[1].open and analogous(row):
            st.info(NO_DELETION, icon=":material/info:")
        elif tabs[1].open:
            what_if_panel(graph, row, parts, known)
    with tabs[2]:
        if tabs[2].open and analogous(row):
            st.info(NO_DELETION, icon=":material/info:")
        elif tabs[2].open:
            faithfulness(graph, row, parts, "cases" if cases else "paths")
    with tabs[3]:
        for line in sentences(row, paths, known, phrases):
            st.markdown(line)
    _run(graph, row)


def _run(graph: str, row: dict[str, Any]) -> None:
    run = next((r for r in view("runs", graph) if r["run"] == row["run"]), None)
    if run is None:
        st.caption(f"Predicted by {plain(row['run'])}")
        return
    st.caption(f"Predicted by {plain(run_line(run))}", help=plain(run["run"]))
    if run["below_baseline"]:
        st.warning(
            f"This run is {BELOW}: a simple model does better on the test facts.",
            icon=":material/trending_down:",
        )


def _for(
    graph: str,
    row: dict[str, Any],
    schema: dict[str, Any],
    paths: list[LanePath],
    known: dict[str, Any],
    phrases: Phrasebook,
) -> None:
    types = sorted({e["type"] for e in known.values()})
    colours = {t: colour_of(schema, t) for t in types}
    chips([(t, colours[t]) for t in types])
    pairs = sorted({(h, t) for p in paths for h, _, t in p.facts})
    stored = view("facts_between", graph, pairs=pairs)
    sources = {(f["head"], f["relation"], f["tail"]): f["sources"] or [] for f in stored}
    shown = evidence(graph, row["relation"], paths, known, sources, colours, phrases, _view_in_address())
    _keep_in_address(shown)
    top = max(p.weight for p in paths) or 1.0
    kept = [p for i, p in enumerate(paths) if _is_shown(i, p.weight / top, shown)]
    with st.container(horizontal=True, gap="small"):
        copy_buttons(graph, row)
        names = {i: e["name"] for i, e in known.items()}
        by_id = {i: colours[e["type"]] for i, e in known.items()}
        if kept:
            layout = (apart if shown.get("apart") else together)(fitting(kept))
            st.download_button(
                "SVG", paths_svg(layout, kept, names, by_id, phrases), "evidence.svg", "image/svg+xml",
                type="tertiary", icon=":material/download:", on_click="ignore", help="The paths shown.",
            )  # fmt: skip
        rows = [
            {"path": i + 1, "weight": p.weight, "reads": chain(p, known, phrases),
             "support": p.support, "pairs": p.pairs, "sampled heads": p.heads, "facts": p.facts}
            for i, p in enumerate(paths)
        ]  # fmt: skip
        st.download_button(
            "CSV", as_csv(rows), "evidence.csv", "text/csv", key="save-csv",
            type="tertiary", icon=":material/download:", on_click="ignore", help="The table of paths.",
        )  # fmt: skip
        _as_json_button(row)


def _saved(graph: str, row: dict[str, Any]) -> None:
    with st.container(horizontal=True, gap="small"):
        copy_buttons(graph, row)
        _as_json_button(row)


def _as_json_button(row: dict[str, Any]) -> None:
    st.download_button(
        "JSON", as_json([row]), "evidence.json", "application/json", key="save-json",
        type="tertiary", icon=":material/download:", on_click="ignore",
        help="The prediction with its evidence.",
    )  # fmt: skip


def _is_shown(number: int, share: float, shown: dict[str, Any]) -> bool:
    if shown.get("solo") is not None:
        return bool(shown["solo"] == number)
    return number not in shown.get("hidden", []) and share >= shown.get("least", 0)


def _view_in_address() -> dict[str, Any]:
    try:
        found = json.loads(st.query_params.get("view", "{}"))
    except json.JSONDecodeError:
        return {}
    kinds: dict[str, Any] = {
        "hidden": list,
        "solo": int,
        "least": (int, float),
        "selected": int,
        "apart": bool,
    }
    return {k: v for k, v in found.items() if k in kinds and isinstance(v, kinds[k])} if found else {}


def _keep_in_address(shown: dict[str, Any]) -> None:
    kept = {
        k: v
        for k, v in shown.items()
        if v not in (None, [], 0, False) or (k in {"solo", "selected"} and v == 0)
    }
    text = json.dumps(kept, separators=(",", ":")) if kept else None
    if text is None:
        st.query_params.pop("view", None)
    elif st.query_params.get("view") != text:
        st.query_params["view"] = text


def _figures(row: dict[str, Any]) -> None:
    chance, faith = row["probability"], row["faithfulness"]
    ranked = row["rank"] is not None
    figures(
        "why",
        [
            *(
                []
                if row["interacts"] is None
                else [{"label": "Interacts", "value": percent(row["interacts"]), "help": INTERACTS}]
            ),
            {
                "label": "Probability" if ranked else "Type, given that they interact",
                "value": "–" if chance is None else chance_text(chance) if ranked else percent(chance),
                "help": PROBABILITY if ranked else OF_TYPE,
            },
            *([{"label": "Rank", "value": rank_text(row), "help": RANK}] if ranked else []),
            {
                "label": "Faithfulness",
                "value": "–" if faith is None else f"{faith:.2f}",
                "help": FAITHFULNESS,
            },
            {"label": "Held out", "value": "yes" if row["held_out"] else "no", "help": HELD_OUT},
        ],
    )
