"""Where the entities of some paths are drawn: columns by hop from head to answer, rows so that none meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

from ui.components.lanes import LanePath

Place = tuple[float, float]
"""Column and row; columns count from the head at 0, rows from the first."""

Fact = tuple[str, str, str]

_SWEEPS, _TURN = 8, 0.4


@dataclass(slots=True)
class Node:
    """An entity as it is drawn; `paths` are the numbers of those that visit it, `end` marks both ends."""

    entity: str
    place: Place
    end: bool
    paths: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Edge:
    """A fact between two nodes.

    `bends` are places it is drawn past, `aside` parts facts of one pair, and `near` is where its words stand,
    as a share of the way: there lines that cross are apart.
    """

    source: str
    target: str
    fact: Fact
    forwards: bool
    bends: list[Place]
    aside: float = 0.0
    near: float = 0.5
    paths: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """Nodes by key, edges, and the last column and the number of rows."""

    nodes: dict[str, Node]
    edges: list[Edge]
    columns: int
    rows: float


def apart(paths: Sequence[LanePath]) -> Layout:
    """Each path in a row of its own; only the two ends are drawn once."""
    columns, middle = max(len(p.hops) for p in paths), (len(paths) - 1) / 2
    nodes: dict[str, Node] = {}
    edges = []
    for number, path in enumerate(paths):
        last = len(path.hops)
        keys = [f"end{i // last}" if i in (0, last) else f"{number}.{i}" for i in range(last + 1)]
        for i, (key, entity) in enumerate(zip(keys, path.entities, strict=True)):
            end = i in (0, last)
            place = (i / last * columns, middle if end else float(number))
            nodes.setdefault(key, Node(entity, place, end)).paths.append(number)
        for i, (fact, (_, forwards)) in enumerate(zip(path.facts, path.hops, strict=True)):
            one, other = nodes[keys[i]], nodes[keys[i + 1]]
            past = [(columns / 2, float(number))] if one.end and other.end else []
            bends = _bent(one, other, past)
            edges.append(Edge(keys[i], keys[i + 1], fact, forwards, bends, paths=[number]))
    return Layout(nodes, edges, columns, float(len(paths)))


def together(paths: Sequence[LanePath]) -> Layout:
    """Each entity once, whichever paths visit it, and each fact once."""
    columns = _columns(paths)
    last = columns[paths[0].entities[-1]]
    visits: dict[str, list[int]] = {}
    facts: dict[Fact, tuple[str, str, bool, list[int]]] = {}
    for number, path in enumerate(paths):
        for entity in path.entities:
            visits.setdefault(entity, []).append(number)
        for here, there, fact in zip(path.entities, path.entities[1:], path.facts, strict=False):
            facts.setdefault(fact, (here, there, fact[0] == here, []))[3].append(number)
    pairs: dict[tuple[str, str], list[Fact]] = {}
    for fact, (here, there, _, _) in facts.items():
        pairs.setdefault((there, here) if (there, here) in pairs else (here, there), []).append(fact)
    chains = {pair: list(_chain(pair, columns)) for pair in pairs}
    rows = _rows(chains.values(), {e: n[0] for e, n in visits.items()}, last)
    count = max(rows.values(), default=0.0) + 1
    nodes = {
        entity: Node(
            entity,
            (columns[entity], (count - 1) / 2 if columns[entity] in (0, last) else rows[entity]),
            columns[entity] in (0, last),
            numbers,
        )
        for entity, numbers in visits.items()
    }
    edges = []
    fuller = _fuller(pairs, columns, last)
    for (one, other), between in pairs.items():
        past = [(float(column), rows[key]) for key, column in chains[one, other][1:-1]]
        bends = _bent(nodes[one], nodes[other], past)
        for k, fact in enumerate(between):
            aside = k - (len(between) - 1) / 2
            near = 0.5 if past else fuller.get((columns[one], columns[other]), 0.5)
            edges.append(Edge(one, other, fact, fact[0] == one, bends, aside, near, facts[fact][3]))
    return Layout(nodes, edges, last, count)


def _columns(paths: Sequence[LanePath]) -> dict[str, int]:
    """By entity: after all that come before it on a path; where paths disagree, the better one is right."""
    inner = [path.entities[1:-1] for path in paths]
    first = {
        e: max(p.index(e) + 1 for p in inner if e in p) for e in dict.fromkeys(e for p in inner for e in p)
    }
    after: dict[str, list[str]] = {e: [] for e in first}
    for path in inner:
        for one, other in pairwise(path):
            if one not in _reached(other, after):
                after[one].append(other)
    steps = [(one, other) for one, others in after.items() for other in others]
    for _ in first:
        for one, other in steps:
            first[other] = max(first[other], first[one] + 1)
    last = max([len(p.hops) for p in paths] + [column + 1 for column in first.values()])
    final = dict.fromkeys(first, last - 1)
    for _ in first:
        for one, other in steps:
            final[one] = min(final[one], final[other] - 1)
    place = {e: (first[e] + final[e]) // 2 for e in sorted(first, key=first.__getitem__)}
    return {paths[0].entities[0]: 0, paths[0].entities[-1]: last} | place


def _reached(start: str, after: Mapping[str, Sequence[str]]) -> set[str]:
    found, ahead = {start}, [start]
    while ahead:
        new = set(after[ahead.pop()]) - found
        found |= new
        ahead += new
    return found


def _fuller(
    pairs: Iterable[tuple[str, str]], columns: Mapping[str, int], last: int
) -> dict[tuple[int, int], float]:
    """Between columns inside, by columns of source and target: nearer to where more of the lines end."""
    ends: dict[int, tuple[set[str], set[str]]] = {}
    for one, other in pairs:
        left, right = sorted((one, other), key=columns.__getitem__)
        if columns[left] + 1 == columns[right] and columns[left] > 0 and columns[right] < last:
            here = ends.setdefault(columns[left], (set(), set()))
            here[0].add(left)
            here[1].add(right)
    near = {c: 1 / 3 if len(left) >= len(right) else 2 / 3 for c, (left, right) in ends.items()}
    return {(c, c + 1): n for c, n in near.items()} | {(c + 1, c): 1 - n for c, n in near.items()}


def _chain(pair: tuple[str, str], columns: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The two and, in each column between them, a place that keeps the line clear of others."""
    one, other = pair
    step = 1 if columns[one] <= columns[other] else -1
    yield one, columns[one]
    for column in range(columns[one] + step, columns[other], step):
        yield f"{one}\n{other}\n{column}", column
    yield other, columns[other]


def _rows(chains: Iterable[list[tuple[str, int]]], begin: Mapping[str, int], last: int) -> dict[str, float]:
    """Rows of all that stands between the ends: near what it is joined to, one below the other."""
    near: dict[str, list[str]] = {}
    standing: dict[int, list[str]] = {}
    row: dict[str, float] = {}
    for chain in chains:
        for key, column in chain:
            if key not in near:
                near[key] = []
                standing.setdefault(column, []).append(key)
                row[key] = float(begin.get(key, max(begin[k] for k in (chain[0][0], chain[-1][0]))))
        for (one, _), (other, _) in pairwise(chain):
            near[one].append(other)
            near[other].append(one)
    inside = [c for c in sorted(standing) if c not in (0, last)]
    for _ in range(_SWEEPS):
        for column in (*inside, *reversed(inside)):
            wanted = {k: fmean(row[n] for n in near[k]) for k in standing[column]}
            order = sorted(standing[column], key=lambda k: (round(wanted[k], 6), row[k]))
            row |= dict(zip(order, _spread([wanted[k] for k in order]), strict=True))
        for column in (0, last):
            row |= {k: fmean(row[n] for n in near[k]) for k in standing[column]}
    inner = {k: row[k] for c in inside for k in standing[c]}
    top = min(inner.values(), default=0.0)
    return {k: round(value - top, 1) for k, value in inner.items()}


def _spread(wanted: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, in their order and at least 1 apart: pooled adjacent violators."""
    pools: list[tuple[float, int]] = []
    for number, value in enumerate(wanted):
        mean, size = value - number, 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    return [mean + number for number, mean in enumerate(flat)]


def _bent(one: Node, other: Node, past: list[Place]) -> list[Place]:
    """Where a line is drawn past: from an end it soon turns into the row of what it leads to."""
    points = [one.place, *past, other.place]
    bends = list(past)
    if one.end and abs(points[1][1] - one.place[1]) >= _TURN:
        bends.insert(0, (one.place[0] + 0.35 * (points[1][0] - one.place[0]), points[1][1]))
    if other.end and abs(points[-2][1] - other.place[1]) >= _TURN:
        bends.append((other.place[0] - 0.35 * (other.place[0] - points[-2][0]), points[-2][1]))
    return bends
