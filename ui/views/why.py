"""Why: the evidence of one prediction, as a picture and as a table."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kgplatform import views
from ui.components.lanes import PALETTE, lane_path, lanes_svg
from ui.session import guarded, plain, store


@guarded
def page() -> None:
    """Draw the page; without a prediction in the address, the best of the first graph that has any."""
    here = store()
    wanted = {k: st.query_params.get(k) for k in ("graph", "head", "relation", "tail")}
    if all(wanted.values()):
        graph = str(wanted["graph"])
        rows = views.prediction(
            here, graph, str(wanted["head"]), str(wanted["relation"]), str(wanted["tail"])
        )
        if not rows:
            st.warning(
                "No promoted run predicts this. It may have been rolled back, or replaced by another run."
            )
            return
    else:
        found = [(g["graph"], views.best_predictions(here, g["graph"], limit=1)) for g in views.graphs(here)]
        graph, rows = next(((g, r) for g, r in found if r), ("", []))
        if not rows:
            st.info("No predictions yet. `kgp promote RUN` writes a run's predictions into its graph.")
            return
    for row in rows:
        _explained(graph, row)


def _explained(graph: str, row: dict[str, Any]) -> None:
    here = store()
    schema = views.schema_of(here, graph)
    st.title(f"Why {plain(row['head_name'])} — {plain(row['relation'])} → {plain(row['tail_name'])}?")
    if schema["disclaimer"]:
        st.caption(plain(schema["disclaimer"]))
    if row["stale"]:
        st.warning("The facts have changed since this was predicted; train or promote again.")
    _figures(row)
    if not row["paths"]:
        st.info(f"{row['model']} gives no paths for this prediction.")
        return
    ids = sorted({e for p in row["paths"] for h, _, t in p["facts"] for e in (h, t)} | {row["head"]})
    known = views.entities(here, graph, ids)
    names = {i: known[i]["name"] if i in known else i for i in ids}
    types = [t["name"] for t in schema["node_types"]]
    colours = {i: PALETTE[types.index(known[i]["type"]) % len(PALETTE)] for i in known}
    paths = [lane_path(row["head"], p["facts"], p["weight"]) for p in row["paths"]]
    st.image(lanes_svg(paths, names, colours))
    shown = sorted({known[i]["type"] for i in known}, key=types.index)
    st.markdown("  ".join(f":gray-badge[{t}]" for t in shown) + "  line width is path weight")
    st.dataframe(
        [{"weight": p["weight"], "path": _chain(row["head"], p, names)} for p in row["paths"]],
        hide_index=True,
        column_config={
            "weight": st.column_config.NumberColumn(
                format="%.4f", help="How far the path convinces the model alone, from 0 to 1."
            ),
            "path": st.column_config.TextColumn(width="large"),
        },
    )
    st.caption(f"run {row['run']}")


def _figures(row: dict[str, Any]) -> None:
    columns = st.columns(4)
    chance = row["probability"]
    columns[0].metric(
        "Probability", "–" if chance is None else f"{chance:.2f}", help="Calibrated on held-out facts."
    )
    low, high = row["rank_low"], row["rank_high"]
    columns[1].metric(
        "Rank",
        f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}",
        help="Among all candidates for the tail.",
    )
    faith = row["faithfulness"]
    columns[2].metric(
        "Faithfulness",
        "–" if faith is None else f"{faith:.2f}",
        help="How far the answer's log-probability falls when these facts are removed.",
    )
    columns[3].metric("Held out", "yes" if row["held_out"] else "no", help="A fact the model was not shown.")


def _chain(head: str, path: dict[str, Any], names: dict[str, str]) -> str:
    drawn = lane_path(head, path["facts"], path["weight"])
    parts = [names[drawn.entities[0]]]
    for (relation, forwards), entity in zip(drawn.hops, drawn.entities[1:], strict=True):
        parts.append(f"—{relation}→ {names[entity]}" if forwards else f"←{relation}— {names[entity]}")
    return " ".join(parts)
