"""A small graph of drugs whose pairs have types, some of them new."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graph_schema.triples import Splits, TripleSet, Vocabulary
from trainers.pairs import PairSplits

DRUGS, PROTEINS, TYPES = 40, 8, 4


def small_pairs(seed: int = 0, *, new: int = 0) -> PairSplits:
    """Drugs in four groups that share proteins; the type follows from the groups. The last ones are new."""
    draw = np.random.default_rng(seed)
    drugs, kinds = [f"D{i:02d}" for i in range(DRUGS)], [f"type {t}" for t in range(TYPES)]
    roles = [(d, "ROLE", f"P{(i % 4) * 2 + j}") for i, d in enumerate(drugs) for j in range(2)]
    pairs = [
        (drugs[a], kinds[(a % 4 + 2 * (b % 4)) % TYPES], drugs[b])
        for a in range(DRUGS)
        for b in range(a + 1, DRUGS)
        if draw.random() < 0.6
    ]
    strange = set(drugs[DRUGS - new :])
    held = [f for f in pairs if {f[0], f[2]} & strange or draw.random() < 0.2]
    known = sorted(set(pairs) - set(held))
    vocabulary = replace(
        Vocabulary.of([*drugs, *(f"P{i}" for i in range(PROTEINS))], [*kinds, "ROLE", "RESEMBLES"]),
        symmetric=frozenset({kinds[0], "RESEMBLES"}),
    )

    def facts(rows: list[tuple[str, str, str]]) -> TripleSet:
        return TripleSet.of(vocabulary, vocabulary.encode(*(list(c) for c in zip(*rows, strict=True))))

    graph = facts([*known, *roles, *((drugs[i], "RESEMBLES", drugs[i + 4]) for i in range(0, 20, 5))])
    types = np.array(sorted(vocabulary.relation(kind) for kind in kinds))
    kind_of = np.array([name.startswith("P") for name in vocabulary.entities], dtype=np.int64)
    splits = Splits(graph, facts(held[::2]), facts(held[1::2]), kind_of, ("Drug", "Gene"), "x")
    return PairSplits.of(splits, types)
