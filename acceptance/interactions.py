"""Types of drug interactions, of known and of new drugs: every learner beside counts and chemistry.

python acceptance/interactions.py [FOLDER …] [--learner NAME …] [--keep FOLDER]

Interactions, Hetionet's facts and roles of proteins are one graph. What a learner leaves open it chooses on
validation; its figures are of the test's pairs, those met before left out, by protocol: both drugs known, one
new, both new. Pairs with a new drug are told apart by how alike (Tanimoto over Morgan fingerprints) the known
drug is that is most like it, or of two new ones the less lucky. A learner that draws is trained with three
seeds; `--keep` names a folder where what was trained is kept, and taken from. Rows of graphs and learners
that are not named stay as they were recorded. "emergnn, flow alone" goes by the walks and nothing else.
Published figures stand beside them; they are of other folds and a fuller graph.

How likely a pair interacts at all is judged beside: the test's pairs against drawn ones that stand nowhere,
those who are better told apart having the higher AUC, and the gap between what is said and what is so.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from graph_schema.arrays import Floats, Ints
from graph_schema.progress import Progress
from kgplatform.reporting import reporting
from measuring.fingerprint_mlp import FingerprintMLP
from measuring.graphs import read_graph
from measuring.interacting import interacting_rows
from measuring.recording import RESULTS, data_folder, record
from trainers.analogues.likeness import Likeness
from trainers.models.emergnn import EmerGNN
from trainers.pair_figures import of_single
from trainers.pairs import PROTOCOLS, PairSplits, batches
from trainers.registry import load_model, load_task
from trainers.trainer import LinkScorer, PairScorer

SEEDS = (0, 1, 2)
EPOCHS = 12
"""Of the network on fingerprints."""

FOLDERS = {
    "ddi_drugbank": ("ddi_drugbank", "hetionet_subset"),
    "ddi_cold_start": (
        "ddi_cold_start", "ddi_drugbank/drugs.tsv.gz", "ddi_drugbank/relations.tsv.gz", "hetionet_subset",
    ),
}  # fmt: skip
VOTE = "analogue_vote"
COUNTED = ("majority", "naive_bayes", VOTE)
"""Learners that draw nothing."""

TRAINED = ("emergnn", "knowddi")
CHEMISTRY = "fingerprint network"
LEARNERS = (*COUNTED, CHEMISTRY, *TRAINED)

BANDS = (0.0, 0.4, 0.6, 0.8, 1.01)
FIGURES = ("macro_f1", "accuracy", "kappa")
Said = Callable[[Ints], Ints]
Row = dict[str, Any]

AIMS = {
    ("ddi_cold_start", "both known"): (0.88, 0.935, 0.92),
    ("ddi_cold_start", "one new"): (0.70, 0.77, 0.72),
    ("ddi_cold_start", "both new"): (0.36, 0.54, 0.42),
}
PUBLISHED = {
    "both known": "KnowDDI .915 / .932 / .919",
    "one new": "EmerGNN .620 / .686 / .624",
    "both new": "EmerGNN .250 / .463 / .319",
}
"""Macro-F1, accuracy and κ."""


def main() -> int:
    """Measure; the exit status says whether the best learner reached every aim."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", choices=[[], *FOLDERS])
    parser.add_argument("--learner", nargs="+", choices=LEARNERS, default=LEARNERS)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    chosen = asked.folders or list(FOLDERS)
    rows, linked, chosen_settings = _recorded()
    for folder in chosen:
        with reporting() as progress:
            found, whether, settings = _measured(folder, asked.learner, asked.keep, progress)
            rows, linked = _instead(rows, found), _instead(linked, whether)
            chosen_settings[folder] = chosen_settings.get(folder, {}) | settings
    rows = _beside_the_vote(rows)
    values = {
        "figures": rows,
        "interacts": linked,
        "chosen on validation": chosen_settings,
        "published": PUBLISHED,
        "aims": [
            {"graph": g, "protocol": p} | dict(zip(FIGURES, aim, strict=True)) for (g, p), aim in AIMS.items()
        ],
        "split": "test",
        "macro-F1": "mean over the types that are true or said in the slice",
    }
    record("interactions", values, seeds=SEEDS)
    reached = [_reached(rows, *key, aim) for key, aim in AIMS.items() if key[0] in chosen]
    return 0 if all(reached) else 1


def _recorded() -> tuple[list[Row], list[Row], dict[str, Any]]:
    """Rows and settings as they were recorded."""
    file = RESULTS / "interactions.json"
    values = json.loads(file.read_text("utf-8"))["values"] if file.exists() else {}
    return values.get("figures", []), values.get("interacts", []), values.get("chosen on validation", {})


def _instead(before: list[Row], found: list[Row]) -> list[Row]:
    """Those found, and of the others those of no graph and learner that was measured."""
    measured = {(row["graph"], row["learner"]) for row in found}
    return sorted(
        [row for row in before if (row["graph"], row["learner"]) not in measured] + found,
        key=lambda row: list(FOLDERS).index(row["graph"]),
    )


def _beside_the_vote(rows: list[Row]) -> list[Row]:
    """Whether each is ahead of the vote in every figure: what is not is nobody's choice there."""
    of = {(r["graph"], r["protocol"], r["likeness"]): r for r in rows if r["learner"] == VOTE}
    found = []
    for row in rows:
        vote = of.get((row["graph"], row["protocol"], row["likeness"]))
        if vote and vote is not row:
            row = row | {"beats the vote": all(row[figure] > vote[figure] for figure in FIGURES)}
        found.append(row)
    return found


def _measured(
    folder: str, learners: Sequence[str], keep: Path | None, progress: Progress
) -> tuple[list[Row], list[Row], dict[str, Any]]:
    task = load_task("pair_type")
    paths = [data_folder() / "drug" / part for part in FOLDERS[folder]]
    data = task.data(read_graph(*paths, domain="drug").dataset)
    assert isinstance(data, PairSplits)
    test, slices = data.test.triples, _slices(data)
    rows, linked, settings = list[Row](), list[Row](), {}
    for name in [n for n in COUNTED if n in learners]:
        kind = load_model(name)
        model = kind(kind.default_config(data), data.vocabulary.relations)
        settings[name] = [dict(line) for line in model.fit(data, progress=progress).history]
        assert isinstance(model, PairScorer)
        rows += _lines(folder, name, [_said(model, test, progress)], data, slices)
        linked += interacting_rows(folder, name, model, data)
    if CHEMISTRY in learners:
        nets = [FingerprintMLP(data, epochs=EPOCHS, seed=seed, progress=progress) for seed in SEEDS]
        rows += _lines(folder, CHEMISTRY, [net.said(test) for net in nets], data, slices)
    for name in [n for n in TRAINED if n in learners]:
        models = [_trained(folder, name, seed, data, keep, progress) for seed in SEEDS]
        rows += _lines(folder, name, [_said(model, test, progress) for model in models], data, slices)
        if isinstance(models[0], LinkScorer):
            linked += interacting_rows(folder, name, models[0], data)
        flows = [model for model in models if isinstance(model, EmerGNN)]
        if flows:
            said = [model.parts(test[:, 0], test[:, 2])[0].argmax(axis=1) for model in flows]
            rows += _lines(folder, f"{name}, flow alone", said, data, slices)
            settings[name] = [{"seed": m.seed, "weights": m.weights.tolist()} for m in flows]
    return rows, linked, settings


def _trained(
    folder: str, name: str, seed: int, data: PairSplits, keep: Path | None, progress: Progress
) -> PairScorer:
    """With default settings. Args: keep: Where it is kept, and taken from if it is there."""
    kind, at = load_model(name), keep / f"{folder}-{name}-{seed}" if keep else None
    if at and at.exists():
        model = kind.load(at)
        model.bind(data.known)
    else:
        model = kind(kind.default_config(data), data.vocabulary.relations, seed=seed)
        model.fit(data, progress=progress)
        if at:
            at.mkdir(parents=True)
            model.save(at)
    assert isinstance(model, PairScorer)
    return model


def _said(model: PairScorer, rows: Ints, progress: Progress) -> Ints:
    parts = []
    for some in batches(len(rows)):
        parts.append(model.score_relations(rows[some, 0], rows[some, 2]).argmax(axis=1))
        progress(f"scoring pairs by {type(model).__name__}", some.stop, len(rows))
    return np.concatenate(parts)


def _slices(data: PairSplits) -> list[tuple[str, str, Ints]]:
    """Protocol, band of likeness, and places among the test's pairs; a band of all first."""
    test = data.test.triples
    of, nearest = data.protocol(test), _nearest_known(data, test)
    found = []
    for number, protocol in enumerate(PROTOCOLS):
        here = np.flatnonzero(of == number)
        if not len(here):
            continue
        found.append((protocol, "all", here))
        for low, high in pairwise(BANDS) if number else ():
            band = here[(nearest[here] >= low) & (nearest[here] < high)]
            if len(band):
                found.append((protocol, f"{low:g} to {min(high, 1):g}", band))
    return found


def _nearest_known(data: PairSplits, rows: Ints) -> Floats:
    """(N,) likeness of a pair's new drugs to the known drug most like them, the least of the two."""
    likeness = Likeness.of(data.known, data.types, 1.0)
    known = np.zeros(data.known.num_entities, dtype=bool)
    known[data.known_pairs[:, [0, 2]].ravel()] = True
    _, much = likeness.nearest(likeness.place[np.flatnonzero(known)], 1)
    ends = np.where(known[rows[:, [0, 2]]], np.inf, much[likeness.place[rows[:, [0, 2]]], 0])
    least: Floats = ends.min(axis=1)
    return least


def _lines(
    folder: str, name: str, said: list[Ints], data: PairSplits, slices: list[tuple[str, str, Ints]]
) -> list[dict[str, Any]]:
    true, lines = data.places(data.test.triples[:, 1]), []
    for protocol, band, places in slices:
        found = [of_single(true[places], each[places]) for each in said]
        line: dict[str, Any] = {"graph": folder, "learner": name, "protocol": protocol, "likeness": band}
        for figure in FIGURES:
            values = [f[figure] for f in found]
            line[figure] = statistics.fmean(values)
            if len(values) > 1:
                line[f"± {figure}"] = statistics.stdev(values)
        lines.append(line | {"pairs": len(places)})
        if band == "all":
            shown = " / ".join(f"{line[f]:.3f}" for f in FIGURES)
            print(f"{folder} {name}, {protocol}: {shown}", file=sys.stderr, flush=True)
    return lines


def _reached(rows: list[dict[str, Any]], graph: str, protocol: str, aim: tuple[float, ...]) -> bool:
    """Whether the learner of best macro-F1 reached an aim in every figure."""
    here = [r for r in rows if (r["graph"], r["protocol"], r["likeness"]) == (graph, protocol, "all")]
    best = max(here, key=lambda row: row["macro_f1"])
    return all(best[figure] >= wanted for figure, wanted in zip(FIGURES, aim, strict=True))


if __name__ == "__main__":
    sys.exit(main())
