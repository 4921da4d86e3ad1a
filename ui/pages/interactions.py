"""Interactions: whether some drugs interact, each pair in a matrix, and the evidence of one."""

from __future__ import annotations

import streamlit as st

from graph_schema.errors import GraphPlatformError
from kgplatform.serving.added import Added
from kgplatform.serving.interactions import FEWEST, MOST
from kgplatform.serving.pair_reports import PairReport
from ui.components import addresses
from ui.components.adding import add_form
from ui.components.chooser import choose_graph, in_order
from ui.components.copying import copy_button, pairs_as_cypher
from ui.components.matrix import matrix, rows_of
from ui.components.pair import pair
from ui.components.picking import pick_drugs
from ui.components.table import save
from ui.interacting import added_drug, drugs_of, pairs_of, runs_of_types
from ui.session import graphs, phrases_of, plain

TITLE, ICON, ORDER = "Interactions", ":material/join_inner:", 45

_EVIDENCE = 5


def page() -> None:
    """Draw the page."""
    st.title("Do these drugs interact?")
    if "in" not in st.query_params:
        able = (g["graph"] for g in in_order(graphs()) if runs_of_types(g["graph"]))
        first = next(able, None)
        if first is not None:
            st.query_params["in"] = first
    left, right = st.columns(2)
    with left:
        graph = choose_graph()
    if graph is None:
        return
    name, runs = graph["graph"], runs_of_types(graph["graph"])
    st.caption(
        plain(graph["disclaimer"] or "For research, not for care.")
        + " A pair that stands nowhere is not known to be safe."
    )
    if not runs:
        st.info(
            f"No run tells the types of pairs in graph {plain(name)}: "
            f"`kgp train analogue_vote {name} --promote` makes one, of a graph of interactions.",
            icon=":material/info:",
        )
        return
    with right:
        run = _run(dict(runs))
    kind, examples, keys = drugs_of(name)
    added = _added(name)
    drugs = pick_drugs(name, kind, examples if not added else examples[:1], MOST - len(added))
    add_form(name, keys, len(drugs) + len(added) >= MOST)
    if len(drugs) + len(added) < FEWEST:
        st.info(f"Choose {FEWEST} to {MOST} drugs.", icon=":material/info:")
        return
    lines = tuple(added)
    reports = pairs_of(name, run, tuple(drugs), lines)
    _shown(name, run, reports, {one.name: line for line, one in added.items()}, list(added.values()))


def _shown(
    graph: str, run: str, reports: list[PairReport], lines: dict[str, str], added: list[Added]
) -> None:
    wanted = set(st.query_params.get_all("pair"))
    said = [r for r in reports if not r.known and not r.cannot_say] or reports
    chosen = next((r for r in reports if {r.one.id, r.other.id} == wanted), said[0])
    ends = (chosen.one.id, chosen.other.id)
    matrix(reports, phrases_of(graph), ends)
    save(rows_of(reports), "interactions")
    ids = [d.id for r in reports for d in (r.one, r.other) if not d.added]
    copy_button("Cypher", pairs_as_cypher(graph, sorted(set(ids))))
    known = tuple(end for end in ends if end not in lines)
    new = tuple(lines[end] for end in ends if end in lines)
    (report,) = pairs_of(graph, run, known, new, _EVIDENCE)
    pair(graph, report, {one.name: one for one in added})


def _run(runs: dict[str, str]) -> str:
    key, first = "asked-run", next(iter(runs))
    said = next(iter(addresses.said("run", key) or ()), st.session_state.get(key))
    st.session_state[key] = said if said in runs else first
    run = st.selectbox("Model", list(runs), key=key, format_func=lambda id_: runs[id_]) or first
    addresses.keep("run", [] if run == first else [run])
    return run


def _added(graph: str) -> dict[str, Added]:
    """Drugs that are in no graph, by their lines in the address; a word of those that cannot be read."""
    found: dict[str, Added] = {}
    for line in st.query_params.get_all("added"):
        try:
            one = added_drug(graph, line)
        except GraphPlatformError as error:
            st.error(plain(str(error)), icon=":material/error:")
            continue
        if one.name not in {other.name for other in found.values()} and len(found) < MOST:
            found[line] = one
    if found and st.button("Leave out what was added", icon=":material/remove:", type="tertiary"):
        del st.query_params["added"]
        st.rerun()
    return found
