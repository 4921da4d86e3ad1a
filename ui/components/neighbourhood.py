"""A picture of what an entity is joined to, in groups by relation that fold; drawn with Cytoscape.js."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph_schema.wording import Phrasebook
from ui.components.drawing import drawn, signed
from ui.components.style import PALETTE

GROUPS, SHOWN, OPEN = 12, 16, 22
"""Groups drawn at most; entities that they share in turns; rows of groups that are open at first."""

ARROWS = {"out": "→ ", "in": "← ", "both": ""}
"""Before a relation's name in addresses: the entity is the head, the tail or either."""


def side_name(side: Mapping[str, Any]) -> str:
    """A group as addresses name it."""
    return f"{ARROWS[side['direction']]}{side['relation']}"


def neighbourhood(
    about: Mapping[str, Any],
    sides: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str],
    phrases: Phrasebook,
    turned: Sequence[str],
) -> tuple[list[str], dict[str, str]]:
    """Draw the picture.

    Args:
        about: The entity's `name`, `type` and `id`.
        sides: As the view `neighbour_counts` gives them.
        colours: By node type.
        phrases: The relations in words.
        turned: Groups that are folded and were open at first, or the other way round.

    Returns:
        The groups turned now; and what was clicked: the `entity` or the `side` to go on to, if any.
    """
    data = surroundings(about, sides, colours, phrases)
    found = drawn("neighbourhood")(
        data=data | {"turned": list(turned)},
        key=f"neighbourhood-{about['id']}",
        on_turned_change=lambda: None,
        on_go_change=lambda: None,
    )
    now = list(turned) if found.turned is None else [str(name) for name in found.turned]
    return now, dict(found.go or {})


def surroundings(
    about: Mapping[str, Any],
    sides: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str],
    phrases: Phrasebook,
) -> dict[str, Any]:
    """What the component draws: the entity and its groups, each with as many entities as have room."""
    drawn_sides = sides[:GROUPS]
    numbers = shares([len(s["first"]) for s in drawn_sides], [s["facts"] for s in drawn_sides])
    groups, shown = [], 0
    for side, number in zip(drawn_sides, numbers, strict=True):
        more = side["facts"] - number
        rows = number + (more > 0)
        groups.append(
            {
                "side": side_name(side),
                "words": phrases[side["relation"]].at(side["direction"]),
                "facts": side["facts"],
                "open": shown + rows <= OPEN,
                "more": more,
                "nodes": [_node(n, colours) for n in side["first"][:number]],
            }
        )
        shown += rows if groups[-1]["open"] else 0
    return signed(
        {
            "name": about["name"],
            "colour": colours.get(about["type"], PALETTE[-1]),
            "groups": groups,
            "leftOut": len(sides) - len(groups),
            "label": f"What {about['name']} is joined to, by relation; the table beside it says the same",
        }
    )


def shares(named: Sequence[int], facts: Sequence[int]) -> list[int]:
    """How many entities of each group are drawn: `SHOWN` in all, in turns, and the last of a group for free.

    Args:
        named: Entities there are to draw of each.
        facts: Of each; where they are more than are drawn, one place says so.
    """
    out = [0] * len(named)
    free, turn = SHOWN, True
    while free > 0 and turn:
        turn = False
        for i, most in enumerate(named):
            if free > 0 and out[i] < most:
                out[i], free, turn = out[i] + 1, free - 1, True
    return [most if facts[i] == most == out[i] + 1 else out[i] for i, most in enumerate(named)]


def _node(row: Mapping[str, Any], colours: Mapping[str, str]) -> dict[str, str]:
    return {
        "id": row["id"],
        "name": row["name"],
        "colour": colours.get(row["type"], PALETTE[-1]),
        "hover": f"{row['name']} · {row['type']} · click to go on to it",
    }
