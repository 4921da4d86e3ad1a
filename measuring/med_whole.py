"""MED on the whole WN18RR: one training of RotatE's crops, as long as it may, beside what is published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from graph_schema.errors import RunError
from graph_schema.progress import Progress
from graph_schema.triples import Splits
from measuring.crop_table import DIVERGED
from measuring.halving import fitted
from trainers.embedding.crops import rank_at
from trainers.embedding.model import EmbeddingModel
from trainers.settings import settings_called

GRAPH, FOLDER = "wn18rr", "link_prediction/wn18rr"
HOURS = 3.0
"""Of training, where nothing is said."""

PUBLISHED = {10: 0.324, 40: 0.466, 160: 0.471, 640: 0.476}
"""MRR of MED with RotatE by coordinates (Croppable Knowledge Graph Embedding, ACL 2025)."""

KEPT = "sun2019_wn18rr"
CUTS = {"negatives": 64, "shared": 8, "validate_at_most": 100}
SEED = 0

TABLE, TOLD = "whole WN18RR", "whole WN18RR, the training"


def measured(
    splits: Splits, sizes: Sequence[int], *, hours: float, epochs: int | None = None, progress: Progress
) -> dict[str, Any]:
    """What stands in the record: test MRR at each size, and what the training was.

    Args:
        splits: The divided graph.
        sizes: Coordinates of the crops, ascending.
        hours: Of training, at most.
        epochs: At most; None: those of the published settings of RotatE.
        progress: Told of the work.
    """
    settings = settings_called("rotate", KEPT)
    del settings["dim"]
    settings |= CUTS | {"base": "rotate", "widths": tuple(sizes), "budget": 3600 * hours}
    settings |= {"epochs": epochs} if epochs else {}
    told: dict[str, Any] = {
        "settings": KEPT,
        "cuts": "64 negatives of 1024, drawn for 8 facts together; 100 validation facts an epoch",
        "hours at most": hours,
        "seed": SEED,
        "date": datetime.now(UTC).date().isoformat(),
    }
    found: dict[int, float | str] = {}
    try:
        model, report = fitted("med", splits.without_test(), settings, seed=SEED, progress=progress)
    except RunError as error:
        found = dict.fromkeys(sizes, DIVERGED)
        told["ended by"] = str(error)
    else:
        assert isinstance(model, EmbeddingModel)
        model.bind(splits.known)
        ranks = rank_at(model, sizes, splits.test, splits.all_true(), progress)
        found = {size: some.metrics()["mrr"] for size, some in ranks.items()}
        told |= {
            "hours": sum(line["seconds"] for line in report.history) / 3600,
            "epochs": f"{report.epochs} of {settings['epochs']}, the best {report.best_epoch}",
        }
    rows = [
        {"base": "rotate", "size": size, "test MRR": mrr, "published": PUBLISHED.get(size)}
        for size, mrr in found.items()
    ]
    return {TABLE: rows, TOLD: told}
