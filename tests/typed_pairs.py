"""A small folder of drug-drug interactions made from a rule: the type follows from the two drugs' classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

DRUGS, CLASSES, TYPES = 48, 3, 4


def write_interactions(folder: Path, *, several: bool = False, seed: int = 0) -> Path:
    """Drugs in three classes; the type is that of the two classes, one time in ten drawn.

    Args:
        folder: Made here.
        several: A third of the pairs get a second type, so that a pair is no longer of one.
        seed: Decides what is drawn.
    """
    draw = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    (folder / "drugs.tsv").write_text(
        "id\tdrugbank_id\tname\n" + "".join(f"{i}\tDB{i:05d}\tdrug {i:02d}\n" for i in range(DRUGS)), "utf-8"
    )
    (folder / "relations.tsv").write_text(
        "id\ttemplate\n" + "".join(f"{t}\t#Drug1 does {'abcd'[t]} to #Drug2.\n" for t in range(TYPES)),
        "utf-8",
    )
    rows: list[tuple[int, int, int]] = []
    for a in range(DRUGS):
        for b in range(a + 1, DRUGS):
            if draw.random() < 0.5:
                kind = (a % CLASSES * 2 + b % CLASSES) % TYPES
                kind = int(draw.integers(TYPES)) if draw.random() < 0.1 else kind
                rows.append((a, b, kind))
                if several and draw.random() < 1 / 3:
                    rows.append((a, b, (kind + 1) % TYPES))
    pairs = sorted({row[:2] for row in rows})
    place = dict(zip(pairs, draw.random(len(pairs)), strict=True))
    for split, low, high in (("train", 0.2, 1.0), ("valid", 0.1, 0.2), ("test", 0.0, 0.1)):
        some = [row for row in rows if low <= place[row[:2]] < high]
        (folder / f"{split}.tsv").write_text("".join(f"{a}\t{b}\t{r}\n" for a, b, r in some), "utf-8")
    return folder
