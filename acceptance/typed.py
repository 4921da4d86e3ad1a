"""Do probabilities of typed predictions hold on what was promoted? Expected and right on the test's pairs.

python acceptance/typed.py

DrugBank's interactions are imported, each model is trained and promoted with the settings that `kgp train
--promote` takes, and the predictions that stand are read back. A probability is given that the pair
interacts: so those are judged whose pair is one of the test, whichever way round; right is one that is a fact
of it. The aim is a gap of at most .05 overall; the tenths stand beside it. Of all that stand it is told how
many interact by the sum of `interacts`, and of how many the interaction was held out: of the others nobody
knows.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.jobs.pipeline import retrain
from kgplatform.jobs.promoting import Promotion
from kgplatform.opening import connect, registry_of
from kgplatform.reporting import reporting
from kgplatform.store import down
from measuring.recording import data_folder, record

GRAPH, MODELS, AIM, SEED = "ddi", ("naive_bayes", "analogue_vote", "emergnn"), 0.05, 0


def main() -> int:
    """Measure; the exit status says whether the aim was met by every model."""
    rows: list[dict[str, Any]] = []
    tenths: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KGP_DATA"] = f"{folder}/data"
        url = f"local:{folder}/store"
        store = connect(url)
        import_files(store, [data_folder() / "drug" / "ddi_drugbank"], graph=GRAPH, domain="drug")
        test = pull(store, GRAPH).of_splits("test")
        facts = {test.names(row) for row in test.triples}
        held = facts | {test.names(row) for row in pull(store, GRAPH).of_splits("valid").triples}
        for model in MODELS:
            with reporting() as progress:
                run = retrain(
                    store,
                    registry_of(store),
                    GRAPH,
                    model,
                    seed=SEED,
                    promotion=Promotion(),
                    progress=progress,
                )
            found = [r for r in views.best_predictions(store, GRAPH, limit=100_000) if r["run"] == run.id]
            chance, right = _judged(found, facts)
            rows.append(
                {"model": model}
                | _gap(len(found), chance, right)
                | _linked(found, held)
                | run.metrics["test"]
            )
            tenths += [{"model": model} | tenth for tenth in _tenths(chance, right)]
        store.close()
        down(url)
    record("typed", {"models": rows, "aim": AIM, "tenths": tenths}, seeds=[SEED])
    return 0 if all(row["gap"] <= AIM for row in rows) else 1


def _judged(rows: Sequence[Mapping[str, Any]], facts: set[tuple[str, str, str]]) -> tuple[Any, Any]:
    """Probability of each prediction whose pair is one of the test, and whether it is a fact of it."""
    pairs = {tuple(sorted((head, tail))) for head, _, tail in facts}
    judged = [
        (row["probability"], (row["head"], row["relation"], row["tail"]) in facts)
        for row in rows
        if tuple(sorted((row["head"], row["tail"]))) in pairs
    ]
    chance, right = (np.array(column, dtype=float) for column in zip(*judged, strict=True))
    return chance, right


def _gap(predictions: int, chance: Any, right: Any) -> dict[str, float]:
    return {
        "predictions": predictions,
        "of pairs of the test": len(chance),
        "expected": float(chance.sum()),
        "right": int(right.sum()),
        "gap": abs(float(chance.mean() - right.mean())),
    }


def _linked(rows: Sequence[Mapping[str, Any]], held: set[tuple[str, str, str]]) -> dict[str, float]:
    """How many pairs interact by what is said of them, and how many were held out."""
    pairs = {tuple(sorted((head, tail))) for head, _, tail in held}
    said = [row["interacts"] for row in rows]
    return {
        "interact, expected": float(sum(said)) if None not in said else float("nan"),
        "interact, held out": sum(tuple(sorted((row["head"], row["tail"]))) in pairs for row in rows),
    }


def _tenths(chance: Any, right: Any) -> list[dict[str, float]]:
    tenth = np.minimum((chance * 10).astype(int), 9)
    return [
        {
            "from": t / 10,
            "predictions": int((tenth == t).sum()),
            "mean probability": float(chance[tenth == t].mean()),
            "share right": float(right[tenth == t].mean()),
        }
        for t in np.unique(tenth).tolist()
    ]


if __name__ == "__main__":
    sys.exit(main())
