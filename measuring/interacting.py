"""Does `interacts` hold on the test? Its pairs against drawn ones that stand in no split, by protocol."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainers.interacting import chances, drawn_pairs, fit_interacting, held, rank_share, weights_at
from trainers.pairs import PROTOCOLS, PairSplits
from trainers.trainer import LinkScorer, PairScorer

SEED = 1
"""Of what is drawn beside the test's pairs."""


def interacting_rows(graph: str, learner: str, model: PairScorer, data: PairSplits) -> list[dict[str, Any]]:
    """A row for each protocol that the test has pairs of; none of a learner that does not say.

    `gap` is between the mean chance and the share of known pairs, all weighed to the share that is known;
    `mean gap of tenths` the same by tenths of the chance, weighed by how many fall into each.

    Args:
        graph, learner: Names.
        model: Bound to `data.known`; fitted on validation here.
        data: The pairs.
    """
    fitted = fit_interacting(model, data) if isinstance(model, LinkScorer) else None
    if fitted is None or not isinstance(model, LinkScorer):
        return []
    rows: list[dict[str, Any]] = []
    for place, protocol in enumerate(PROTOCOLS):
        ends, true = drawn_pairs(data, "test", place, seed=SEED)
        if not true.any() or true.all():
            continue
        chance = chances(model, fitted, ends, np.full(len(ends), place))
        weight = weights_at(fitted.share, true)
        tenths = held(chance, true, fitted.share)
        tenth = np.minimum((chance * 10).astype(np.int64), 9)
        totals = [float(weight[tenth == t].sum()) for t in np.unique(tenth).tolist()]
        rows.append(
            {
                "graph": graph,
                "learner": learner,
                "protocol": protocol,
                "fitted on": fitted.fits[protocol].protocol,
                "pairs": int(true.sum()),
                "drawn": int((~true).sum()),
                "share known": fitted.share,
                "auc": rank_share(chance, true),
                "gap": abs(float(weight @ chance) - fitted.share),
                "mean gap of tenths": sum(
                    total * abs(mean - share) for total, (mean, share, _) in zip(totals, tenths, strict=True)
                ),
            }
        )
    return rows
