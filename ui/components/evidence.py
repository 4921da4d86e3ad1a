"""Evidence of one prediction, drawn in lanes beside its table; a component over Cytoscape.js."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from streamlit.components.v2 import component

from ui import links
from ui.components.lanes import LanePath
from ui.components.style import PALETTE

MOST = 1500
"""Nodes and edges drawn at most; lighter paths are left out, and the picture says how many."""

_HERE = Path(__file__).parent


@cache
def _component() -> Any:
    """Registered once: the library and our part of it, as one module."""
    library = (_HERE / "vendor" / "cytoscape.esm.min.mjs").read_text("utf-8")
    library = re.sub(r"export\s*\{\s*(\w+) as default\s*\};?", r"const cytoscape=\1;", library)
    ours = (_HERE / "evidence.js").read_text("utf-8")
    return component(
        "kgp_evidence",
        html='<div class="evidence"></div>',
        css=(_HERE / "evidence.css").read_text("utf-8"),
        js=f"{library}\n{ours}",
    )


def evidence(
    graph: str,
    paths: Sequence[LanePath],
    known: Mapping[str, Mapping[str, Any]],
    sources: Mapping[tuple[str, str, str], Sequence[str]],
    colours: Mapping[str, str],
    view: Mapping[str, Any],
) -> dict[str, Any]:
    """Draw paths; returns what a person has hidden, soloed and selected.

    Args:
        graph: Its name, for links.
        paths: Best first.
        known: By entity id, its `name` and `type`.
        sources: By fact, where it comes from.
        colours: By node type.
        view: How it is drawn at first: what an earlier call returned.
    """
    data = picture(graph, paths, known, sources, colours)
    found = _component()(data=data | {"view": dict(view)}, key="evidence", on_view_change=lambda: None)
    return cast(dict[str, Any], dict(found.view)) if found.view else dict(view)


def picture(
    graph: str,
    paths: Sequence[LanePath],
    known: Mapping[str, Mapping[str, Any]],
    sources: Mapping[tuple[str, str, str], Sequence[str]],
    colours: Mapping[str, str],
) -> dict[str, Any]:
    """What the component draws: nodes, edges and rows; the ends of all paths are drawn once."""
    drawn = _fitting(paths)
    nodes: dict[str, dict[str, Any]] = {}
    edges: list[dict[str, Any]] = []
    top = max((p.weight for p in drawn), default=0.0) or 1.0
    for number, path in enumerate(drawn):
        last = len(path.hops)
        keys = [f"end{i // last}" if i in (0, last) else f"p{number}.{i}" for i in range(last + 1)]
        for i, (key, entity) in enumerate(zip(keys, path.entities, strict=True)):
            about = known.get(entity, {"name": entity, "type": ""})
            node = nodes.setdefault(
                key,
                {
                    "id": key,
                    "name": about["name"],
                    "hover": f"{about['name']} · {about['type'] or 'not in the graph any more'} · {entity}",
                    "colour": colours.get(about["type"], PALETTE[-1]),
                    "at": i / last,
                    "lane": None if i in (0, last) else number,
                    "end": i in (0, last),
                    "paths": [],
                },
            )
            node["paths"].append(number)
        for i, ((relation, forwards), fact) in enumerate(zip(path.hops, path.facts, strict=True)):
            said = ", ".join(sources.get(fact, ())) or "no source given"
            names = [known.get(e, {"name": e})["name"] for e in (fact[0], fact[2])]
            edges.append(
                {
                    "id": f"e{number}.{i}",
                    "source": keys[i],
                    "target": keys[i + 1],
                    "path": number,
                    "relation": relation,
                    "forwards": forwards,
                    "hover": f"{names[0]} — {relation} → {names[1]} · {said}",
                    "width": 1.5 + 6 * path.weight / top,
                }
            )
    rows = [_row(graph, path, path.weight / top, known, sources) for path in drawn]
    values = {
        "nodes": list(nodes.values()),
        "edges": edges,
        "paths": rows,
        "columns": max((len(p.hops) for p in drawn), default=1),
        "leftOut": len(paths) - len(drawn),
        "label": f"{len(drawn)} paths of evidence in lanes; the table below says the same",
    }
    return values | {"signature": hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]}


def chain(path: LanePath, known: Mapping[str, Mapping[str, Any]]) -> str:
    """A path in one line, arrows as its facts are stored."""
    names = [known.get(e, {"name": e})["name"] for e in path.entities]
    parts = [names[0]]
    for (relation, forwards), name in zip(path.hops, names[1:], strict=True):
        parts.append(f"—{relation}→ {name}" if forwards else f"←{relation}— {name}")
    return " ".join(parts)


def _fitting(paths: Sequence[LanePath]) -> list[LanePath]:
    """The best paths that together stay within `MOST` elements."""
    count, kept = 2, []
    for path in paths:
        count += 2 * len(path.hops) - 1
        if count > MOST:
            break
        kept.append(path)
    return kept


def _row(
    graph: str,
    path: LanePath,
    share: float,
    known: Mapping[str, Mapping[str, Any]],
    sources: Mapping[tuple[str, str, str], Sequence[str]],
) -> dict[str, Any]:
    def end(id_: str) -> dict[str, str]:
        return {"name": known.get(id_, {"name": id_})["name"], "href": links.entity(graph, id_)}

    facts = [
        {"head": end(h), "relation": r, "tail": end(t), "sources": list(sources.get((h, r, t), ()))}
        for h, r, t in path.facts
    ]
    said = f"{path.weight:.2g}"
    return {"share": share, "said": said, "text": chain(path, known), "facts": facts}
