"""Evidence of one prediction, drawn from head to answer beside its table; a component over Cytoscape.js."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from graph_schema.wording import Phrasebook
from ui import links
from ui.components.drawing import drawn, signed
from ui.components.figures import weight_text
from ui.components.lanes import LanePath
from ui.components.layering import Layout, apart, together
from ui.components.style import PALETTE

MOST = 1500
"""Nodes and edges drawn at most; lighter paths are left out, and the picture says how many."""

WEIGHT = "How likely the answer is to the model when this path is all it knows, less a little for each step."
RULE = (
    "How often the same relations in the same order lead to a fact of this kind. Counted are pairs whose "
    "first entity is known to have the relation to somebody; the share that holds is the rule's confidence."
)

_GONE = "not in the graph any more"

Known = Mapping[str, Mapping[str, Any]]
"""By entity id, its `name` and `type`."""

Sources = Mapping[tuple[str, str, str], Sequence[str]]
"""By fact, where it comes from."""


def evidence(
    graph: str,
    relation: str,
    paths: Sequence[LanePath],
    known: Known,
    sources: Sources,
    colours: Mapping[str, str],
    phrases: Phrasebook,
    view: Mapping[str, Any],
) -> dict[str, Any]:
    """Draw paths; returns what a person has hidden, soloed, selected and drawn apart.

    Args:
        graph: Its name, for links.
        relation: What is predicted.
        paths: Best first.
        known: The entities.
        sources: Of the facts.
        colours: By node type.
        phrases: The relations in words.
        view: How it is drawn at first: what an earlier call returned.
    """
    data = picture(graph, relation, paths, known, sources, colours, phrases)
    found = drawn("evidence")(data=data | {"view": dict(view)}, key="evidence", on_view_change=lambda: None)
    return cast(dict[str, Any], dict(found.view)) if found.view else dict(view)


def picture(
    graph: str,
    relation: str,
    paths: Sequence[LanePath],
    known: Known,
    sources: Sources,
    colours: Mapping[str, str],
    phrases: Phrasebook,
) -> dict[str, Any]:
    """What the component draws: the rows of its table, and the paths laid out `together` and `apart`."""
    kept = fitting(paths)
    top = max((p.weight for p in kept), default=0.0) or 1.0
    layouts = {"together": together(kept), "apart": apart(kept)} if kept else {}
    return signed(
        {
            "layouts": {
                name: _laid_out(layout, known, sources, colours, phrases) for name, layout in layouts.items()
            },
            "paths": [_row(graph, relation, p, p.weight / top, known, sources, phrases) for p in kept],
            "leftOut": len(paths) - len(kept),
            "label": f"{len(kept)} paths of evidence from head to answer; the table below says the same",
            "explained": {"weight": WEIGHT, "rule": RULE},
        }
    )


def chain(path: LanePath, known: Known, phrases: Phrasebook) -> str:
    """A path in one line, arrows as its facts are stored."""
    return phrases.chain([_name(e, known) for e in path.entities], path.hops)


def fitting(paths: Sequence[LanePath]) -> list[LanePath]:
    """The best paths that together stay within `MOST` elements."""
    count, kept = 2, []
    for path in paths:
        count += 2 * len(path.hops) - 1
        if count > MOST:
            break
        kept.append(path)
    return kept


def _laid_out(
    layout: Layout, known: Known, sources: Sources, colours: Mapping[str, str], phrases: Phrasebook
) -> dict[str, Any]:
    nodes = []
    for key, node in layout.nodes.items():
        about = known.get(node.entity, {"name": node.entity, "type": ""})
        shared = not node.end and len(node.paths) > 1
        also = f" · on {len(node.paths)} paths" if shared else ""
        nodes.append(
            {
                "id": f"n{key}",
                "name": about["name"],
                "hover": f"{about['name']} · {about['type'] or _GONE} · {node.entity}{also}",
                "colour": colours.get(about["type"], PALETTE[-1]),
                "place": node.place,
                "end": node.end,
                "shared": shared,
                "paths": node.paths,
            }
        )
    edges = []
    for number, edge in enumerate(layout.edges):
        head, relation, tail = edge.fact
        said = phrases[relation]
        source = ", ".join(sources.get(edge.fact, ())) or "no source given"
        edges.append(
            {
                "id": f"e{number}",
                "source": f"n{edge.source}",
                "target": f"n{edge.target}",
                "words": said.words,
                "arrow": "" if said.symmetric else "forwards" if edge.forwards else "backwards",
                "hover": f"{_name(head, known)} {said.between(True)} {_name(tail, known)} · {source}",
                "bends": edge.bends,
                "aside": edge.aside,
                "near": edge.near,
                "paths": edge.paths,
            }
        )
    return {"nodes": nodes, "edges": edges, "columns": layout.columns, "rows": layout.rows}


def _row(
    graph: str,
    relation: str,
    path: LanePath,
    share: float,
    known: Known,
    sources: Sources,
    phrases: Phrasebook,
) -> dict[str, Any]:
    def end(id_: str) -> dict[str, str]:
        return {"name": _name(id_, known), "href": links.entity(graph, id_)}

    facts = [
        {"head": end(h), "between": phrases[r].between(True), "tail": end(t),
         "sources": list(sources.get((h, r, t), ()))}
        for h, r, t in path.facts
    ]  # fmt: skip
    return {
        "share": share,
        "said": weight_text(path.weight),
        "text": chain(path, known, phrases),
        "rule": phrases[relation].rule(path.support, path.pairs, path.heads),
        "facts": facts,
    }


def _name(id_: str, known: Known) -> str:
    return str(known.get(id_, {"name": id_})["name"])
