"""Evidence drawn in lanes: head on the left, answer on the right, a path a lane, a hop a column; as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ui.components.style import PALETTE

_HOP, _LANE, _WIDE, _HIGH, _LETTERS = 250, 78, 150, 36, 20


@dataclass(frozen=True, slots=True)
class LanePath:
    """A path to draw: ids along the chain, and for each hop the relation and whether it is read forwards."""

    entities: tuple[str, ...]
    hops: tuple[tuple[str, bool], ...]
    weight: float

    @property
    def facts(self) -> tuple[tuple[str, str, str], ...]:
        """The facts of the hops, as (head, relation, tail)."""
        ends = zip(self.entities, self.entities[1:], strict=False)
        return tuple(
            (a, relation, b) if forwards else (b, relation, a)
            for (a, b), (relation, forwards) in zip(ends, self.hops, strict=True)
        )


def lane_path(head: str, facts: Sequence[Sequence[str]], weight: float) -> LanePath:
    """A stored path, (head, relation, tail) ids, as a chain from the prediction's head."""
    chain, hops = [head], []
    for start, relation, end in facts:
        forwards = start == chain[-1]
        chain.append(end if forwards else start)
        hops.append((relation, forwards))
    return LanePath(tuple(chain), tuple(hops), weight)


def lanes_svg(paths: Sequence[LanePath], names: Mapping[str, str], colours: Mapping[str, str]) -> str:
    """The picture of some paths between the same two entities.

    Args:
        paths: Best first; width of the lines is weight.
        names: What people call each entity, by id.
        colours: Colour of each entity, by id.
    """
    hops = max(len(p.hops) for p in paths)
    width, height = hops * _HOP + _WIDE + 20, max(1, len(paths)) * _LANE + 20
    middle = height / 2
    lines, boxes = [], {}
    top = max(p.weight for p in paths) or 1.0
    for number, path in enumerate(paths):
        level = 10 + _LANE * (number + 0.5)
        step = hops * _HOP / len(path.hops)
        places = [
            (10 + _WIDE / 2 + i * step, middle if i in (0, len(path.hops)) else level)
            for i in range(len(path.entities))
        ]
        for i, (relation, forwards) in enumerate(path.hops):
            thick = 1 + 6 * path.weight / top
            lines.append(_line(places[i], places[i + 1], level, relation, forwards, thick))
        for entity, place in zip(path.entities, places, strict=True):
            boxes[entity, place] = _box(place, names.get(entity, entity), colours.get(entity, PALETTE[-1]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="system-ui, sans-serif" font-size="13">'
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" '
        'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#5b6570"/>'
        f"</marker></defs>{''.join(lines)}{''.join(boxes.values())}</svg>"
    )


def _line(
    start: tuple[float, float],
    end: tuple[float, float],
    level: float,
    relation: str,
    forwards: bool,
    width: float,
) -> str:
    """A hop: along the level of its path, and from there to the ends."""
    (x1, y1), (x2, y2) = (start[0] + _WIDE / 2, start[1]), (end[0] - _WIDE / 2, end[1])
    arrow = "marker-end" if forwards else "marker-start"
    bend, turn = (x1 + x2) / 2, (x2 - x1) / 4
    return (
        f'<path d="M{x1:.0f} {y1:.0f} C{x1 + turn:.0f} {y1:.0f} {x1 + turn:.0f} {level:.0f} '
        f'{bend:.0f} {level:.0f} S{x2 - turn:.0f} {y2:.0f} {x2:.0f} {y2:.0f}" '
        f'fill="none" stroke="#8a94a0" stroke-width="{width:.1f}" {arrow}="url(#a)"/>'
        f'<text x="{bend:.0f}" y="{level - 7:.0f}" text-anchor="middle" fill="#5b6570" font-size="11" '
        f'paint-order="stroke" stroke="white" stroke-width="3">{escape(_short(relation, 24))}</text>'
    )


def _box(place: tuple[float, float], name: str, colour: str) -> str:
    x, y = place[0] - _WIDE / 2, place[1] - _HIGH / 2
    return (
        f'<g><title>{escape(name)}</title><rect x="{x:.0f}" y="{y:.0f}" width="{_WIDE}" height="{_HIGH}" '
        f'rx="6" fill="white" stroke="{colour}" stroke-width="2.5"/><text x="{place[0]:.0f}" '
        f'y="{place[1] + 5:.0f}" text-anchor="middle" fill="#1b2733">'
        f"{escape(_short(name, _LETTERS))}</text></g>"
    )


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"
