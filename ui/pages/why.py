"""Why: the evidence of one prediction; what speaks for it, what if not, how faithful it is, and in words."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from ui.components import states
from ui.components.copying import copy_buttons
from ui.components.evidence import chain, evidence
from ui.components.lanes import LanePath, lane_path, lanes_svg
from ui.components.style import chips, colour_of
from ui.components.table import as_csv, as_json
from ui.components.what_if import faithfulness, what_if_panel
from ui.components.wording import sentences
from ui.session import plain, view

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
    st.title(f"Why {plain(row['head_name'])} — {plain(row['relation'])} → {plain(row['tail_name'])}?")
    if schema["disclaimer"]:
        st.caption(plain(schema["disclaimer"]))
    if row["stale"]:
        st.warning(
            "The facts have changed since this was predicted; train or promote again.",
            icon=":material/update:",
        )
    _figures(row)
    paths = [lane_path(row["head"], p["facts"], p["weight"]) for p in row["paths"]]
    ids = sorted({e for p in paths for e in p.entities} | {row["head"], row["tail"]})
    known = view("entities", graph, ids=ids)
    tabs = st.tabs(
        ["For", "What if", "Faithfulness", "In words"], key="tab", bind="query-params", on_change="rerun"
    )
    with tabs[0]:
        if not paths:
            st.info(f"{row['model']} gives no paths for this prediction.", icon=":material/info:")
        else:
            _for(graph, row, schema, paths, known)
    with tabs[1]:
        if tabs[1].open:
            what_if_panel(graph, row, paths, known)
    with tabs[2]:
        if tabs[2].open:
            faithfulness(graph, row, paths)
    with tabs[3]:
        for line in sentences(row, paths, known, view("relations", graph)):
            st.markdown(line)
    st.caption(f"run {plain(row['run'])} · model {plain(row['model'])}")


def _for(
    graph: str, row: dict[str, Any], schema: dict[str, Any], paths: list[LanePath], known: dict[str, Any]
) -> None:
    types = sorted({e["type"] for e in known.values()})
    colours = {t: colour_of(schema, t) for t in types}
    chips([(t, colours[t]) for t in types])
    pairs = sorted({(h, t) for p in paths for h, _, t in p.facts})
    stored = view("facts_between", graph, pairs=pairs)
    sources = {(f["head"], f["relation"], f["tail"]): f["sources"] or [] for f in stored}
    shown = evidence(graph, paths, known, sources, colours, _view_in_address())
    _keep_in_address(shown)
    top = max(p.weight for p in paths) or 1.0
    kept = [p for i, p in enumerate(paths) if _is_shown(i, p.weight / top, shown)]
    with st.container(horizontal=True, gap="small"):
        copy_buttons(graph, row)
        names = {i: e["name"] for i, e in known.items()}
        by_id = {i: colours[e["type"]] for i, e in known.items()}
        if kept:
            st.download_button(
                "SVG", lanes_svg(kept, names, by_id), "evidence.svg", "image/svg+xml",
                type="tertiary", icon=":material/download:", on_click="ignore", help="The paths shown.",
            )  # fmt: skip
        rows = [
            {"path": i + 1, "weight": p.weight, "reads": chain(p, known), "facts": p.facts}
            for i, p in enumerate(paths)
        ]
        st.download_button(
            "CSV", as_csv(rows), "evidence.csv", "text/csv", key="save-csv",
            type="tertiary", icon=":material/download:", on_click="ignore", help="The table of paths.",
        )  # fmt: skip
        st.download_button(
            "JSON", as_json([row]), "evidence.json", "application/json", key="save-json",
            type="tertiary", icon=":material/download:", on_click="ignore",
            help="The prediction with its paths.",
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
    kinds: dict[str, Any] = {"hidden": list, "solo": int, "least": (int, float), "selected": int}
    return {k: v for k, v in found.items() if k in kinds and isinstance(v, kinds[k])} if found else {}


def _keep_in_address(shown: dict[str, Any]) -> None:
    kept = {
        k: v for k, v in shown.items() if v not in (None, [], 0) or (k in {"solo", "selected"} and v == 0)
    }
    text = json.dumps(kept, separators=(",", ":")) if kept else None
    if text is None:
        st.query_params.pop("view", None)
    elif st.query_params.get("view") != text:
        st.query_params["view"] = text


def _figures(row: dict[str, Any]) -> None:
    columns = st.columns(4)
    chance = row["probability"]
    columns[0].metric(
        "Probability",
        "–" if chance is None else f"{chance:.2f}",
        help="How likely this is a fact that was held out, calibrated on validation.",
    )
    columns[1].metric(
        "Rank",
        states.rank_text(row),
        help="Among all candidates for the tail; a span where candidates are level.",
    )
    faith = row["faithfulness"]
    columns[2].metric(
        "Faithfulness",
        "–" if faith is None else f"{faith:.2f}",
        help="How far the log-probability falls without these facts. Near 0: others carry it too.",
    )
    columns[3].metric("Held out", "yes" if row["held_out"] else "no", help="A fact the model was not shown.")
