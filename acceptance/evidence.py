"""Is the evidence true? Precision, recall, faithfulness, stability and calibration, through the platform.

python acceptance/evidence.py [--people N] [--epochs N]

A genealogy of 3,000 people is drawn, a fifth of the facts that follow from others is hidden and a twentieth
kept to choose on. RED-GNN is trained on the rest with three seeds; then every hidden fact (h, r, t) is asked
for as (h, r, ?) and explained with five paths, by the functions that serving and promotion use. What is
counted:

* *Predictions*: hidden facts that the model ranks first among candidates that are not true; the same over all
  hidden facts stands beside. Predictions without evidence would count as wrong.
* *Precision*: is the best path a proof, a chain of known facts from which the prediction follows with
  certainty (`measuring.kin.Proofs` says how that is decided)? Strict: these very facts; lenient: some known
  facts between the same people in the same order. `as_written`: the same people as in a rule of `rules.yaml`.
* *Recall*: of the prediction's derivations by the rules as written, how many are among its five paths?
  Strict: those whose facts are all known, with these very facts; lenient: those that known facts between the
  same people still prove, by the people along the chain. A prediction that has none left is left out here
  (`derivable` is the share that has one); it counts in the precision, and hidden facts that no chain of up to
  three known facts proves are counted (`unprovable`, on a sample).
* *Baselines*: five chains of up to three known facts at random, and the five shortest, judged alike.
* *Faithfulness*: falls of log-probability without the evidence, against as many facts at random; see
  `measuring.evidence.falls`.
* *Noise*: wrong facts added, 5 % of the known ones, trained and judged again; a path over one is no proof.
* *Calibration*: expected calibration error on test in 15 bins over the 100 likeliest candidates of a query.

A smaller run is printed and not recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from graph_schema.domains import sample_folder
from graph_schema.domains.family.generator import generate
from graph_schema.domains.family.kinship import Fact
from kgplatform.importing import import_files
from kgplatform.jobs.retrain import retrain
from kgplatform.opening import connect, registry_of
from kgplatform.reporting import reporting
from kgplatform.runs import RunRegistry
from kgplatform.serving import Served, Serving
from kgplatform.store import down
from kgplatform.store.base import GraphStore
from measuring.evidence import (
    Explained,
    Judged,
    baselines,
    explain,
    falls,
    judge,
    overlap,
    summary,
    unprovable,
)
from measuring.kin import HiddenKin, Proofs
from measuring.recording import RESULTS, data_folder, record
from measuring.reliability import Reliability, draw, on_test

SEEDS = (0, 1, 2)
PATHS, DRAWS = 5, 3
PRECISION, RECALL, ABOVE_RANDOM = 0.95, 0.9, 0.95
PICTURE = RESULTS.parent / "docs" / "images" / "reliability.svg"


class Check:
    """One store, and what is measured in it."""

    def __init__(self, store: GraphStore, registry: RunRegistry, settings: dict[str, Any]) -> None:
        self.store, self.registry, self.settings = store, registry, settings

    def served(self, graph: str, seed: int, **settings: Any) -> Served:
        """A run trained on a graph, answering."""
        with reporting() as progress:
            run = retrain(
                self.store, self.registry, graph, "red_gnn", seed=seed, settings=settings, progress=progress
            )
        say(f"{graph} seed {seed}: test MRR {run.metrics['test']['mrr']:.4f} in {run.seconds:.0f} s")
        return Serving(self.store, self.registry).serve(run.id)

    def kin(self, kin: HiddenKin, graph: str) -> None:
        """Import a genealogy with what is hidden."""
        with tempfile.TemporaryDirectory() as folder:
            kin.write(Path(folder))
            import_files(self.store, [folder], graph=graph, domain="family")

    def evidence(
        self, kin: HiddenKin, proofs: Proofs, graph: str, seed: int, sample: int
    ) -> tuple[dict[str, Any], dict[Fact, Explained], list[Judged]]:
        """Measures of one seed; what was explained; and how the predictions ranked first were judged."""
        served = self.served(graph, seed, **self.settings)
        found = explain(served, sorted(kin.hidden), PATHS)
        judged = {e.fact: judge(kin, proofs, e.fact, e.paths) for e in found}
        first = [e for e in found if e.first]
        rows = [judged[e.fact] for e in first]
        chosen = random.Random(seed).sample(first, min(sample, len(first)))
        values = {
            "seed": seed,
            "test_mrr": served.record.metrics["test"]["mrr"],
            "ranked_first": len(first) / len(found),
            **summary(rows),
            "all_hidden": {k: v for k, v in summary(judged.values()).items() if k.endswith("lenient")},
            "faithfulness": falls(served, chosen, draws=DRAWS, seed=seed),
        }
        say(f"{graph} seed {seed}: {json.dumps(values)}")
        return values, {e.fact: e for e in found}, rows


def main() -> int:
    """Run everything; the exit status says whether the aims were met."""
    options = _options()
    values: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("KGP_DATA", f"{folder}/data")
        url = f"local:{folder}/store"
        store = connect(url)
        settings = {} if options.epochs is None else {"epochs": options.epochs}
        check = Check(store, registry_of(store), settings)
        values |= _truth(check, options.people)
        if options.people == 3000:
            values["calibration"] = _calibration(check)
        store.close()
        down(url)
    if options.people == 3000 and options.epochs is None:
        record("evidence", values, seeds=SEEDS)
    else:
        print(json.dumps(values))
    return 0 if values["reached"] else 1


def _truth(check: Check, people: int) -> dict[str, Any]:
    kin = HiddenKin.draw(people, 0)
    others = tuple(generate(people, seed) for seed in (101, 102))
    proofs = Proofs(kin, others)
    check.kin(kin, "kin")
    say(f"{len(kin.genealogy.people)} people, {len(kin.known)} known facts, {len(kin.hidden)} hidden")
    some = random.Random(0).sample(sorted(kin.hidden), min(500, len(kin.hidden)))
    runs = [check.evidence(kin, proofs, "kin", seed, 2000) for seed in SEEDS]
    every = [j for _, _, rows in runs for j in rows]
    noisy = HiddenKin.draw(people, 0, noise=0.05)
    check.kin(noisy, "noisy")
    wrong, _, _ = check.evidence(noisy, Proofs(noisy, others), "noisy", 0, 1000)
    means = {
        name: statistics.fmean(run[0][name] for run in runs)
        for name in ("precision_lenient", "recall_lenient")
    }
    faithful = statistics.fmean(run[0]["faithfulness"]["all_links_above_random"] for run in runs)
    values: dict[str, Any] = {
        "people": len(kin.genealogy.people),
        "known_facts": len(kin.known),
        "hidden_facts": len(kin.hidden),
        "precision_lenient": means["precision_lenient"],
        "precision_wanted": PRECISION,
        "recall_lenient": means["recall_lenient"],
        "recall_wanted": RECALL,
        "above_random": faithful,
        "above_random_wanted": ABOVE_RANDOM,
        "reached": means["precision_lenient"] >= PRECISION
        and means["recall_lenient"] >= RECALL
        and faithful >= ABOVE_RANDOM,
        "unprovable": {"facts": unprovable(kin, proofs, some), "sample": len(some)},
        "overlap_of_seeds": overlap([found for _, found, _ in runs]),
        "seeds": [_flat(run[0]) for run in runs],
        "noise": [_flat(wrong)],
        "baselines": [{"of": k} | v for k, v in baselines(kin, proofs, some, PATHS, 0).items()],
        "by_relation": _grouped(every, lambda j: j.relation),
        "by_length": _grouped(every, lambda j: j.length),
    }
    return values


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """One row of a table: nested measures under joined names."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        out |= {f"{name}_{k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
    return out


def _grouped(rows: Sequence[Judged], key: Callable[[Judged], Any]) -> list[dict[str, Any]]:
    groups: dict[Any, list[Judged]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return [{"of": of, **summary(groups[of])} for of in sorted(groups)]


def _calibration(check: Check) -> list[dict[str, Any]]:
    data, rows, diagrams = data_folder(), [], []
    for graph, domain, path, hold_out in (
        ("family", "family", data / "link_prediction" / "family", None),
        ("umls", "triples", data / "link_prediction" / "umls", None),
        ("drug", "drug", sample_folder("drug"), 0.1),
    ):
        import_files(check.store, [path], graph=graph, domain=domain, hold_out=hold_out)
        served = check.served(graph, 0)
        given, labels = on_test(served)
        diagram = Reliability.of(graph, given, labels)
        diagrams.append(diagram)
        rows.append(
            {"graph": graph, "candidates": len(given), "true": int(labels.sum()), "ece": diagram.error}
        )
        say(str(rows[-1]))
    draw(diagrams, PICTURE)
    return rows


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--epochs", type=int, default=None)
    return parser.parse_args()


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
