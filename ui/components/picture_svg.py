"""Evidence as one SVG: head on the left, answer on the right, a hop a column, as the page draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from graph_schema.wording import Phrasebook
from ui.components.lanes import LanePath
from ui.components.layering import Edge, Layout, Place
from ui.components.style import PALETTE

_HOP, _LANE, _WIDE, _HIGH, _LETTERS = 270, 78, 150, 36, 20


def paths_svg(
    layout: Layout,
    paths: Sequence[LanePath],
    names: Mapping[str, str],
    colours: Mapping[str, str],
    phrases: Phrasebook,
) -> str:
    """The picture of some paths between the same two entities.

    Args:
        layout: Of the paths.
        paths: Best first; width of the lines is weight.
        names: What people call each entity, by id.
        colours: Colour of each entity, by id.
        phrases: The relations in words.
    """
    width, height = layout.columns * _HOP + _WIDE + 20, max(1.0, layout.rows) * _LANE + 20
    top = max(p.weight for p in paths) or 1.0
    lines = [
        _line(edge, layout, phrases, 1 + 6 * max(paths[n].weight for n in edge.paths) / top)
        for edge in layout.edges
    ]
    boxes = [
        _box(_at(n.place), names.get(n.entity, n.entity), colours.get(n.entity, PALETTE[-1]))
        for n in layout.nodes.values()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family="system-ui, sans-serif" font-size="13">'
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" '
        'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#5b6570"/>'
        f"</marker></defs>{''.join(lines)}{''.join(boxes)}</svg>"
    )


def _at(place: Place) -> tuple[float, float]:
    return 10 + _WIDE / 2 + place[0] * _HOP, 10 + _LANE * (place[1] + 0.5)


def _line(edge: Edge, layout: Layout, phrases: Phrasebook, width: float) -> str:
    """A fact: from the side of one box to that of the other, past its bends."""
    said = phrases[edge.fact[1]]
    (x1, y1), (x2, y2) = (_at(layout.nodes[key].place) for key in (edge.source, edge.target))
    side = _WIDE / 2 if x1 <= x2 else -_WIDE / 2
    aside = 18 * edge.aside
    bends = [(x, y + aside) for x, y in map(_at, edge.bends)]
    if aside and not bends:
        bends = [((x1 + x2) / 2, (y1 + y2) / 2 + 2 * aside)]
    points = [(x1 + side, y1), *bends, (x2 - side, y2)]
    middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in pairwise(bends)]
    curve = [f"M{points[0][0]:.0f} {points[0][1]:.0f}"]
    for (bx, by), (x, y) in zip(bends, [*middles, points[-1]], strict=False):
        curve.append(f"Q{bx:.0f} {by:.0f} {x:.0f} {y:.0f}")
    if not bends:
        curve.append(f"L{points[-1][0]:.0f} {points[-1][1]:.0f}")
    arrow = "" if said.symmetric else f' marker-{"end" if edge.forwards else "start"}="url(#a)"'
    x, y = _label(points, edge.near)
    return (
        f'<path d="{" ".join(curve)}" fill="none" stroke="#8a94a0" stroke-width="{width:.1f}"{arrow}/>'
        f'<text x="{x:.0f}" y="{y - 7:.0f}" text-anchor="middle" fill="#5b6570" font-size="11" '
        f'paint-order="stroke" stroke="white" stroke-width="3">{escape(_short(said.words, 28))}</text>'
    )


def _label(points: Sequence[tuple[float, float]], near: float) -> tuple[float, float]:
    """Where words stand: the middle of a curve, a share of a straight line."""
    if len(points) == 2:
        (a, b), (c, d) = points
        return a + near * (c - a), b + near * (d - b)
    if len(points) == 3:
        (a, b), (c, d), (e, f) = points
        return a / 4 + c / 2 + e / 4, b / 4 + d / 2 + f / 4
    half = len(points) // 2
    (a, b), (c, d) = (points[half - 1], points[half]) if len(points) % 2 == 0 else (points[half],) * 2
    return (a + c) / 2, (b + d) / 2


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
