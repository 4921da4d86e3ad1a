"""Small graphs for tests of trainers, made from a rule so that there is something to learn."""

from __future__ import annotations

import numpy as np

from graph_schema.triples import Splits, TripleSet, Vocabulary


def grandparents(seed: int = 0, people: int = 60) -> Splits:
    """Parents drawn, grandparents derived; a fifth of the derived facts held out."""
    draw = np.random.default_rng(seed)
    name = [f"p{i:03d}" for i in range(people)]
    parents = {i: draw.choice(i, 2, replace=False).tolist() for i in range(people // 6 + 2, people)}
    facts = {(name[p], "parent", name[c]) for c, ps in parents.items() for p in ps}
    derived = sorted(
        {
            (name[g], "grandparent", name[c])
            for c, ps in parents.items()
            for p in ps
            for g in parents.get(p, ())
        }
    )
    draw.shuffle(derived)
    cut = len(derived) // 10
    vocabulary = Vocabulary.of(name, ["parent", "grandparent"])

    def of(rows: list[tuple[str, str, str]]) -> TripleSet:
        return TripleSet.of(vocabulary, vocabulary.encode(*map(list, zip(*rows, strict=True))))

    return Splits(
        of([*sorted(facts), *derived[2 * cut :]]),
        of(derived[:cut]),
        of(derived[cut : 2 * cut]),
        np.zeros(people, dtype=np.int64),
        ("Person",),
        "test",
    )


def silent(what: str, done: float, total: float) -> None:
    """Progress nobody sees."""
